"""Every appearance of a person in the conformed feeds, with its values made comparable.

    Slots of schemas + address_match -> one UNION ALL -> names, numbers, phones, homes once per
    distinct value -> mention

Python sees each distinct name and number once; the rest is SQL. No secrets.
Alone: ``attach_conformed(con, hub.lake)`` and ``build_mentions(con, delivered_feeds(hub.lake))`` on
``hub.connect()``, then ``select * from mention``.
"""

from collections.abc import Iterable, Mapping

import duckdb
import numpy as np

from foundation.engine import attach, content_sql, register, run
from foundation.lake import Lake
from pipelines.identity.comparable import homes, phones
from pipelines.identity.comparable.ids import comparable_ids
from pipelines.identity.comparable.names import comparable_names
from pipelines.identity.neighbourhood import AREAS, NEAR
from pipelines.identity.state import attach_identity, narrow_feed
from schemas import FEEDS, Feed
from schemas.derive import conformed_schema, literal, quoted
from schemas.identity import MENTION
from schemas.model import Slot
from schemas.places import ADDRESS_MATCH

# The columns of a slot as text, in the order of the union; birth dates follow with their precision.
_TEXT = (
    "name", "id_no", "id_type", "sex", "former_name", "ethnicity", "relation",
    "phone", "address", "standard_address_id", "person_no", "family_no",
)  # fmt: skip

CITIZEN_TYPES = ("111", "112", "113", "114", "115")


def mention_feeds() -> tuple[Feed, ...]:
    """The feeds whose rows mention people."""
    return tuple(feed for feed in FEEDS.values() if feed.mentions)


