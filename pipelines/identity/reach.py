"""What a night can change: the mentions that a change reaches, and those needed to judge them.

    touched -> moved (whose node may differ) -> near (with their families) -> core (whose evidence
    may differ: moved, and the families that read something else of them, heard.py)
            -> part (core, whoever shares a block with it, and the families of both) -> mention_row

A pair depends on its two nodes, their families and the values they share, on nothing else: so the
part, resolved like a county of its own, says about the core what the whole county would. The test
of it is that nights end where a rebuild does. No secrets.
"""

import duckdb

from foundation.engine import run
from foundation.lake import Lake
from pipelines.identity.common import SAID_COLUMNS, SAID_LIST, find_shared
from pipelines.identity.heard import find_differing
from pipelines.identity.model import LinkModel
from pipelines.identity.nodes import block_columns_sql, block_values_sql, row_blocks_sql, unit_sql
from pipelines.identity.state import attach_identity
from pipelines.identity.strong import PAPER, REPEATED_MAYBE

# What resolving reads of a mention.
MENTIONS = """
select * exclude (
  name_text, surname, ethnicity, address, home_key, standard_address_id, row_hash)
from identity.mention
"""

# The county, as narrow as can be, a row a mention: ``saying``, what ties it to others, and
# ``county``, the node it was in. ``is_seeker``: the node has no number, so it looks for one that
# has. Apart, since a join that carries what is computed beside it takes twice as long.
_COUNTY = """
create or replace temp table node_before as
select mention_id, speaker_mention_id as node, not has_number as is_seeker, resident
from (select mention_id, speaker_mention_id, hash(resident_id) as resident from identity.crosswalk)
join (select speaker_mention_id, has_number from identity.node) using (speaker_mention_id);
create or replace temp table saying as
select mention_id, number is null as has_none, {paper} as paper, hash(name) as named, sound,
  case when person_no is not null then hash(department, person_no) end as person,
  {repeated} as repeated, case when family_no is not null then hash(family_no) end as family,
  {unit} as unit, {said}, {blocks}
from identity.mention;
create or replace temp table county as
select mention_id, sound, unit, said_phone, coalesce(n.node, mention_id) as node,
  coalesce(n.is_seeker, s.has_none) as is_seeker
from saying s left join node_before n using (mention_id)
"""

# Two who share a number may be told apart by a relative of the one whom the other is named after:
# a change in a family reaches the disputed numbers of its members.
_SEED = """
create or replace temp table fresh as
select * from saying semi join (
  select mention_id from identity.touched union all from also_touched) using (mention_id);
create or replace temp table seed as
with paper as (
  select {paper} as paper from identity.touched where {paper} is not null
  union select paper from fresh where paper is not null
),
family as (
  select hash(family_no) as family from identity.touched where family_no is not null
  union select family from fresh where family is not null
),
disputed as (
  select paper from saying semi join (
    select paper from saying semi join family using (family) where paper is not null) using (paper)
  group by paper having count(distinct named) > 1
)
select mention_id from fresh
union select mention_id from saying semi join (from paper union from disputed) using (paper)
union select mention_id from saying semi join (
  select person from fresh where person is not null) using (person)
union select mention_id from saying semi join (
  select repeated from fresh where repeated is not null) using (repeated)
union select mention_id from (select mention_id, unnest({said}) as value from saying)
  semi join shared_anew using (value)
"""
_MOVED = """
create or replace temp table moved as
select mention_id, node, unit from county semi join (
  select node from county semi join seed using (mention_id)
  union select speaker_mention_id from identity.crosswalk semi join identity.touched
    using (mention_id)) using (node)
"""
_NEAR = """
create or replace temp table near as
select mention_id, node, unit from county semi join (
  select node from moved
  union select node from county semi join (
    select unit from moved
    union select hash('family', department, family_no) from identity.touched
      where family_no is not null
    union select hash('row', department, feed, record_key) from identity.touched
  ) using (unit)) using (node)
"""

