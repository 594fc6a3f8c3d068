"""The history on a server of SQL: PostgreSQL, MariaDB or MySQL. Optional: the extras `postgres` and `mariadb`."""
