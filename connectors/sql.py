"""Tables of a department's database, through SQLAlchemy: any dialect, with fast ways for three.

    table -> one statement in one REPEATABLE READ transaction -> text in Arrow -> Batch
             PostgreSQL: ADBC (COPY binary) · MySQL, MariaDB: packets to Arrow
             SQLite and any other dialect: rows

Options: url (SQLAlchemy's), password (secret, when the url has none), schema, batch_rows.
Secrets: the password. Alone:
    from connectors import FeedSpec, Pull, make
    feed = FeedSpec("community", "wish", "wish")
    source = make("sql", {"url": "postgresql://me@127.0.0.1/exchange"}, feed)
    pull = Pull(("wish_no", "updated_at"), ("wish_no",), "updated_at")
    for batch in source.read(pull): print(batch.rows.num_rows, batch.cursor)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.sql import quoted_name

from connectors import cells, mysql_rows, postgres_times
from connectors.ahead import ahead
from connectors.base import (
    NOTHING_TAKEN,
    Batch,
    Part,
    Pull,
    arranged,
    cursor_text,
    match_columns,
    sealed,
)
from connectors.follow import Follower, follower, parsed
from connectors.slices import bytes_of
from connectors.sql_faults import speaking
from foundation.errors import ConfigError, SourceChanged

CONNECT_TIMEOUT_S = 10
# The source's own clock, as it would write the cursor column (feeds.md: Asia/Shanghai, without a
# zone).
CLOCKS = {
    "postgresql": "SELECT to_char(timezone('Asia/Shanghai', now()), 'YYYY-MM-DD HH24:MI:SS.US')",
    "mysql": "SELECT CAST(UTC_TIMESTAMP(6) + INTERVAL 8 HOUR AS CHAR)",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', '+8 hours')",
    "oracle": "SELECT to_char(systimestamp AT TIME ZONE 'Asia/Shanghai',"
    " 'YYYY-MM-DD HH24:MI:SS.FF6') FROM dual",
    "mssql": "SELECT convert(varchar(26), dateadd(hour, 8, sysutcdatetime()), 121)",
}
ORACLE_TIME = "YYYY-MM-DD HH24:MI:SS.FF6"


@dataclass(frozen=True)
class SqlConnector:
    """One table or view of a database.

    The pull is one statement inside one REPEATABLE READ transaction, so it sees one state of the
    source: ties need no care, and that snapshot is the upper bound. It starts at the cursor less
    the look-back, inclusive. The cursor that follows is the greatest value seen, but never later
    than the source's own clock: a row dated in the future is read again each time until its day has
    come, and hides nothing.
    """

    where: str
    url: sa.URL = field(repr=False)
    table: str
    schema: str | None = None
    batch_rows: int = 65_536

    def check(self) -> None:
        """Connect and look the table up."""
        with self._engine() as engine, speaking(self.where):
            self._columns(engine)

    def read(self, pull: Pull) -> Iterator[Batch]:
        """Yield the table's rows since the cursor, or all of them; at least one batch, which may be
        empty.
        """
        with self._engine() as engine, speaking(self.where):
            table, columns = self._columns(engine)
            names = match_columns(pull, [column["name"] for column in columns], self.where)
            follow = self._follower(engine, pull, names, columns)
            statement = _statement(engine.dialect, table, self.schema, columns, follow)
            titles = [names[column["name"]] for column in columns]
            batches = (
                follow.seen(rows) for rows in self._batches(engine, statement, columns, titles)
            )
            yield from sealed(_parts(batches, pull), pull.since, follow.cursor, self.table)

    @contextmanager
    def _engine(self) -> Iterator[sa.Engine]:
        engine = _engine(self.where, self.url)
        try:
            yield engine
        finally:
            engine.dispose()

    def _columns(self, engine: sa.Engine) -> tuple[str, list[ReflectedColumn]]:
        """The table's own spelling and its columns; tried as declared, then in any case."""
        inspector = sa.inspect(engine)
        for name in self._spellings(inspector):
            try:
                return name, inspector.get_columns(quoted_name(name, True), self.schema)
            except sa.exc.NoSuchTableError:
                continue
        raise SourceChanged(
            self.where,
            f"there is no table or view {self.table} that these credentials can see",
            NOTHING_TAKEN,
            "check the database in the url, the schema, and the rights of the account",
        )

    def _spellings(self, inspector: sa.Inspector) -> Iterator[str]:
        yield self.table
        others = [*inspector.get_table_names(self.schema), *inspector.get_view_names(self.schema)]
        yield from (
            name
            for name in others
            if name.casefold() == self.table.casefold() and name != self.table
        )

    def _follower(
        self, engine: sa.Engine, pull: Pull, names: dict[str, str], columns: list[ReflectedColumn]
    ) -> Follower:
        if pull.cursor_column is None or pull.delivery == "snapshot":
            return Follower(None, None, cursor_text("sql", None))
        column = next(column for column in columns if names[column["name"]] == pull.cursor_column)
        kind = "number" if isinstance(column["type"], (sa.Integer, sa.Numeric)) else "text"
        return follower(pull, "sql", column["name"], kind, now=_source_now(engine))

    def _batches(
        self, engine: sa.Engine, statement: str, columns: list[ReflectedColumn], titles: list[str]
    ) -> Iterator[pa.RecordBatch]:
        stamps = {i for i, column in enumerate(columns) if isinstance(column["type"], sa.DateTime)}
        read = {"postgresql": _postgres, "mysql": _mysql, "sqlite": _sqlite}.get(
            _family(engine), _any_dialect
        )
        for rows in read(engine, statement, self.batch_rows):
            arrays = [_text(column, i in stamps) for i, column in enumerate(rows)]
            yield pa.RecordBatch.from_arrays(arrays, names=titles)