_CORE = """
create or replace temp table core as
select mention_id, node, unit from near semi join (
  select node from moved union select node from near semi join differing using (unit)) using (node)
"""

# With a node come the families it is in, each of their members whole.
_WITH_FAMILIES = """
create or replace temp table part as
select mention_id from {of}
union select mention_id from county semi join (
  select node from county semi join (select unit from {of}) using (unit)) using (node)
"""
# What a number says needs all who bear it, and of disputed ones the families.
_WITH_PAPERS = """
insert into part
select mention_id from saying semi join (
  select paper from saying semi join part using (mention_id) where paper is not null) using (paper)
anti join part using (mention_id);
insert into part
with disputed as (
  select paper from saying semi join part using (mention_id) where paper is not null
  group by paper having count(distinct named) > 1
)
select mention_id from saying semi join (
  select family from saying semi join disputed using (paper) where family is not null)
  using (family)
anti join part using (mention_id)
"""

# What the core looks for, and what the touched will, as far as their own rows say.
_SOUGHT = """
create or replace temp table sought_value as
select distinct value, cap, node in (select node from anchor where not has_number) as is_seeker
from ({values}) semi join core_node using (node) anti join crowded_value using (value)
"""
_SOUGHT_AT_FIRST = """
create or replace temp table fresh as
select * from saying semi join identity.touched using (mention_id);
create or replace temp table sought_value as
select distinct value, cap, is_seeker
from ({blocks}) join county using (mention_id) anti join crowded_value using (value)
"""
# Whoever shares a block with the core, if one of the two seeks; for the cap all of such a block.
_SHARING = """
create or replace temp table matched as
select mention_id, value from ({blocks}) semi join sought_value using (value);
create or replace temp table sharing as
select mention_id, value from matched semi join (
  select value from sought_value where is_seeker
  union select value from matched join county using (mention_id) where county.is_seeker)
  using (value);
create or replace temp table filling as
select value from sharing join county using (mention_id)
join (select distinct value, cap from sought_value) using (value)
anti join filled using (value)
group by value having count(distinct node) > any_value(cap)
"""
# Blocks that will be found crowded: whose pairs are in doubt is known before any is made.
_FILL = """
insert into also_touched
select distinct mention_id from county semi join (
  select node from county semi join (select mention_id from sharing semi join filling using (value))
    using (mention_id)) using (node);
insert into filled from filling
"""
_SHARER = """
create or replace temp table sharer as
select node from county semi join sharing using (mention_id)
union select a.node from county a join county b using (unit)
  where hash('kin', a.sound, b.sound) in (select value from sought_value)
"""
# By a telephone of the person's own or of the family, which is anybody's in it.
_REACHED = """
create or replace temp table caller as
select distinct node, value from (select node, said_phone as value from county
  where said_phone is not null)
semi join (select value from trait semi join core_node using (node)
  where kind in ('phone', 'reach')) using (value);
insert into sharer
select a.node from county a join caller c using (node)
  where hash('reach', a.sound, c.value) in (select value from sought_value)
union select a.node from caller c
  join (select node, unit from county where unit is not null) b on b.node = c.node
  join county a on a.unit = b.unit
  where hash('reach', a.sound, c.value) in (select value from sought_value)
"""
_REACH_OF = """
create or replace temp table reached as
select mention_id, node, unit from county semi join (
  select node from sharer union select node from core) using (node)
"""


