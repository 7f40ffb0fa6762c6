"""What is known of a node: the evidence of its mentions, and candidate pairs that share some of it.

    mention, node_of, owner, address_match -> evidence -> kin, block -> pair -> node (lists per
    node)

A widely shared telephone or address (a clerk's, a village's) is kept apart as faint evidence. No
secrets.
"""

import duckdb
import pyarrow as pa

from foundation.engine import attach, run
from foundation.lake import Lake
from pipelines.identity.model import FAMILY_LIMIT, KIN_CAP, NOT_FAMILY, Blocking, LinkModel
from schemas import FEEDS

ADDRESS_MATCH = pa.schema(
    [(c, pa.string()) for c in ("department", "feed", "record_key", "slot", "dwelling_id", "level")]
)

# A number that is somebody else's is no evidence, nor are the sex and birth date in it; a wrong
# one (17 to 19 characters) is, as
# `damaged`.
_EVIDENCE = """
create or replace temp table evidence as
select m.m, m.mention_id, n.node, m.department, m.feed, m.record_key, m.slot,
  m.name, m.former_name, m.surname_sound, m.pinyin, m.sound, m.glyphs,
  case when is_own then m.number end as number,
  case when m.number is null then m.id_text end as id_text,
  case when m.id_defect in ('checksum', 'other') and length(m.id_text) between 17 and 19
    and m.document_no is null then m.id_text end as damaged,
  m.id_prefix as prefix, m.document_no,
  case when is_own or m.sex <> m.id_sex then m.sex end as sex,
  case when is_own or m.birth_date <> m.id_birth_date then m.birth_date end as birth_date,
  m.birth_precision,
  case when is_own then m.id_birth_date end as id_birth_date,
  m.birth_precision = 'day' and (m.number is not null or m.id_defect is null or m.id_defect =
    'excel'
    or m.birth_date is distinct from m.id_birth_date) as is_firm,
  m.phone, m.phone_mask, m.home_key, coalesce(a.dwelling_id, m.standard_address_id) as dwelling_id,
  m.person_no, m.family_no
from (select m.*, m.number is null or o.m is not null as is_own from mention m left join owner o
  using (m)) m
join node_of n using (m)
left join (select department, feed, record_key, slot, any_value(dwelling_id) as dwelling_id
           from identity.address_match where level = 'room' and dwelling_id is not null group by
             all) a
  using (department, feed, record_key, slot)
"""


def build_evidence(con: duckdb.DuckDBPyConnection, lake: Lake, model: LinkModel) -> None:
    """Make ``evidence`` (a row a mention), and what ``derive`` makes of it."""
    attach(con, lake, ["identity.address_match"], {"identity.address_match": ADDRESS_MATCH})
    run(con, _EVIDENCE)
    derive(con, model)


def derive(con: duckdb.DuckDBPyConnection, model: LinkModel) -> None:
    """Make ``trait`` (node, kind, value), ``kin`` (node, sound) and ``anchor`` (a row a node) of
    ``evidence``."""
    run(con, _TRAIT.format(limit=model.widely_shared))
    run(con, _FAMILY.format(slots=NOT_FAMILY, rows=_family_rows(), limit=FAMILY_LIMIT))
    run(con, _KIN)
    run(con, _REACH)
    run(con, _ANCHOR)


# Phones, homes (text, dwelling, family number) of a node as hashes; what many names share is faint.
_TRAIT = """
create or replace temp table trait as
with said as (
  select distinct node, sound, 'phone' as kind, hash('phone', phone) as value
  from evidence where phone is not null
  union all
  select distinct node, sound, 'home', hash('home', home_key) from evidence where home_key is not
    null
  union all
  select distinct node, sound, 'home', hash('dwelling', dwelling_id)
  from evidence where dwelling_id is not null
  union all
  select distinct node, sound, 'home', hash('family', department, family_no)
  from evidence where family_no is not null
  union all
  select distinct node, sound, 'faint', hash('mask', phone_mask)
  from evidence where phone_mask is not null
),
wide as (
  select value from said where kind <> 'faint' group by value having count(distinct sound) > {limit}
)
select distinct s.node, case when w.value is null then s.kind else 'faint' end as kind, s.value
from said s left join wide w using (value)
"""


def _family_rows() -> tuple[tuple[str, str], ...]:
    return tuple(
        (feed.department, feed.name)
        for feed in FEEDS.values()
        if sum(slot.slot not in NOT_FAMILY for slot in feed.mentions) > 1
    )


# Members of one family number, and people whom one row names together.
_FAMILY = """
create or replace temp table family as
with member as (
  select distinct hash('family', department, family_no) as unit, node, sound
  from evidence where family_no is not null and sound is not null and slot not in {slots}
  union
  select distinct hash('row', department, feed, record_key), node, sound
  from evidence where (department, feed) in {rows} and sound is not null
    and family_no is null and slot not in {slots}
)
select * from member semi join
  (select unit from member group by unit having count(*) between 2 and {limit}) using (unit)
"""
_KIN = """
create or replace temp table kin as
select distinct a.node, b.sound
from family a join family b using (unit)
where a.node <> b.node and a.sound <> b.sound
"""
# The telephones of one's family: people give a number that is their daughter's.
_REACH = """
insert into trait
select distinct a.node, 'reach', t.value
from (select distinct unit, node from family) a join (select distinct unit, node from family) b
  using (unit)
join trait t on t.node = b.node and t.kind = 'phone'
where a.node <> b.node
"""

