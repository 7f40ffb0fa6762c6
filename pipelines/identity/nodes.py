"""What is known of a node: the evidence of its mentions, and candidate pairs that share some of it.

    mention, node_of, owner -> evidence -> kin, trait -> pair -> node (lists per node)

A widely shared telephone or address (a clerk's, a village's) is kept apart as faint evidence
(common.py). No secrets.
"""

import duckdb

from foundation.engine import register, run
from pipelines.identity.comparable.shapes import comparable_shapes
from pipelines.identity.model import FAMILY_LIMIT, KIN_CAP, NOT_FAMILY, Blocking, LinkModel
from pipelines.identity.neighbourhood import MORE_TRAITS
from schemas import FEEDS

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
  m.phone, m.phone_mask, m.home_number, m.dwelling_id,
  m.person_no, m.family_no, m.relation, m.area, m.near
from (select m.*, m.number is null or o.m is not null as is_own from mention m left join owner o
  using (m)) m
join node_of n using (m)
"""


def build_evidence(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``evidence`` (a row a mention), and what ``derive`` makes of it."""
    run(con, _EVIDENCE)
    derive(con)


def derive(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``trait`` (node, kind, value), ``kin`` (node, sound) and ``anchor`` (a row a node) of
    ``evidence`` and ``shared_value``."""
    run(con, _TRAIT)
    run(con, _FAMILY.format(unit=unit_sql(), limit=FAMILY_LIMIT))
    run(con, _KIN)
    run(con, _REACH)
    run(con, _ANCHOR)


# Phones, homes (text, dwelling, family number) of a node as hashes; what many names share is faint.
# There are a dozen rows a person: a kind is a byte.
_KIND = "enum('phone', 'reach', 'home', 'mask', 'faint', 'post', 'role', 'near', 'area')"
_TRAIT = f"""
create or replace temp table trait as
with said as (
  select distinct node, 'phone'::{_KIND} as kind, hash('phone', phone) as value
  from evidence where phone is not null
  union all
  select distinct node, 'home'::{_KIND}, hash('home', home_number)
  from evidence where home_number is not null
  union all
  select distinct node, 'home'::{_KIND}, hash('dwelling', dwelling_id)
  from evidence where dwelling_id is not null
  union all
  select distinct node, 'home'::{_KIND}, hash('family', department, family_no)
  from evidence where family_no is not null
  union all
  select distinct node, 'mask'::{_KIND}, hash('mask', phone_mask)
  from evidence where phone_mask is not null
)
select distinct s.node, case when w.value is null then s.kind else 'faint'::{_KIND} end as kind,
  s.value
from said s left join shared_value w using (value)
union all {MORE_TRAITS.format(kind=_KIND)}
"""


def _family_rows() -> tuple[tuple[str, str], ...]:
    return tuple(
        (feed.department, feed.name)
        for feed in FEEDS.values()
        if sum(slot.slot not in NOT_FAMILY for slot in feed.mentions) > 1
    )


def unit_sql() -> str:
    """SQL: the unit that a mention belongs to, null for none: the members of one family number, or
    the people whom one row names together."""
    return f"""case when sound is null or slot in {NOT_FAMILY} then null
      when family_no is not null then hash('family', department, family_no)
      when (department, feed) in {_family_rows()} then hash('row', department, feed, record_key)
      end"""


_FAMILY = """
create or replace temp table family as
with member as (
  select distinct {unit} as unit, node, sound from evidence where {unit} is not null
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

# What a person has one of: a number of his own, an id in the register, a sex, a birth date that a
# wrong digit of a number has not made.
_ANCHOR = """
create or replace temp table anchor as
select node, bool_or(number is not null) as has_number, bool_or(person_no is not null) as
  has_person_no,
  min(mention_id) as speaker, count(*) as mentions,
  min(name) filter (number is not null) as name,
  max(id_birth_date) filter (number is not null) as birth,
  coalesce(max(id_birth_date) filter (number is not null), min(birth_date) filter (is_firm))
    as firm_birth,
  coalesce(max(sex) filter (number is not null),
    case sign(count(*) filter (sex = '1') - count(*) filter (sex = '2'))
      when 1 then '1' when -1 then '2' end) as sex
from evidence group by node
"""


def block_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel, core: bool = False) -> int:
    """Make ``pair`` (l, r: nodes, l < r, not both with a number); returns how many.

    core: only pairs with a node of ``core_node``, which share what such a node has. Blocks that
    more nodes share than their cap allows are left out and added to ``crowded_value``; those that
    were not in it are in ``newly_crowded``.
    """
    every = block_values_sql(model)
    if core:
        run(
            con,
            "create or replace temp table core_value as select distinct value from"
            f" ({every}) semi join core_node using (node)",
        )
        every = f"select * from ({every}) semi join core_value using (value)"
    run(
        con,
        f"create or replace temp table seeking as select distinct * from ({every})"
        " semi join (select node from anchor where not has_number) using (node)"
        " anti join crowded_value using (value)",
    )
    run(con, _MET.format(every=every))
    within = "where l in (from core_node) or r in (from core_node)"
    run(con, _PAIR.format(core=within if core else ""))
    run(con, "drop table seeking; drop table met")
    [(count,)] = run(con, "select count(*) from pair")
    return int(count)


def block_values_sql(model: LinkModel) -> str:
    """SQL: node, value, cap of every blocking rule over ``evidence``, ``kin`` and ``trait``."""
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
    return "\nunion all\n".join([*rules, kin, phones])


def _block_sql(rule: Blocking) -> str:
    return (
        f"select node, {_block_hash(rule)} as value, {rule.cap} as cap"
        f" from evidence where {_is_present(rule)}"
    )


def _block_hash(rule: Blocking) -> str:
    return f"hash('{rule.name}', {', '.join(rule.values)})"


def _is_present(rule: Blocking) -> str:
    return " and ".join(f"({value}) is not null" for value in rule.values)


def block_columns_sql(model: LinkModel) -> str:
    """SQL: the values of one mention under the rules that read one row, as columns block_0, …"""
    return ", ".join(
        f"case when {_is_present(rule)} then {_block_hash(rule)} end as block_{at}"
        for at, rule in enumerate(model.blocking)
    )


def row_blocks_sql(model: LinkModel, relation: str) -> str:
    """SQL: mention_id, value, cap of a relation with those columns."""
    return "\nunion all\n".join(
        f"select mention_id, block_{at} as value, {rule.cap} as cap from {relation}"
        f" where block_{at} is not null"
        for at, rule in enumerate(model.blocking)
    )


# Only a node without a number seeks; those with one are sought. The register's ids exclude one
# another too.
_MET = """
create or replace temp table met as
select distinct * from ({every}) b
semi join (select distinct value from seeking) s on b.value = s.value;
create or replace temp table newly_crowded as
select value from met group by value having count(*) > any_value(cap);
insert into crowded_value select value from newly_crowded
"""
_PAIR = """
create or replace temp table pair as
with found as (
  select distinct least(s.node, t.node) as l, greatest(s.node, t.node) as r
  from (select * from seeking anti join newly_crowded using (value)) s
  join met t on s.value = t.value and s.node <> t.node
)
select f.l, f.r from (select * from found {core}) f
join anchor a on a.node = f.l join anchor b on b.node = f.r
where not (a.has_person_no and b.has_person_no)
"""


def describe_nodes(
    con: duckdb.DuckDBPyConnection, table: str = "node", nodes: str | None = None
) -> None:
    """Make ``table``: one row a node that ``nodes`` (SQL with a column node; default: all in
    pair) names.

    name, surname_sound, birth: the first by the strength of what says it; names, pinyins, sounds,
    glyphs, births, phones, homes, kin, faint: lists without repeats, empty where nothing is known,
    of hashes where the value is a text. sex is the anchor's; strokes: a text a character, with
    blanks between.
    """
    chosen = nodes or "select l as node from pair union select r from pair"
    run(con, f"create or replace temp table chosen as {chosen}")
    names = (
        "select distinct name from evidence semi join chosen using (node) where name is not null"
    )
    register(
        con,
        "name_shape",
        comparable_shapes(con.sql(names).to_arrow_table().column(0).combine_chunks()),
    )
    run(con, _DESCRIBE.format(table=table))
    run(con, "drop table chosen; drop table name_shape")


# Null for nothing, which list_distinct leaves out.
def _hashed(column: str) -> str:
    return f"case when {column} is not null then hash({column}) end"


# The strongest saying counts: with a number of one's own before without, then the mention's number.
# Pairs carry these lists: numbers are a third of the work of texts.
_DESCRIBE = f"""
create or replace temp table {{table}} as
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
    list_distinct(list_concat(list({_hashed("name")}), list({_hashed("former_name")}))) as names,
    list_distinct(list({_hashed("pinyin")})) as pinyins,
    list_distinct(list({_hashed("sound")})) as sounds,
    list_distinct(list({_hashed("glyphs")})) as glyphs,
    coalesce(max(id_birth_date) filter (number is not null), arg_max(birth_date, exactness))
      as birth,
    max(number) is not null or coalesce(bool_or(birth_precision = 'day'), false) as is_day,
    coalesce(bool_or(birth_precision = 'age'), false) as is_age,
    list_distinct(list_concat(
      list(case when birth_precision = 'day' then birth_date end), list(id_birth_date))) as births,
    coalesce(bool_or(dwelling_id is not null or (home_number is not null and area is null)), false)
      as has_house,
    max(number) as number, max(damaged) as damaged, max(prefix) as prefix
  from known group by node
),
listed as (
  select node,
    coalesce(list(value) filter (kind = 'phone'), []) as phones,
    coalesce(list(value) filter (kind = 'home'), []) as homes,
    coalesce(list(value) filter (kind = 'faint'), []) as faint,
    coalesce(list(value) filter (kind = 'mask'), []) as masks,
    coalesce(list(value) filter (kind = 'role'), []) as roles,
    coalesce(list(value) filter (kind = 'post'), []) as posts,
    coalesce(list(value) filter (kind = 'near'), []) as near,
    coalesce(list(value) filter (kind = 'area'), []) as areas,
    coalesce(list(value) filter (kind = 'reach'), []) as reach
  from trait semi join chosen using (node) group by node
),
relatives as (
  select node, list(hash(sound)) as kin from kin semi join chosen using (node) group by node
)
select p.*, h.corners, h.strokes, s.sex,
  coalesce(phones, []) as phones, coalesce(homes, []) as homes, coalesce(faint, []) as
  faint,
  coalesce(reach, []) as reach, coalesce(masks, []) as masks, coalesce(roles, []) as roles,
  coalesce(posts, []) as posts, coalesce(near, []) as near, coalesce(areas, []) as areas,
  coalesce(kin, []) as kin
from person p join anchor s using (node) left join listed using (node)
left join relatives using (node) left join name_shape h on h.name = p.name
"""