def from_options(options: dict[str, Any], where: str, source: str) -> SqlConnector:
    """A connector of `hub.toml` options; raises ConfigError when the url cannot be used."""
    try:
        url = sa.make_url(options["url"])
    except (KeyError, sa.exc.ArgumentError):
        raise ConfigError(
            where, "url is missing or not an SQLAlchemy url", NOTHING_TAKEN, "correct hub.toml"
        ) from None
    if options.get("password"):
        url = url.set(password=str(options["password"]))
    table = str(options.get("table") or source)
    return SqlConnector(
        where, url, table, options.get("schema"), int(options.get("batch_rows", 65_536))
    )


def _family(engine: sa.Engine) -> str:
    return "mysql" if engine.dialect.name == "mariadb" else engine.dialect.name


def _engine(where: str, url: sa.URL) -> sa.Engine:
    timeout = {"connect_timeout": CONNECT_TIMEOUT_S}
    if url.drivername in ("mysql", "mariadb"):
        url = url.set(drivername=f"{url.drivername}+pymysql")
    if url.get_backend_name() == "sqlite":
        url = _read_only(url)
    try:
        known = url.get_backend_name() in ("postgresql", "mysql", "mariadb")
        return sa.create_engine(
            url,
            poolclass=NullPool if url.get_backend_name() == "sqlite" else QueuePool,
            hide_parameters=True,
            connect_args=timeout if known else {},
        )
    except (sa.exc.ArgumentError, ModuleNotFoundError):
        remedy = "install the driver or name another one in the url"
        raise ConfigError(where, f"no driver for {url.drivername}", NOTHING_TAKEN, remedy) from None


def _read_only(url: sa.URL) -> sa.URL:
    """A SQLite file is opened to be read: one that is not there is an error, and is not made."""
    path = url.database or ""
    if not path or path == ":memory:" or path.startswith("file:"):
        return url
    return url.set(database=f"file:{quote(path)}", query={"mode": "ro", "uri": "true"})


def _statement(
    dialect: sa.Dialect,
    table: str,
    schema: str | None,
    columns: list[ReflectedColumn],
    follow: Follower,
) -> str:
    """SELECT all columns as text or as a type that Arrow spells, from the bound on; full reads are
    not sorted.
    """
    source = sa.table(quoted_name(table, True), schema=schema)
    wanted = [
        _as_text(dialect.name, c).label(quoted_name(f"c{i}", False)) for i, c in enumerate(columns)
    ]
    query = sa.select(*wanted).select_from(source)
    if follow.column is not None and follow.start is not None:
        cursor: sa.ColumnElement[Any] = sa.column(quoted_name(follow.column, True))
        kind = next(column["type"] for column in columns if column["name"] == follow.column)
        bound = _bound(dialect.name, kind, follow.start)
        # Rows without a cursor would never be read again otherwise.
        query = query.where(sa.or_(cursor >= bound, cursor.is_(None))).order_by(cursor)
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _bound(dialect: str, kind: sa.types.TypeEngine[Any], start: Any) -> sa.ColumnElement[Any]:
    """The lower bound. Oracle and SQL Server read text as a time by the session's settings: there
    it is made a time here.
    """
    moment = parsed(start) if isinstance(start, str) and isinstance(kind, sa.DateTime) else None
    if moment is not None and dialect in ("oracle", "mssql"):
        text = sa.literal(moment.isoformat(" ", "microseconds"))
        if dialect == "mssql":
            return sa.cast(text, mssql.DATETIME2)
        return sa.func.to_timestamp(text, sa.literal(ORACLE_TIME))
    return sa.literal(start)


def _as_text(dialect: str, column: ReflectedColumn) -> sa.ColumnElement[Any]:
    name: sa.ColumnElement[Any] = sa.column(quoted_name(column["name"], True))
    kind = column["type"]
    if dialect == "postgresql":
        return _postgres_text(name, kind)
    if isinstance(kind, sa.types._Binary):  # the common base of BLOB, BINARY and VARBINARY
        return sa.func.hex(name) if dialect in ("mysql", "mariadb", "sqlite") else name
    return _mysql_text(name, kind) if dialect in ("mysql", "mariadb") else name


