"""Looking for erased people in every place where the hub keeps anything: counts, never values.

    surrogates, keyed hashes -> rows of raw, conformed, quarantine; every Parquet file, superseded
    ones too; PostgreSQL; bytes of all other files -> {place: found}

Numbers in files are found by their shape and compared by keyed hash, so that a proof can be made
again years later, when the number itself is known to nobody. Not searched: the departments' own
systems (sandbox/, which stands for them), and backups. Secrets: the suppression key, the url.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.engine import attach, quote, run
from foundation.postgres import EmbeddedPostgres
from pipelines.erasure import server
from pipelines.erasure.derived import present_hits
from pipelines.erasure.match import attach_matching, count_hits
from pipelines.erasure.person import RAW_PLACE
from pipelines.erasure.suppressed import Suppressed
from pipelines.hub import Hub
from schemas import FEEDS
from schemas.derive import literal, quarantine_schema, raw_schema

_NOT_OURS = ("sandbox", "county", "counties", ".secrets", "erasure", "lake", "postgres")
_DIGITS = re.compile(rb"[0-9]{15,}[Xx]?")
# Most of a server's pages hold no number: they are passed over at the speed of memory.
_SHAPE = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else 0 for byte in range(256))
_NUMBER = b"0" * 15
_CHUNK, _OVERLAP = 1 << 22, 64
_MOST_RUNS = 500_000  # distinct runs of digits that are held in Python


def search(hub: Hub, listed: Suppressed, ids: Iterable[str], url: str | None) -> dict[str, int]:
    """How often each place names these residents or anybody on the list; places without are there
    with 0. url None: the server is not asked."""
    names = sorted(set(ids))
    con = hub.connect()
    try:
        attach_matching(con, listed)
        counts = dict(_delivered(con, hub))
        counts |= present_hits(con, hub)
        counts |= {f"files/lake/{place}": n for place, n in _parquet(con, hub, names)}
        for places in (_databases(con, hub, names), _files(con, hub, names)):
            for place, n in places:
                counts[f"files/{place}"] = counts.get(f"files/{place}", 0) + n
    finally:
        con.close()
    if url is not None:
        counts |= server.found(url, names)
    return counts


def _delivered(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[tuple[str, int]]:
    for feed in FEEDS.values():
        for zone, schema in (("raw", raw_schema(feed)), ("quarantine", quarantine_schema(feed))):
            table = hub.lake.table(zone, feed.table)
            if table.exists:
                attach(con, hub.lake, [table.full_name], {table.full_name: schema})
                rows = f"{quote(zone)}.{quote(feed.table)}"
                yield table.full_name, count_hits(con, feed, rows, RAW_PLACE)


def _parquet(con: duckdb.DuckDBPyConnection, hub: Hub, ids: list[str]) -> Iterator[tuple[str, int]]:
    """Rows by table, of all files below its folder, also those that no version names any more."""
    for table in hub.lake.tables():
        paths = sorted(str(path) for path in table.path.rglob("*.parquet"))
        paths = [path for path in paths if "_delta_log" not in path]
        if paths:
            listed = ", ".join(map(literal, paths))
            source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
            yield table.full_name, _rows_with(con, source, ids)


def _databases(
    con: duckdb.DuckDBPyConnection, hub: Hub, ids: list[str]
) -> Iterator[tuple[str, int]]:
    """Parquet and DuckDB files outside the lake: what went back, and open files."""
    for path in _others(hub.home.path):
        place = str(path.relative_to(hub.home.path).parent)
        if path.suffix == ".parquet":
            yield place, _rows_with(con, f"read_parquet({literal(str(path))})", ids)
        elif path.suffix == ".duckdb":
            run(con, f"attach {literal(str(path))} as looked_at (read_only)")
            tables = run(
                con,
                "select schema_name, table_name from duckdb_tables()"
                " where database_name = 'looked_at'",
            )
            names = (f"looked_at.{quote(s)}.{quote(t)}" for s, t in tables)
            found = sum(_rows_with(con, name, ids) for name in names)
            run(con, "detach looked_at")
            yield place, found


def _rows_with(con: duckdb.DuckDBPyConnection, source: str, ids: list[str]) -> int:
    """Rows of a relation in whose text a listed number or an erased id stands."""
    named = "|".join(map(re.escape, ids))
    values = {"named": named or None, "either": "|".join(filter(None, ("[0-9]{15}", named)))}
    return int(run(con, _ROWS_WITH.format(source=source), values)[0][0])


_KNOWN = """
  select n.said from number as n cross join suppression_key as k
  join suppressed as s on s.key_id = k.key_id and s.kind = 'number'
    and s.digest = keyed(k.inner_pad, k.outer_pad, n.said)"""

_ROWS_WITH = f"""
with looked_at_row as materialized (
  select said_in(t) as said, coalesce(regexp_matches(t, $named), false) as is_named
  from (select _looked_at_::text as t from {{source}} as _looked_at_)
  where regexp_matches(t, $either)),
