"""One file per revision of the tables. A revision that was released is never changed."""