def take_county(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make ``mention`` of all mentions; ``m`` numbers them from 0."""
    attach_identity(con, lake, "mention")
    run(con, f"create or replace temp table mention_row as {MENTIONS}")
    _number(con)


def leave_county(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what take_county took: all that is asked of it now stands in ``evidence``."""
    run(con, "drop view mention; drop table mention_row")


def begin(con: duckdb.DuckDBPyConnection, lake: Lake, model: LinkModel) -> None:
    """Make ``saying`` and ``county``, and what one look at the part leaves to the next:
    ``also_touched`` (mention_id), ``filled`` (blocks whose pairs it holds) and ``shared_anew``
    (values that became common). At first they name who is in a block that the touched fill: found
    later, each costs another look."""
    attach_identity(con, lake, "mention", "crosswalk", "node", "touched")
    run(
        con,
        "create or replace temp table also_touched as select 0::bigint as mention_id where false;"
        " create or replace temp table filled as select 0::ubigint as value where false;"
        " create or replace temp table shared_anew as from filled",
    )
    parts = {"paper": PAPER, "repeated": REPEATED_MAYBE, "unit": unit_sql(), "said": SAID_COLUMNS}
    run(con, _COUNTY.format(blocks=block_columns_sql(model), **parts))
    run(con, _SOUGHT_AT_FIRST.format(blocks=row_blocks_sql(model, "fresh")))
    _fill(con, model)


def take_near(con: duckdb.DuckDBPyConnection, model: LinkModel) -> None:
    """Make ``moved`` and ``near`` of what ``identity.touched`` and ``also_touched`` name, and
    ``mention`` of the near and their families."""
    said = f"select sound, {SAID_LIST} as said from saying"
    find_shared(con, model, said, f"{said} semi join identity.touched using (mention_id)")
    run(con, "insert into shared_anew from newly_shared")
    run(con, _SEED.format(paper=PAPER, said=SAID_LIST))
    run(con, _MOVED)
    run(con, _NEAR)
    _take(con, "near")


def take_sharers(con: duckdb.DuckDBPyConnection, model: LinkModel) -> bool:
    """Make ``core``, and ``mention`` of it, of whoever shares a block with it, and of their
    families; False, with more in ``also_touched``, if all has to be taken anew first.

    Needs ``evidence``, ``anchor``, ``trait`` and ``kin`` of what take_near took.
    """
    find_differing(con)
    run(con, _CORE)
    name_core(con)
    run(con, _SOUGHT.format(values=block_values_sql(model)))
    if _fill(con, model):
        return False
    run(con, _SHARER)
    run(con, _REACHED)
    run(con, _REACH_OF)
    _take(con, "reached")
    for table in ("sought_value", "matched", "sharing", "filling", "sharer", "caller", "reached"):
        run(con, f"drop table {table}")
    return True


def _fill(con: duckdb.DuckDBPyConnection, model: LinkModel) -> bool:
    """Make ``sharing`` of what ``sought_value`` names; whether blocks become crowded by it, all of
    whom are then in ``also_touched``."""
    run(con, _SHARING.format(blocks=row_blocks_sql(model, "saying")))
    is_filling = bool(run(con, "select 1 from filling limit 1"))
    if is_filling:
        run(con, _FILL)
    return is_filling


def widen(con: duckdb.DuckDBPyConnection, model: LinkModel) -> bool:
    """Whether blocks have become crowded: then the pairs of all who share them are in doubt, which
    ``also_touched`` names."""
    run(
        con,
        "insert into also_touched select mention_id from evidence semi join ("
        f"select node from ({block_values_sql(model)}) semi join ({_UNFORESEEN}) using (value))"
        " using (node)",
    )
    return bool(run(con, f"{_UNFORESEEN} limit 1"))


_UNFORESEEN = "select value from newly_crowded anti join filled using (value)"


def name_core(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``core_node`` (node): the core's nodes as they are now."""
    run(
        con,
        "create or replace temp table core_node as select distinct node from evidence"
        " semi join core using (mention_id)",
    )


def _take(con: duckdb.DuckDBPyConnection, of: str) -> None:
    run(con, _WITH_FAMILIES.format(of=of))
    run(con, _WITH_PAPERS)
    run(
        con,
        f"create or replace temp table mention_row as {MENTIONS} semi join part using (mention_id)",
    )
    _number(con)


def _number(con: duckdb.DuckDBPyConnection) -> None:
    run(con, "create or replace temp view mention as select rowid as m, * from mention_row")