number as (select distinct unnest(said) as said from looked_at_row),
known as ({_KNOWN})
select count(*) from looked_at_row
where is_named or list_has_any(said, (select coalesce(list(said), []::text[]) from known))
"""


def _files(con: duckdb.DuckDBPyConnection, hub: Hub, ids: list[str]) -> Iterator[tuple[str, int]]:
    """Numbers and ids in the bytes of everything else, by folder; of the server's pages and WAL the
    numbers only, since the audit log keeps the ids."""
    runs = _Runs(con)
    yield "postgresql", 0
    for path in _others(hub.home.path):
        if path.suffix not in (".parquet", ".duckdb"):
            place = path.relative_to(hub.home.path).parts[0]
            yield place, _in_file(path, place, runs, [one.encode() for one in ids])
    if not hub.config.warehouse.reveal_url():
        for path in _every(EmbeddedPostgres(hub.home.postgres).data.parent):
            _in_file(path, "postgresql", runs, [])
    yield from runs.listed()


def _others(root: Path) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if top.name not in _NOT_OURS:
            yield from _every(top) if top.is_dir() else [top]


def _every(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _in_file(path: Path, place: str, runs: _Runs, ids: list[bytes]) -> int:
    """Note the file's runs of digits; returns how often the ids stand in it."""
    try:
        return sum(_in_bytes(content, place, runs, ids) for content in _contents(path))
    except FileNotFoundError:  # a server removes files while we look
        return 0


def _contents(path: Path) -> Iterator[bytes]:
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            yield from (book.read(part) for part in book.infolist())
        return
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield rest + chunk
            rest = chunk[-_OVERLAP:]


def _in_bytes(content: bytes, place: str, runs: _Runs, ids: list[bytes]) -> int:
    if _NUMBER in content.translate(_SHAPE):
        runs.note(place, _DIGITS.findall(content))
    return sum(content.count(one) for one in ids)


class _Runs:
    """Runs of digits by place, of which each distinct one is hashed once, in DuckDB: a server's
    pages hold the same number in rows, indexes and WAL."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._met: Counter[tuple[str, bytes]] = Counter()
        run(con, "create or replace temp table digit_run (place text, said text, n bigint)")

    def note(self, place: str, found: list[bytes]) -> None:
        """Add the runs of one piece of a file."""
        self._met.update((place, said) for said in found)
        if len(self._met) > _MOST_RUNS:
            self._store()

    def listed(self) -> list[tuple[str, int]]:
        """How many listed numbers stand in each place's runs, at whatever place in a longer one."""
        self._store()
        return [(str(place), int(n)) for place, n in run(self._con, _LISTED)]

    def _store(self) -> None:
        met, self._met = self._met, Counter()
        columns = (
            [place for place, _ in met],
            [said.decode().upper() for _, said in met],
            list(met.values()),
        )
        types = (pa.string(), pa.string(), pa.int64())
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        self._con.register("_met", pa.table(arrays, names=["place", "said", "n"]))
        try:
            run(self._con, "insert into digit_run from _met")
        finally:
            self._con.unregister("_met")


_LISTED = f"""
with part as materialized (
  select place, n, unnest(list_distinct(list_transform(
    range(1, length(said) - size + 2), lambda start: substr(said, start, size)))) as said
  from (select *, case when length(said) >= 18 then 18 else 15 end as size from digit_run)),
number as (select distinct said from part),
known as materialized ({_KNOWN})
select place, sum(n) from part semi join known using (said) group by place
"""