def attach_conformed(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """A view ``conformed.<feed>`` for each of them; one that was never delivered is empty. Also
    ``identity.address_match`` and ``identity.mention``."""
    schemas = {f"conformed.{feed.table}": conformed_schema(feed) for feed in mention_feeds()}
    attach(con, lake, schemas, schemas)
    attach_identity(con, lake, ADDRESS_MATCH.name, MENTION.name)


# Goes into every row's hash: a change to how values are made comparable reads all rows again.
COMPARABLE_VERSION = "6"
_ROW_HASH = content_sql([f"'{COMPARABLE_VERSION}'", "_hash", "_rules_version"]) + "::varchar"
_ROW = "department, feed, record_key"


def read_marks(lake: Lake) -> dict[str, str]:
    """The state of every table that mentions are made of, by name; with the version of how."""
    tables = {feed.table: lake.table("conformed", feed.table) for feed in mention_feeds()}
    tables[ADDRESS_MATCH.name] = lake.table("identity", ADDRESS_MATCH.name)
    marks = {name: table.mark() for name, table in tables.items()}
    return {**marks, "version": COMPARABLE_VERSION}


def find_touched_rows(
    con: duckdb.DuckDBPyConnection, lake: Lake, marks: Mapping[str, str]
) -> tuple[int, int]:
    """Make ``touched`` (department, feed, record_key): rows that changed or went since the mentions
    in the view ``identity.mention`` were read from them; returns their number and that of all rows.

    marks: of read_marks then. A table that is as it was is not read, one with layers only where
    they say so.
    """
    is_old = marks.get("version") != COMPARABLE_VERSION
    run(con, _NOTHING_READ)
    every, rewritten = 0, ["false"]
    for feed in mention_feeds():
        table = lake.table("conformed", feed.table)
        mark = "" if is_old else marks.get(feed.table, "")
        every += table.num_rows
        if mark != table.mark() or is_old:
            keys = table.changed_since(mark) if mark else None
            _read_rows(con, feed, keys)
            if not keys:
                rewritten.append(f"(department, feed) = ({_of(feed)})")
    # The mentions are read once for all feeds, not once a feed.
    run(con, _CHANGED_ROWS.format(rewritten=" or ".join(rewritten)))
    _find_moved(con, lake, "" if is_old else marks.get(ADDRESS_MATCH.name, ""))
    run(con, "create or replace temp table touched as select distinct * from touched")
    return int(run(con, "select count(*) from touched")[0][0]), every


_NOTHING_READ = f"""
create or replace temp table asked as select {_ROW} from identity.mention limit 0;
create or replace temp table row_now as select {_ROW}, row_hash from identity.mention limit 0
"""
_CHANGED_ROWS = f"""
create or replace temp table row_before as
select distinct {_ROW}, row_hash from (
  select {_ROW}, row_hash from identity.mention semi join asked using ({_ROW})
  union all select {_ROW}, row_hash from identity.mention where {{rewritten}});
create or replace temp table touched as
select {_ROW} from row_now anti join row_before using ({_ROW}, row_hash)
union select {_ROW} from row_before anti join row_now using ({_ROW});
drop table asked; drop table row_now; drop table row_before
"""


def _read_rows(con: duckdb.DuckDBPyConnection, feed: Feed, keys: str | None) -> None:
    """Add one feed's rows to ``row_now``: all, or those with ``keys`` (SQL), kept in ``asked``."""
    run(
        con,
        f"insert into row_now select {_of(feed)}, _key, {_ROW_HASH}"
        f" from conformed.{quoted(feed.table)}"
        f" {f'semi join ({keys}) using (_key)' if keys else ''}",
    )
    if keys:
        run(con, f"insert into asked select {_of(feed)}, _key from ({keys})")


def _of(feed: Feed) -> str:
    return f"{literal(feed.department)}, {literal(feed.name)}"


def _find_moved(con: duckdb.DuckDBPyConnection, lake: Lake, mark: str) -> None:
    """Add the rows whose addresses mean another dwelling than they did."""
    table = lake.table("identity", ADDRESS_MATCH.name)
    if not table.exists or mark == table.mark():
        return
    keys = table.changed_since(mark) if mark else None
    run(
        con,
        f"insert into touched select {_ROW} from ({keys})"
        if keys
        else f"insert into touched select {_ROW} from identity.mention m left join ({_PLACES}) a"
        " using (department, feed, record_key, slot)"
        " where m.dwelling_id is distinct from coalesce(a.dwelling_id, m.standard_address_id)"
        f" or m.area is distinct from a.area or m.near is distinct from {NEAR.format('a')}",
    )


_PLACES = (
    "select department, feed, record_key, slot,"
    f" case when level = 'room' then dwelling_id end as dwelling_id, {AREAS}"
    " from identity.address_match"
)


def delivered_feeds(lake: Lake) -> tuple[Feed, ...]:
    """The feeds whose rows mention people and that have delivered some; one of all, if none has."""
    feeds = mention_feeds()
    return tuple(f for f in feeds if lake.table("conformed", f.table).exists) or feeds[:1]


def take_touched(con: duckdb.DuckDBPyConnection, lake: Lake) -> tuple[Feed, ...]:
    """Leave only the rows in ``touched`` in the views that ``attach_conformed`` made; returns the
    feeds that have any, or one without, where only feeds have that are declared no more."""
    named = set(run(con, "select distinct department, feed from touched"))
    every = mention_feeds()
    feeds = tuple(f for f in every if (f.department, f.name) in named) or every[:1]
    for feed in feeds:
        narrow_feed(con, lake, feed, "touched")
    return feeds


def build_mentions(con: duckdb.DuckDBPyConnection, feeds: Iterable[Feed]) -> int:
    """Make the temporary table ``mention`` of these feeds' rows in the views that
    ``attach_conformed`` made; returns its rows. To plan the reading of a feed without rows takes as
    long as that of another.

    Its columns are those of schemas.identity.MENTION.
    """
    run(con, f"create or replace temp table appearance as {union_sql(feeds)}")
    _names(con)
    _numbers(con)
    _homes(con)
    run(con, f"create or replace temp table mention as {_VALUES}")
    [(rows, distinct)] = run(con, "select count(*), count(distinct mention_id) from mention")
    assert rows == distinct, "two mentions have one number: widen mention_id"
    for table in ("appearance", "name_value", "id_value", "home_value"):
        run(con, f"drop table {table}")
    return int(rows)


def union_sql(feeds: Iterable[Feed]) -> str:
    """One SELECT over all slots of the feeds: where a mention stands and what it says, as
    delivered."""
    selects = [_slot_sql(feed, slot) for feed in feeds for slot in feed.mentions]
    return "\nunion all\n".join(selects)


def _slot_sql(feed: Feed, slot: Slot) -> str:
    columns = {name: getattr(slot, name) for name in _TEXT}
    texts = [
        f"{quoted(source)}::varchar as {name}" if source else f"null::varchar as {name}"
        for name, source in columns.items()
    ]
    if slot.sex_is:
        texts[_TEXT.index("sex")] = f"{literal(slot.sex_is)} as sex"
    birth, precision = _birth_sql(feed, slot)
    present = " or ".join(f"{quoted(c)} is not null" for c in (slot.name, slot.id_no) if c)
    return (
        f"select {literal(feed.department)} as department, {literal(feed.name)} as feed,"
        f" _key as record_key, {literal(slot.slot)} as slot, {', '.join(texts)},"
        f" {birth} as birth_date, {precision} as birth_precision,"
        f" {'false' if feed.department == 'public_security' else 'true'} as spreadsheet,"
        f" {_ROW_HASH} as row_hash"
        f" from conformed.{quoted(feed.table)} where ({present})"
    )


def _birth_sql(feed: Feed, slot: Slot) -> tuple[str, str]:
    if not slot.birth_date:
        return "null::date", "null::varchar"
    column = quoted(slot.birth_date)
    if not feed.column(slot.birth_date).fuzzy:
        return f"{column}::date", f"case when {column} is not null then 'day' end"
    precision = quoted(f"{slot.birth_date}_precision")
    # Systems write the first day of 1970 or 1900 where nothing is known; those born then lose
    # little.
    known = (
        f"{precision} in ('day', 'month', 'year', 'age')"
        f" and {column} not in (date '1970-01-01', date '1900-01-01')"
    )
    return f"case when {known} then {column} end", f"case when {known} then {precision} end"


def _names(con: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "select distinct n from (select name as n from appearance"
        " union all select former_name from appearance) where n is not null"
    )
    values = con.sql(sql).to_arrow_table().column(0).combine_chunks()
    register(con, "name_value", comparable_names(values))


def _numbers(con: duckdb.DuckDBPyConnection) -> None:
    sql = "select distinct id_no, spreadsheet from appearance where id_no is not null"
    found = con.sql(sql).to_arrow_table()
    flags = found.column(1).to_numpy().astype(np.bool_)
    made = comparable_ids(found.column(0).combine_chunks(), flags)
    register(con, "id_value", made.append_column("spreadsheet", found.column(1)))


# DuckDB's hash() is good for numbers and names; two addresses of one building often collide.
_HOME_NUMBER = "(md5_number_lower(home_key) >> 1)::bigint"


def _homes(con: duckdb.DuckDBPyConnection) -> None:
    key = homes.home_key("address")
    run(
        con,
        f"create or replace temp table home_value as select *, {_HOME_NUMBER} as home_number"
        f" from (select address, {key} as home_key from"
        " (select distinct address from appearance where address is not null))",
    )


_PHONES = f"""
select *, {phones.full("dialled")} as phone_full, {phones.mask("dialled")} as phone_masked
from (select *, {phones.cleaned("phone")} as dialled from appearance)
"""

# A document is what a non-citizen type says it is, or what looks like one: letters, then six
# digits or more.
_DOCUMENT = f"""
case when i.number is null and length(i.id_text) >= 6 and i.id_defect is distinct from 'excel'
      and (a.id_type not in {CITIZEN_TYPES}
           or regexp_full_match(i.id_text, '[A-Z]{{1,3}}[0-9]{{6,10}}'))
     then i.id_text end
"""

_VALUES = f"""
select
  (md5_number_lower(concat_ws(chr(31), a.department, a.feed, a.record_key, a.slot)) >> 1)::bigint
    as mention_id,
  a.department, a.feed, a.record_key, a.slot,
  a.name as name_text, n.name, n.surname, n.pinyin, n.sound, n.surname_sound, n.glyphs,
  f.name as former_name,
  i.id_text, i.number, {_DOCUMENT} as document_no, i.id_defect, i.id_prefix,
  case when a.sex in ('1', '2') then a.sex else i.id_sex end as sex,
  coalesce(a.birth_date, i.id_birth_date) as birth_date,
  case when a.birth_date is not null then a.birth_precision
       when i.id_birth_date is not null then 'day' end as birth_precision,
  i.id_birth_date, i.id_sex,
  a.ethnicity, a.relation, a.phone_full as phone, a.phone_masked as phone_mask,
  a.address, h.home_key, h.home_number, a.standard_address_id,
  coalesce(d.dwelling_id, a.standard_address_id) as dwelling_id,
  d.area, {NEAR.format("d")} as near,
  a.person_no, a.family_no, a.row_hash
from ({_PHONES}) a
left join ({_PLACES}) d using (department, feed, record_key, slot)
left join name_value n on n.written = a.name
left join name_value f on f.written = a.former_name
left join id_value i on i.id_no = a.id_no and i.spreadsheet = a.spreadsheet
left join home_value h on h.address = a.address
"""
