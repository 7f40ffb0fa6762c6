"""The revisions of the base tables, by alembic: one a change that a release brought."""
