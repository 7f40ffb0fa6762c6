"""Which delivered rows are of erased people, and what is left of those that speak of others too.

    rows in a feed's own columns -> claim (what each slot says) -> listed -> erased_hit -> cleaned

A row whose subject (slot `self`) was erased goes whole, so does an unreadable line with the
person's number. In a row about something else (a shop, a marriage, a ticket) only what the person's
slot says is emptied, and the personal text that is nobody else's. Intake and erasure do this alike,
so raw holds after an erasure what it would hold had the person never been taken in.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from foundation.engine import read_sql, run
from pipelines.erasure.suppressed import Suppressed
from pipelines.intake import hash_sql
from schemas.derive import literal, quoted
from schemas.model import Column, Feed, Sensitivity, Slot, Type

SUBJECT = "self"
_PERSONAL = (Sensitivity.PERSONAL, Sensitivity.SENSITIVE)


def attach_matching(con: duckdb.DuckDBPyConnection, listed: Suppressed) -> None:
    """The list and the macros, on this connection."""
    run(con, read_sql("pipelines.erasure", "match"))
    listed.attach(con)


def find_claims(
    con: duckdb.DuckDBPyConnection, feed: Feed, relation: str, place: str, conformed: bool = False
) -> None:
    """Make `claim`, a row a slot of each row that says something: place, key, slot, number, record,
    name_phone, person_no. place: SQL of a bigint that tells rows apart. conformed: the columns have
    the hub's names, not the department's."""
    claims = _claims(feed, relation, place, conformed)
    run(con, f"create or replace temp table claim as {claims}")


def find_hits(
    con: duckdb.DuckDBPyConnection, feed: Feed, relation: str, place: str, conformed: bool = False
) -> int:
    """Make `erased_hit`, one row a place that is to change: slots (erased), texts (columns in whose
    text an erased number or telephone stands); returns how many. See find_claims."""
    hits = _hits(feed, relation, place, conformed)
    run(con, f"create or replace temp table erased_hit as {hits}")
    return int(run(con, "select count(*) from erased_hit")[0][0])


def count_hits(
    con: duckdb.DuckDBPyConnection, feed: Feed, relation: str, place: str, conformed: bool = False
) -> int:
    """How many places find_hits would find, where nothing more is asked of them."""
    hits = _hits(feed, relation, place, conformed)
    return int(run(con, f"select count(*) from ({hits})")[0][0])


def _hits(feed: Feed, relation: str, place: str, conformed: bool) -> str:
    claims, told = (part(feed, relation, place, conformed) for part in (_claims, _told))
    return f"with claim as materialized ({claims}), told as materialized ({told}), {_HIT}"


def _claims(feed: Feed, relation: str, place: str, conformed: bool) -> str:
    """All slots from one reading: a view with layers is dear to read and to plan."""
    if not feed.mentions:
        return (
            "select null::bigint as place, null::text as key, null::text as slot,"
            " null::text as number, null::text as record, null::text as name_phone,"
            " null::text as person_no where false"
        )
    slots = ", ".join(_slot(feed, slot, conformed) for slot in feed.mentions)
    # A key passes to another person: the number tells whose it is now, else the name does.
    return f"""select place, key, slot, number,
        concat_ws('|', {literal(feed.id)}, key, slot,
          coalesce(case when digits is null then said_name(name) else number end, '')) as record,
        said_name(name) || '|' || said_phone(phone) as name_phone,
        nullif(trim(person_no), '') as person_no
        from (select *, left(said_number(id_no), digits) as number
          from (select {place} as place, _key as key, unnest([{slots}], recursive := true)
            from {relation})
          where coalesce(name, id_no, '') <> '')"""


def _slot(feed: Feed, slot: Slot, conformed: bool) -> str:
    """A slot's cells as delivered; digits: of its number how many count, null if it has none."""
    named = {"name": slot.name, "phone": slot.phone, "id_no": slot.id_no}
    cells = {
        name: _cell(feed, column, conformed)
        for name, column in {**named, "person_no": slot.person_no}.items()
    }
    digits = f"{slot.id_length or 40}" if slot.id_no else "null"
    members = {"slot": literal(slot.slot), **cells, "digits": f"{digits}::bigint"}
    return f"{{{', '.join(f'{name}: {said}' for name, said in members.items())}}}"


def _cell(feed: Feed, name: str | None, conformed: bool) -> str:
    if name is None:
        return "null::text"
    return f"{quoted(name if conformed else feed.column(name).source)}::text"