# What a person may have one of: a number of his own, an id in the register.
_ANCHOR = """
create or replace temp table anchor as
select node, bool_or(number is not null) as has_number, bool_or(person_no is not null) as
  has_person_no,
  min(mention_id) as speaker, count(*) as mentions,
  min(name) filter (number is not null) as name, max(id_birth_date) filter (number is not null) as
    birth
from evidence group by node
"""


def block_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel) -> int:
    """Make ``pair`` (l, r: nodes, l < r, not both with a number); returns how many."""
    rules = [_block_sql(rule) for rule in model.blocking]
    kin = (
        f"select e.node, hash('kin', e.sound, k.sound) as value, {KIN_CAP} as cap"
        " from evidence e join kin k using (node) where e.sound is not null"
    )
    phones = (
        f"select e.node, hash('reach', e.sound, t.value) as value, {KIN_CAP} as cap"
        " from (select distinct node, sound from evidence where sound is not null) e"
        " join trait t using (node) where t.kind in ('phone', 'reach')"
    )
    every = "\nunion all\n".join([*rules, kin, phones])
    run(
        con,
        f"create or replace temp table seeking as select distinct * from ({every})"
        " semi join (select node from anchor where not has_number) using (node)",
    )
    run(con, _SOUGHT.format(every=every))
    run(con, _PAIR)
    run(con, "drop table seeking; drop table sought")
    [(count,)] = run(con, "select count(*) from pair")
    return int(count)


def _block_sql(rule: Blocking) -> str:
    present = " and ".join(f"({value}) is not null" for value in rule.values)
    values = ", ".join(rule.values)
    return (
        f"select node, hash('{rule.name}', {values}) as value, {rule.cap} as cap"
        f" from evidence where {present}"
    )


# Only a node without a number seeks; those with one are sought. The register's ids exclude one
# another too.
_SOUGHT = """
create or replace temp table sought as
with met as (
  select distinct * from ({every}) b
  semi join (select distinct value from seeking) s on b.value = s.value
)
select * from met semi join
  (select value from met group by value having count(*) between 2 and any_value(cap)) using (value)
"""
_PAIR = """
create or replace temp table pair as
with found as (
  select distinct least(s.node, t.node) as l, greatest(s.node, t.node) as r
  from seeking s join sought t on s.value = t.value and s.node <> t.node
)
select f.l, f.r from found f
join anchor a on a.node = f.l join anchor b on b.node = f.r
where not (a.has_person_no and b.has_person_no)
"""


def describe_nodes(
    con: duckdb.DuckDBPyConnection, table: str = "node", nodes: str | None = None
) -> None:
    """Make ``table``: one row a node that ``nodes`` (SQL with a column node; default: all in
    pair) names.

    name, surname_sound, birth: the first by the strength of what says it; names, pinyins, sounds,
    glyphs,
    births, phones, homes, kin, faint: lists without repeats, empty where nothing is known.
    firm_birth: an exact
    date that a wrong digit of a number has not made.
    """
    chosen = nodes or "select l as node from pair union select r from pair"
    run(con, f"create or replace temp table chosen as {chosen}")
    run(con, _DESCRIBE.format(table=table))
    run(con, "drop table chosen")


# The strongest saying counts: with a number of one's own before without, then the mention's number.
_DESCRIBE = """
create or replace temp table {table} as
with known as (
  select e.*,
    case when number is not null then 4611686018427387904 else 0 end + (mention_id >> 1) as
      strength,
    case birth_precision when 'day' then 4611686018427387904
      when 'month' then 2305843009213693952 else 0 end + (mention_id >> 2) as exactness
  from evidence e semi join chosen using (node)
),
person as (
  select node,
    arg_max(name, strength) as name,
    arg_max(surname_sound, strength) as surname_sound,
    list_distinct(list_concat(list(name), list(former_name))) as names,
    list_distinct(list(pinyin)) as pinyins,
    list_distinct(list(sound)) as sounds,
    list_distinct(list(glyphs)) as glyphs,
    coalesce(max(id_birth_date) filter (number is not null), arg_max(birth_date, exactness))
      as birth,
    coalesce(max(id_birth_date) filter (number is not null),
      min(birth_date) filter (is_firm)) as firm_birth,
    max(number) is not null or coalesce(bool_or(birth_precision = 'day'), false) as is_day,
    coalesce(bool_or(birth_precision = 'age'), false) as is_age,
    list_distinct(list_concat(
      list(case when birth_precision = 'day' then birth_date end), list(id_birth_date))) as births,
    count(*) filter (sex = '1') - count(*) filter (sex = '2') as male,
    max(sex) filter (number is not null) as own_sex,
    max(number) as number, max(damaged) as damaged, max(prefix) as prefix
  from known group by node
),
listed as (
  select node,
    coalesce(list(value) filter (kind = 'phone'), []) as phones,
    coalesce(list(value) filter (kind = 'home'), []) as homes,
    coalesce(list(value) filter (kind = 'faint'), []) as faint,
    coalesce(list(value) filter (kind = 'reach'), []) as reach
  from trait semi join chosen using (node) group by node
),
relatives as (select node, list(sound) as kin from kin semi join chosen using (node) group by node)
select p.* exclude (male, own_sex),
  coalesce(own_sex, case when male > 0 then '1' when male < 0 then '2' end) as sex,
  coalesce(phones, []) as phones, coalesce(homes, []) as homes, coalesce(faint, []) as
  faint,
  coalesce(reach, []) as reach,
  coalesce(kin, []) as kin
from person p left join listed using (node) left join relatives using (node)
"""
