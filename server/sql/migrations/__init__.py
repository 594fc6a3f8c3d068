"""The migrations of databases on a server, for Alembic."""
