"""What Alembic runs to migrate, on the connection that server/sql/migration.py hands over: there is no alembic.ini."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Runs the migrations that were asked for, in one transaction where the server can."""
    given = context.config.attributes
    context.configure(
        connection=given["connection"],
        target_metadata=given["metadata"],
        version_table=given["version_table"],
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # The name under which Alembic runs this file.
    run()
