"""Whom an erasure means: resident ids, their records, and what the departments know them by.

    resident id + lineage -> ids -> crosswalk, mention -> own numbers, records in raw -> identifiers

Only what is theirs alone counts: a number that another resident holds too, or a family's telephone,
would suppress somebody else. Needs no secrets. Used by pipelines.erasure.run.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from foundation.engine import attach, register, run
from foundation.errors import ConfigError
from pipelines.erasure.match import find_claims
from pipelines.hub import Hub
from pipelines.identity.mentions import mention_feeds
from pipelines.identity.state import attach_identity
from schemas.derive import conformed_schema, literal, quoted, raw_schema
from schemas.model import Feed

RAW_PLACE = "_batch * 4294967296 + _row"
_TABLES = ("mention", "crosswalk", "crosswalk_history", "lineage")

# The ids that were merged into this one were this person too; those that live on are others.
_IDS = """
with recursive known (resident_id) as (
  select $id
  union
  select l.old_resident_id from identity.lineage as l join known as k
    on k.resident_id = l.new_resident_id
  where l.event = 'merge'
    and l.old_resident_id not in (select resident_id from identity.crosswalk))
select resident_id from known
"""

_OWN = """
create or replace temp table own_mention as
select m.*, c.is_strong, true as is_current from identity.crosswalk as c
join identity.mention as m using (mention_id)
join erased_id using (resident_id);
create or replace temp table own_record as
select department, feed, record_key, slot, true as is_current from own_mention
union
select h.department, h.feed, h.record_key, h.slot, false from identity.crosswalk_history as h
join erased_id using (resident_id)
anti join identity.crosswalk as c on c.mention_id = h.mention_id;
create or replace temp table other_mention as
select m.* from identity.mention as m anti join own_mention using (mention_id);
create or replace temp table own_number as
select number as said from own_mention where number is not null and is_strong
except select o.number from other_mention as o
  join identity.crosswalk as c using (mention_id) where c.is_strong;
insert into own_number
select document_no from own_mention where document_no is not null
except select document_no from other_mention;
create or replace temp table identifier as
select 'number' as kind, said from own_number
union select 'number', left(said, 6) || substr(said, 9, 9) from own_number
  where regexp_full_match(said, '[0-9]{17}[0-9X]')
union (select 'person_no', person_no from own_mention where person_no is not null
  except select 'person_no', person_no from other_mention)
union (select 'phone', phone from own_mention where length(phone) = 11
  except select 'phone', phone from other_mention)
"""


def resident_ids(con: duckdb.DuckDBPyConnection, hub: Hub, resident_id: str) -> tuple[str, ...]:
    """The id, and those that were merged into it. Raises ConfigError if the hub knows no such
    resident."""
    attach_identity(con, hub.lake, *_TABLES)
    known = "select 1 from identity.{} where resident_id = ? limit 1"
    if not any(
        run(con, known.format(t), [resident_id]) for t in ("crosswalk", "crosswalk_history")
    ):
        raise ConfigError(
            resident_id, "the hub knows no such resident", "nothing was erased",
            "look the person up with `hub find person`; one who was erased has a certificate",
        )  # fmt: skip
    return tuple(sorted(str(one) for (one,) in run(con, _IDS, {"id": resident_id})))


def find_identifiers(
    con: duckdb.DuckDBPyConnection, hub: Hub, ids: tuple[str, ...]
) -> list[tuple[str, str]]:
    """What the person's rows are known by: (kind, text) of suppressed.KINDS. Needs the macros of
    match.sql on the connection."""
    register(con, "erased_id", pa.table({"resident_id": pa.array(ids, pa.string())}))
    attach_identity(con, hub.lake, *_TABLES)
    run(con, _OWN)
    for feed in _named(con):
        _add_records(con, hub, feed)
    found = run(
        con, "select distinct kind, said from identifier where said is not null order by all"
    )
    return [(str(kind), str(said)) for kind, said in found]


def _named(con: duckdb.DuckDBPyConnection) -> Iterator[Feed]:
    said = {(d, f) for d, f in run(con, "select distinct department, feed from own_record")}
    return (feed for feed in mention_feeds() if (feed.department, feed.name) in said)


def _add_records(con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed) -> None:
    """Add the records of one feed as raw has them: every version that names the person or nobody
    else, and the one that was believed to be the person whatever it says."""
    raw, conformed = f"raw.{quoted(feed.table)}", f"conformed.{quoted(feed.table)}"
    names = [f"{zone}.{feed.table}" for zone in ("raw", "conformed")]
    schemas = dict(zip(names, (raw_schema(feed), conformed_schema(feed)), strict=True))
    attach(con, hub.lake, names, schemas)
    of = f"department = {literal(feed.department)} and feed = {literal(feed.name)}"
    run(
        con,
        f"""create or replace temp table own_row as
        select r.*, {RAW_PLACE} as place, exists (
          select 1 from {conformed} as c where c._key = r._key and c._hash = r._hash
        ) as is_believed
        from {raw} as r
        where r._op = 'U' and r._key in (select record_key from own_record where {of})
        """,
    )
    find_claims(con, feed, "own_row", "place")
    run(
        con,
        f"""insert into identifier
        select unnest(['record', 'name_phone']), unnest([c.record, c.name_phone])
        from claim as c join own_row as r using (place)
        join own_record as o on o.record_key = c.key and o.slot = c.slot and {of}
        where (o.is_current and r.is_believed) or c.number is null
          or c.number in (select said from identifier where kind = 'number')""",
    )