def _told(feed: Feed, relation: str, place: str, conformed: bool) -> str:
    """Place, name of a column of free text, and a number or telephone in it."""
    names = [c.name if conformed else c.source for c in free_text(feed)]
    names += [] if conformed else ["_extra"]
    if not names:
        return "select null::bigint as place, null::text as name, null::text as said where false"
    texts = ", ".join(f"{{name: {literal(name)}, written: {quoted(name)}}}" for name in names)
    return f"""select place, name, unnest(said_in(written)) as said
        from (select {place} as place, unnest([{texts}], recursive := true) from {relation})
        where regexp_matches(written, '[0-9０-９]{{11}}')"""


_HIT = """
asked as (
  select 'number' as kind, number as said from claim
  union select 'record', record from claim
  union select 'name_phone', name_phone from claim
  union select 'person_no', person_no from claim
  union select unnest(['number', 'phone']), said from told),
listed as materialized (
  select distinct a.kind, a.said
  from asked as a cross join suppression_key as k
  join suppressed as s on s.key_id = k.key_id and s.kind = a.kind
    and s.digest = keyed(k.inner_pad, k.outer_pad, a.said)
  where a.said is not null),
hit as (
  select place, slot, null::text as name from claim
  where number in (select said from listed where kind = 'number')
    or person_no in (select said from listed where kind = 'person_no')
    or record in (select said from listed where kind = 'record')
    or (not is_whole_number(number)
      and name_phone in (select said from listed where kind = 'name_phone'))
  union all
  select place, null, name from told
  where said in (select said from listed where kind in ('number', 'phone')))
select place, coalesce(list(distinct slot) filter (slot is not null), []) as slots,
  coalesce(list(distinct name) filter (name is not null), []) as texts
from hit group by place
"""


def free_text(feed: Feed) -> tuple[Column, ...]:
    """Personal text that no slot of the feed claims: what people wrote of anybody."""
    claimed = {value for slot in feed.mentions for value in vars(slot).values()}
    return tuple(
        c
        for c in feed.columns
        if c.type is Type.TEXT
        and c.sensitivity in _PERSONAL
        and c.name not in claimed
        and c.source not in feed.key
    )


IS_GONE = f"(list_contains(h.slots, '{SUBJECT}') or (r._op = 'X' and len(h.texts) > 0))"


def cleaned_sql(feed: Feed, relation: str, place: str) -> str:
    """SELECT of the rows in `erased_hit` that stay, emptied of the erased, with their new hash."""
    emptied = ", ".join(f"{when} as {name}" for name, when in _emptied(feed))
    rows = f"""select r.* replace ({emptied}) from {relation} as r
        join erased_hit as h on h.place = {place} where not {IS_GONE}"""
    return f"select * replace ({hash_sql(feed)} as _hash) from ({rows})"


def _emptied(feed: Feed) -> Iterator[tuple[str, str]]:
    """Each column that may be emptied, and SQL of what is left in it."""
    for column in feed.columns:
        if column.source in feed.key or column.sensitivity not in _PERSONAL:
            continue
        slots = [s for s in feed.mentions if column.name in vars(s).values()] or [*feed.mentions]
        yield quoted(column.source), _left(feed, column.source, slots)
    yield "_extra", _left(feed, "_extra", [*feed.mentions])


def _left(feed: Feed, source: str, slots: list[Slot]) -> str:
    name = f"r.{quoted(source)}"
    own = f"list_contains(h.texts, {literal(source)})"
    if slots:
        # Also another's who was not erased, and is named in the row: then it stays.
        theirs = " and ".join(
            f"(list_contains(h.slots, {literal(s.slot)})"
            f" or coalesce(r.{quoted(feed.column(s.name).source)}, '') = '')"
            for s in slots
        )
        own += f" or (len(list_intersect(h.slots, {_texts(slots)})) > 0 and {theirs})"
    return f"case when {own} then null else {name} end"


def _texts(slots: list[Slot]) -> str:
    return f"[{', '.join(literal(s.slot) for s in slots)}]"


def suppress(con: duckdb.DuckDBPyConnection, feed: Feed, listed: Suppressed) -> int:
    """Take erased people out of `delivered`; returns the rows that went whole."""
    if not listed:
        return 0
    attach_matching(con, listed)
    if not find_hits(con, feed, "delivered", "_row"):
        return 0
    run(con, f"create or replace temp table cleaned as {cleaned_sql(feed, 'delivered', 'r._row')}")
    run(con, "delete from delivered where _row in (select place from erased_hit)")
    run(con, "insert into delivered by name select * from cleaned")
    [(gone,)] = run(
        con, "select (select count(*) from erased_hit) - (select count(*) from cleaned)"
    )
    return int(gone)
