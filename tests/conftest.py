"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# How fast a shared machine draws examples must not decide a test.
settings.register_profile("onebook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onebook")
