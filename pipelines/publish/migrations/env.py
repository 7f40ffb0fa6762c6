"""How alembic works here: as SQL for a publication to run, or on a connection that is given."""

from alembic import context
from sqlalchemy import text

from pipelines.publish.metadata import SCHEMA, comparison, metadata


def _run() -> None:
    if context.is_offline_mode():
        context.configure(
            dialect_name="postgresql", target_metadata=metadata(), version_table_schema=SCHEMA
        )
    else:
        connection = context.config.attributes["connection"]
        connection.execute(text(f"create schema if not exists {SCHEMA}"))
        context.configure(connection=connection, target_metadata=metadata(), **comparison())
    context.run_migrations()


_run()
