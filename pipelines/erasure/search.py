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

from foundation.engine import quote, register, run
from foundation.postgres import EmbeddedPostgres
from pipelines.conform.standing import reach
from pipelines.erasure import server
from pipelines.erasure.derived import present_hits
from pipelines.erasure.match import attach_matching, find_hits
from pipelines.erasure.person import RAW_PLACE
from pipelines.erasure.suppressed import Suppressed
from pipelines.hub import Hub
from schemas import FEEDS
from schemas.derive import literal

_NOT_OURS = ("sandbox", "county", "counties", ".secrets", "erasure", "lake", "postgres")
_DIGITS = re.compile(rb"[0-9]{15,}[Xx]?")
_CHUNK, _OVERLAP = 1 << 26, 64


def search(hub: Hub, listed: Suppressed, ids: Iterable[str], url: str | None) -> dict[str, int]:
    """How often each place names these residents or anybody on the list; places without are there
    with 0. url None: the server is not asked."""
    names = sorted(set(ids))
    con = hub.connect()
    try:
        attach_matching(con, listed)
        register(con, "erased_id", pa.table({"resident_id": pa.array(names, pa.string())}))
        counts = dict(_delivered(con, hub))
        counts |= present_hits(con, hub)
        counts |= {f"files/lake/{place}": n for place, n in _parquet(con, hub)}
        for place, n in _databases(con, hub):
            counts[f"files/{place}"] = counts.get(f"files/{place}", 0) + n
    finally:
        con.close()
    for place, n in _files(hub, listed, [one.encode() for one in names]).items():
        counts[place] = counts.get(place, 0) + n
    if url is not None:
        counts |= server.found(url, names)
    return counts


def _delivered(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[tuple[str, int]]:
    for feed in FEEDS.values():
        now = reach(con, hub, feed)
        for table, rows in ((now.raw, "raw_rows"), (now.quarantine, "quarantine_rows")):
            if table.exists:
                yield table.full_name, find_hits(con, feed, rows, RAW_PLACE)


def _parquet(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[tuple[str, int]]:
    """Rows by table, of all files below its folder, also those that no version names any more."""
    for table in hub.lake.tables():
        paths = sorted(str(path) for path in table.path.rglob("*.parquet"))
        paths = [path for path in paths if "_delta_log" not in path]
        if paths:
            listed = ", ".join(map(literal, paths))
            source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
            yield table.full_name, _rows_with(con, source)


def _databases(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[tuple[str, int]]:
    """Parquet and DuckDB files outside the lake: what went back, and open files."""
    for path in _others(hub.home.path):
        place = str(path.relative_to(hub.home.path).parent)
        if path.suffix == ".parquet":
            yield place, _rows_with(con, f"read_parquet({literal(str(path))})")
        elif path.suffix == ".duckdb":
            run(con, f"attach {literal(str(path))} as looked_at (read_only)")
            tables = run(
                con,
                "select schema_name, table_name from duckdb_tables()"
                " where database_name = 'looked_at'",
            )
            names = (f"looked_at.{quote(s)}.{quote(t)}" for s, t in tables)
            found = sum(_rows_with(con, name) for name in names)
            run(con, "detach looked_at")
            yield place, found


def _rows_with(con: duckdb.DuckDBPyConnection, source: str) -> int:
    """Rows of a relation in whose text a listed number or an erased id stands."""
    columns = [name for name, *_ in run(con, f"describe select * from {source}")]
    if not columns:
        return 0
    text = f"concat_ws(' ', {', '.join(f'{quote(c)}::text' for c in columns)})"
    run(
        con,
        f"""create or replace temp table looked_at_row as
        select row_number() over () as n, said_in(t) as said,
          exists (select 1 from erased_id as e where contains(t, e.resident_id)) as is_named
        from (select {text} as t from {source})
        where regexp_matches(t, '[0-9]{{15}}')
          or exists (select 1 from erased_id as e where contains(t, e.resident_id));
        create or replace temp table looked_at_number as
        select distinct said from (select unnest(said) as said from looked_at_row);
        delete from looked_at_number where said not in (
          select a.said from looked_at_number as a cross join suppression_key as k
          join suppressed as s on s.key_id = k.key_id and s.kind = 'number'
            and s.digest = keyed(k.inner_pad, k.outer_pad, a.said))""",
    )
    [(rows,)] = run(
        con,
        """select count(*) from looked_at_row as r where is_named
          or exists (select 1 from looked_at_number as l where list_contains(r.said, l.said))""",
    )
    return int(rows)


def _files(hub: Hub, listed: Suppressed, ids: list[bytes]) -> dict[str, int]:
    """Numbers and ids in the bytes of everything else, by folder; of the server's pages and WAL the
    numbers only, since the audit log keeps the ids."""
    counts: Counter[str] = Counter({"files/postgresql": 0})
    for path in _others(hub.home.path):
        if path.suffix not in (".parquet", ".duckdb"):
            place = path.relative_to(hub.home.path).parts[0]
            counts[f"files/{place}"] += _in_file(path, listed, ids)
    if not hub.config.warehouse.reveal_url():
        for path in _every(EmbeddedPostgres(hub.home.postgres).data.parent):
            counts["files/postgresql"] += _in_file(path, listed, [])
    return dict(counts)


def _others(root: Path) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if top.name not in _NOT_OURS:
            yield from _every(top) if top.is_dir() else [top]


def _every(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _in_file(path: Path, listed: Suppressed, ids: list[bytes]) -> int:
    try:
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts = [book.read(part) for part in book.infolist()]
            return sum(_in_bytes(content, listed, ids) for content in parts)
        found, rest = 0, b""
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found += _in_bytes(rest + chunk, listed, ids)
                rest = chunk[-_OVERLAP:]
        return found
    except FileNotFoundError:  # a server removes files while we look
        return 0


def _in_bytes(content: bytes, listed: Suppressed, ids: list[bytes]) -> int:
    """How many listed numbers stand there, at whatever place in a longer run of digits."""
    found = sum(content.count(one) for one in ids)
    for digits in _DIGITS.finditer(content):
        said = digits.group().upper().decode()
        length = 18 if len(said) >= 18 else 15
        parts = {said[start : start + length] for start in range(len(said) - length + 1)}
        found += sum(listed.has("number", part) for part in parts)
    return found
