"""Which families a night changes for those in them: what their members read of one another.

    touched (as they were), county ─┐
    evidence, trait (as they are) ──┴-> member (unit, node, what it says) -> units that differ

A relative reads of a node its sounds in their unit and its telephones (``kin`` and ``reach`` of
nodes.py), not its address, birth date or number. Where a unit says the same as before, only the
node that moved is judged again, not its family. SQL only, used by reach.py. No secrets.
"""

import duckdb

from foundation.engine import run
from pipelines.identity.nodes import unit_sql

# Mentions as they were, of the nodes in units that a changed node is or was in. One that is noted
# twice was at first what only one of the notes says: its families are taken for changed.
_BEFORE = f"""
create or replace temp table was as
select mention_id, {unit_sql()} as unit, sound, case
    when count(*) over (partition by mention_id) > 1 then hash('noted twice', mention_id)
    when phone is not null then hash('phone', phone) end as phone
from identity.touched;
create or replace temp table near_unit as
select distinct unit from (
  select unit from moved union all select unit from was
  union all select unit from county semi join (select mention_id from was) using (mention_id))
where unit is not null;
create or replace temp table heard as
select c.node, c.unit, c.sound, c.said_phone as phone
from county c semi join (
  select node from county semi join near_unit using (unit)
  union select node from moved
  union select speaker_mention_id from identity.crosswalk semi join was using (mention_id))
  using (node)
anti join was using (mention_id)
union all
select x.speaker_mention_id, w.unit, w.sound, w.phone
from was w join identity.crosswalk x using (mention_id)
"""
_SOUNDS = """
(select unit, node, list_sort(list(distinct sound)) as sounds
  from {of} semi join near_unit using (unit) group by all)
"""
_DIFFERING = f"""
create or replace temp table differing as
with now as (select node, sound, {unit_sql()} as unit from evidence),
before as (
  select unit, sounds, phones from {_SOUNDS.format(of="heard")} left join (
    select node, list_sort(list(distinct phone)) as phones
    from heard anti join (from shared_value except from shared_anew) s on s.value = phone
    where phone is not null group by node) using (node)
),
after as (
  select unit, sounds, phones from {_SOUNDS.format(of="now")} left join (
    select node, list_sort(list(value)) as phones from trait where kind = 'phone' group by node)
    using (node)
)
select distinct unit from (
  (from before except all from after) union all (from after except all from before))
"""


def find_differing(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``differing`` (unit): whose members read something else of one another than before.

    Needs ``moved``, ``county``, ``evidence`` and ``trait`` of all who are or were in a unit with a
    node of ``moved``.
    """
    run(con, _BEFORE)
    run(con, _DIFFERING)
    for table in ("was", "near_unit", "heard"):
        run(con, f"drop table {table}")
