"""Settings of all tests."""

from hypothesis import HealthCheck, settings

from tests.volume import examples

# How fast a shared machine draws examples must not decide a test.
settings.register_profile(
    "onebook", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("onebook")
