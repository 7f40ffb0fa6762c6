"""What is to be said about a resolution: conflicts of numbers, and pairs that a steward should see.

    contradiction -> conflict_now          identity.edge, node, crosswalk -> review_task_now

Tasks are made of the stored tables, all of them each time: they are few. No secrets.
"""

import duckdb

from foundation.engine import content_sql, run
from pipelines.identity.common import SAID


def _number(letter: str, *columns: str) -> str:
    return f"'{letter}' || upper(to_hex({content_sql(columns)}))"


_CONFLICT = f"""
create or replace temp table conflict_now as
select {_number("C", "paper", "main_speaker", "speaker")} as conflict_id,
  case when is_document then 'document' else 'citizen' end as kind, paper as number,
  main_speaker as holder_mention_id, speaker as other_mention_id, reading, mentions, departments
from contradiction
{{chosen}}
"""

# Two numbers, and yet one name, one birth date and one telephone or home: perhaps one person with
# two numbers.
_TWO_NUMBERS = f"""
create or replace temp table two_numbers as
with namesake as (
  select speaker_mention_id, name, birth from identity.node
  where has_number and name is not null and birth is not null
  qualify count(*) over (partition by name, birth) > 1
),
near as (
  select distinct speaker_mention_id, value from (
    select speaker_mention_id, unnest({SAID}) as value
    from identity.mention
    join (select mention_id, speaker_mention_id from identity.crosswalk
      semi join namesake using (speaker_mention_id)) using (mention_id))
  where value is not null and value not in (from shared_value)
)
select distinct a.speaker_mention_id as l, b.speaker_mention_id as r
from namesake a join namesake b using (name, birth)
join near s on s.speaker_mention_id = a.speaker_mention_id
join near t on t.speaker_mention_id = b.speaker_mention_id and t.value = s.value
where a.speaker_mention_id < b.speaker_mention_id
"""

# One task a pair of residents, its best link; a link that a better one made needless is no task.
_TASK = f"""
create or replace temp table doubt as
select left_mention_id, right_mention_id, weight, levels, coalesce(reason, 'doubtful') as reason,
  outcome = 'refused' as is_refused
from identity.edge
where outcome in ('weak', 'refused') and reason is distinct from 'kept_apart';
create or replace temp table doubted as
select unnest([left_mention_id, right_mention_id]) as mention_id from doubt
union select unnest([l, r]) from two_numbers;
create or replace temp table speaking as
select mention_id as speaker_mention_id, resident_id from identity.crosswalk
semi join doubted using (mention_id);
create or replace temp table placed as
select speaker_mention_id, resident_id, has_number, mentions
from speaking join identity.node using (speaker_mention_id);
create or replace temp table size as
select resident_id, count(*) as mentions from identity.crosswalk
semi join speaking using (resident_id) group by resident_id;
create or replace temp table review_task_now as
with open as (
  select d.left_mention_id, d.right_mention_id, d.weight, d.levels, x.mentions + y.mentions as
    mentions, d.reason, a.resident_id as c1, b.resident_id as c2
  from doubt d
  join placed a on a.speaker_mention_id = d.left_mention_id
  join placed b on b.speaker_mention_id = d.right_mention_id
  join size x on x.resident_id = a.resident_id join size y on y.resident_id = b.resident_id
  where a.resident_id <> b.resident_id
    and (d.is_refused or not (a.has_number and b.has_number))
  union all
  select l, r, null::double, 'name=same birth=same_day place=shared', a.mentions + b.mentions,
    'two_numbers', a.resident_id, b.resident_id
  from two_numbers
  join placed a on a.speaker_mention_id = l join placed b on b.speaker_mention_id = r
  where a.resident_id <> b.resident_id
),
best as (
  select * from open
  qualify row_number() over (partition by least(c1, c2), greatest(c1, c2)
    order by weight desc nulls last, left_mention_id, right_mention_id) = 1
)
select {_number("T", "left_mention_id", "right_mention_id")} as task_id,
  left_mention_id, right_mention_id, reason, weight, levels, mentions
from best b
anti join (select * from identity.decision where withdrawn_at is null) d
  on d.left_mention_id = b.left_mention_id and d.right_mention_id = b.right_mention_id
"""


def find_conflicts(con: duckdb.DuckDBPyConnection, part: bool) -> None:
    """Make ``conflict_now``. part: of the numbers of ``moved`` only."""
    moved = "(select mention_id from moved)"
    chosen = f"where main_speaker in {moved} or speaker in {moved}" if part else ""
    run(con, _CONFLICT.format(chosen=chosen))


def find_tasks(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``review_task_now`` from the views of the zone's tables as they are now."""
    run(con, _TWO_NUMBERS)
    run(con, _TASK)
