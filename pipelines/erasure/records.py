"""The erased person's rows of one feed: out of raw with its history, conformed and quarantine.

    raw + list -> erased_hit -> feedback, conformed, quarantine without those keys -> raw anew

Of a key that others' rows share, what is left comes to raw's next batch, so that conform judges
just that key anew. Raw is rewritten last and in one commit: a kill before it finds the same again.
Needs no secrets. Used by pipelines.erasure.run.
"""

from __future__ import annotations

import duckdb

from foundation.engine import attach, run, stream
from foundation.lake import LakeTable
from pipelines.conform.standing import Standing, reach
from pipelines.erasure.feedback import forget_feedback
from pipelines.erasure.match import IS_GONE, cleaned_sql, find_hits
from pipelines.erasure.person import RAW_PLACE
from pipelines.hub import Hub
from schemas.model import Feed

_PLACE = f"r.{RAW_PLACE.replace('_row', 'r._row')}"  # of raw_rows as r


def erase_records(con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed) -> int:
    """Take the rows of everybody on the list out of one feed; returns the keys that had any.

    Needs `attach_matching` on the connection. What was deleted stays in old files until a vacuum.
    """
    now = reach(con, hub, feed)
    if not now.raw.exists or not find_hits(con, feed, "raw_rows", RAW_PLACE):
        return 0
    run(con, _KEYS.format(place=_PLACE, gone=IS_GONE))
    forget_feedback(con, hub, feed)
    for table in (now.conformed, now.quarantine):
        _without_keys(con, hub, table)
    _rewrite_raw(con, now, feed)
    [(keys,)] = run(con, "select count(*) from erased_key")
    return int(keys)


_KEYS = """
create or replace temp table erased_key as
select distinct r._key from raw_rows as r join erased_hit as h on h.place = {place};
create or replace temp table gone_place as
select h.place from raw_rows as r join erased_hit as h on h.place = {place} where {gone}
"""


def _without_keys(con: duckdb.DuckDBPyConnection, hub: Hub, table: LakeTable) -> None:
    """Rewrite the table: a merge could leave the rows in a base file below a layer."""
    if not table.exists:
        return
    attach(con, hub.lake, [table.full_name])
    if run(con, f"select 1 from {table.full_name} semi join erased_key using (_key) limit 1"):
        table.replace(stream(con, f"from {table.full_name} anti join erased_key using (_key)"))


def _rewrite_raw(con: duckdb.DuckDBPyConnection, now: Standing, feed: Feed) -> None:
    cleaned = cleaned_sql(feed, "raw_rows", _PLACE)
    run(con, f"set variable last_batch = {now.last_batch}")
    run(con, _LEFT.format(place=RAW_PLACE, cleaned=cleaned))
    [(moved,)] = run(con, "select count(*) from moved")
    number = now.last_batch + 1 if moved else None
    now.raw.replace(stream(con, _ALL), app=(feed.id, number) if number else None)


# What remains of the keys, in its order. Where the last word on a key is gone, the key is gone; a
# batch that has no row left keeps one for its cursor.
_LEFT = """
create or replace temp table of_key as
select *, {place} as place from raw_rows semi join erased_key using (_key);
create or replace temp table stays as
select * exclude (place), place as place from of_key
where place not in (select place from erased_hit)
union all by name
select c.*, c._batch * 4294967296 + c._row as place from ({cleaned}) as c;
create or replace temp table moved as
with alive as (select _key from stays where _op <> 'D' group by _key),
ended as (
  select _key, max(place) as place from of_key group by _key
  having max(place) in (select place from gone_place))
select * exclude (place), place from stays semi join alive using (_key)
union all by name
select _key, 'D' as _op, place from ended semi join alive using (_key);
create or replace temp table kept_cursor as
select _cursor, max(_received_at) as came_at from raw_rows
where _batch = getvariable('last_batch') group by _cursor limit 1
"""

_ALL = """
with untouched as (select * from raw_rows where _key is null or _key not in (from erased_key)),
again as (
  select m.* exclude (place, _batch, _row, _cursor, _received_at),
    getvariable('last_batch') + 1 as _batch,
    row_number() over (order by place) as _row,
    coalesce(m._received_at, k.came_at) as _received_at, k._cursor
  from moved as m cross join kept_cursor as k)
select * from untouched
union all by name
select * from again
union all by name
select 'C' as _op, 0::bigint as _row, getvariable('last_batch')::bigint as _batch,
  came_at as _received_at, _cursor
from kept_cursor
where not exists (from untouched where _batch = getvariable('last_batch'))
  and not exists (from again)
"""