def _mysql_text(
    name: sa.ColumnElement[Any], kind: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[Any]:
    """What the binary protocol would send in another spelling is made text, but for what is spelled
    here for less: whole numbers, plain doubles, dates and times of a day.
    """
    if isinstance(kind, mysql.BIT):
        return sa.cast(name, mysql.INTEGER(unsigned=True))
    timed = (sa.Time, mysql.YEAR)
    is_padded = getattr(kind, "zerofill", False)
    is_cut = isinstance(kind, sa.Float) and (
        not isinstance(kind, mysql.DOUBLE) or kind.scale is not None
    )
    return sa.cast(name, sa.CHAR) if isinstance(kind, timed) or is_padded or is_cut else name


def _postgres_text(
    name: sa.ColumnElement[Any], kind: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[Any]:
    plain = (sa.Integer, sa.Float, sa.Boolean, sa.Date)
    if isinstance(kind, plain) or (isinstance(kind, sa.DateTime) and not kind.timezone):
        return name  # binary COPY is the fastest for these, and Arrow spells them
    if isinstance(kind, sa.ARRAY):
        return sa.cast(sa.func.to_json(name), sa.Text)
    if isinstance(kind, sa.types._Binary):
        return sa.func.encode(name, "hex")
    if isinstance(kind, sa.DateTime) and kind.timezone:
        return sa.func.timezone("Asia/Shanghai", name)
    return sa.cast(name, sa.Text)


def _text(column: pa.Array, is_time: bool) -> pa.Array:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return postgres_times.spelled(column)
    text = cells.text_column(column)
    return _stamp(text) if is_time else text


def _stamp(column: pa.Array) -> pa.Array:
    """Text of timestamps with a fraction of six digits or none."""
    if not (bytes_of(column) == ord(".")).any():
        return column
    padded = pc.if_else(pc.match_substring(column, "."), pc.utf8_rpad(column, 26, "0"), column)
    return pc.replace_substring_regex(padded, r"\.000000$", "")


def _source_now(engine: sa.Engine) -> str | None:
    clock = CLOCKS.get(_family(engine))
    if clock is None:
        return None
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(clock).scalar_one())


def _postgres(engine: sa.Engine, statement: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
    from adbc_driver_postgresql import dbapi  # only where PostgreSQL is read

    query = {"connect_timeout": str(CONNECT_TIMEOUT_S), **engine.url.query}
    url = engine.url.set(drivername="postgresql", query=query)
    with (
        dbapi.connect(url.render_as_string(hide_password=False)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.executescript(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL DateStyle = ISO;"
            "SET LOCAL extra_float_digits = 1;"
        )
        cursor.execute(statement)
        yield from _at_least_one(cursor.fetch_record_batch(), batch_rows)


def _at_least_one(reader: pa.RecordBatchReader, batch_rows: int) -> Iterator[pa.RecordBatch]:
    empty = True
    for rows in ahead(iter(reader)):
        empty = False
        yield from (rows.slice(at, batch_rows) for at in range(0, rows.num_rows, batch_rows))
    if empty:
        yield pa.RecordBatch.from_arrays(
            [pa.array([], f.type) for f in reader.schema], schema=reader.schema
        )


def _mysql(engine: sa.Engine, statement: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()  # the pool would roll it back, which a result that is not read out forbids
    try:
        yield from mysql_rows.stream(connection, statement, batch_rows)
    finally:
        if connection.open:
            connection.close()


def _sqlite(engine: sa.Engine, statement: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
    with closing(engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.text_factory = (
            bytes  # the default raises on text that is not UTF-8, for the whole statement
        )
        driver.execute("BEGIN")
        cursor = driver.execute(statement)
        width = len(cursor.description)
        yield from _from_rows(iter(lambda: cursor.fetchmany(batch_rows), []), width, _decoded)


def _decoded(values: tuple[Any, ...]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowException, TypeError, UnicodeError):
        readable = [
            v.decode("utf-8", "backslashreplace") if type(v) is bytes else v for v in values
        ]
        return cells.text_of_values(readable)


def _any_dialect(engine: sa.Engine, statement: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
    with engine.connect().execution_options(
        stream_results=True, yield_per=batch_rows
    ) as connection:
        result = connection.exec_driver_sql(statement)
        yield from _from_rows(result.partitions(), len(result.keys()), cells.text_of_values)


def _from_rows(chunks: Iterator[Any], width: int, convert: Any) -> Iterator[pa.RecordBatch]:
    names = [f"c{i}" for i in range(width)]
    empty = True
    for rows in chunks:
        empty = False
        yield pa.RecordBatch.from_arrays(
            [convert(values) for values in zip(*rows, strict=True)], names=names
        )
    if empty:
        yield pa.RecordBatch.from_arrays([pa.array([], pa.string())] * width, names=names)


def _parts(batches: Iterator[pa.RecordBatch], pull: Pull) -> Iterator[Part]:
    done = 0
    for rows in batches:
        clean, aside = cells.without_nul(rows, "row", done)
        done += rows.num_rows
        yield arranged(clean, pull.columns), aside
