"""What a database of an older release needs before tonight is published: alembic's revisions.

    warehouse.alembic_version -> statements(revision) -> run in the publication's own transaction

A revision changes tables only: whatever stands in them comes from the lake, so none moves rows, and
alembic can write them as SQL without asking the database. It is imported only where a revision is
pending. Needs no secrets. A new revision, when a
declaration in schemas/ has changed: ``python -m pipelines.publish.migrate "why"``.
"""

import io
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine

from foundation.errors import WarehouseError
from foundation.postgres import EmbeddedPostgres
from schemas.derive import literal, postgres_type
from schemas.model import Table

if TYPE_CHECKING:
    from alembic.config import Config

FIRST = "0001"
VERSION_TABLE = "warehouse.alembic_version"
_FOLDER = Path(str(files(__package__) / "migrations"))
_VERSION = re.compile(r"r(\d{4})_\w+\.py")


def head() -> str:
    """The newest revision."""
    return revisions()[-1]


def revisions() -> list[str]:
    """All, oldest first; they are numbered, so that no module need be loaded to know them."""
    found = (_VERSION.fullmatch(path.name) for path in (_FOLDER / "versions").iterdir())
    return sorted(match[1] for match in found if match)


def statements(revision: str) -> Iterator[str]:
    """What brings a database from `revision` to the head, each to be run alone, in order.

    Views are to be dropped before: they hold on to columns. Raises WarehouseError for a revision
    that this release does not know, which is a newer one's.
    """
    if revision not in revisions():
        raise WarehouseError(
            "PostgreSQL",
            f"its tables are of revision {revision}, which this release ({head()}) does not know",
            "nothing was published; readers keep the last publication",
            "publish with the release that published last, or with a newer one",
        )
    if revision == head():
        return
    from alembic import command

    written = io.StringIO()
    config = configuration()
    config.output_buffer = written
    command.upgrade(config, f"{revision}:head", sql=True)
    yield f"do $migration$ begin\n{written.getvalue()}\nend $migration$"


def stamp(revision: str) -> Iterator[str]:
    """What notes the revision of a database whose tables are of it, and carries no note yet."""
    yield f"create table {VERSION_TABLE} (version_num varchar(32) primary key)"
    yield f"insert into {VERSION_TABLE} values ({literal(revision)})"


def shape(table: Table) -> tuple[str, str]:
    """Columns, key and indexes of a declared table, as shapes.sql tells those of one that is."""
    columns = (
        f"{column.name} {postgres_type(column)}" + " not null" * (column.name in table.key)
        for column in sorted(table.columns, key=lambda column: column.name)
    )
    indexes = [f"key {', '.join(table.key)}"]
    indexes += [f"index {', '.join(index)}" for index in table.indexes]
    return ", ".join(columns), "; ".join(sorted(indexes))


def configuration(attributes: Mapping[str, Any] | None = None) -> "Config":
    """Alembic's configuration; ``connection`` among `attributes` is what it then works on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes.update(attributes or {})
    return config


def new_revision(why: str) -> Path:
    """Write the revision that makes the head's tables those that are declared now.

    A database of the revisions so far is made for it and thrown away. It is a draft: read it.
    """
    from alembic import command
    from alembic.script import Script

    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres").start()
        try:
            engine = create_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
            with engine.begin() as connection:
                config = configuration({"connection": connection})
                command.upgrade(config, "heads")
                number = f"{len(revisions()) + 1:04}"
                made = command.revision(config, why, autogenerate=True, rev_id=number)
            engine.dispose()
        finally:
            server.remove()
    assert isinstance(made, Script)
    return Path(made.path)


if __name__ == "__main__":
    print(new_revision(" ".join(sys.argv[1:])))
