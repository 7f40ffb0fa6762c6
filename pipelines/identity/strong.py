"""Strong identifiers: mentions that one number ties together, and numbers that contradict
themselves.

    mention -> contested (number x name) -> groups of names that agree -> tie -> node_of
                                     └─ the other groups -> contradiction, apart

A node is what is one person beyond the model's doubt; the model links nodes. No secrets.
"""

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import content_sql, register, run
from pipelines.identity.arrays import Ints
from pipelines.identity.model import names_alike, names_kin

# Numbers under which more than one name stands; nothing has to be judged about the others.
_DISPUTED = """
create or replace temp table disputed as
select number is null as is_document, coalesce(number, document_no) as paper
from mention where coalesce(number, document_no) is not null
group by all having count(distinct coalesce(name, '')) > 1
"""
_CONTESTED = """
create or replace temp table contested as
select row_number() over (order by is_document, paper, name) - 1 as holder, *
from (
  select is_document, paper, name, any_value(pinyin) as pinyin, any_value(sound) as sound,
    any_value(glyphs) as glyphs, any_value(surname_sound) as surname_sound,
    coalesce(list(distinct former_name) filter (former_name is not null), []) as formers,
    coalesce(list(distinct person_no) filter (person_no is not null), []) as persons,
    coalesce(list(distinct family_no) filter (person_no is not null and family_no is not null), [])
      as booklets,
    coalesce(list(distinct family_no) filter (family_no is not null), []) as families,
    coalesce(list(distinct sex) filter (sex is not null), []) as sexes, max(id_sex) as number_sex,
    coalesce(list(distinct birth_date) filter (birth_precision = 'day'), []) as births,
    max(id_birth_date) as number_birth,
    list(distinct department) as departments, min(mention_id) as speaker, count(*) as mentions
  from (select *, number is null as is_document, coalesce(number, document_no) as paper
    from mention)
  semi join disputed using (is_document, paper)
  group by is_document, paper, name
)
"""

# Names that one number may have beside each other without a doubt, and those that need one more
# look:
# with the same family name it is a look-alike, a name changed without a word, or a relative's.
_ALIKE = names_alike("a", "b")
_ALL_REGISTERED = (
    "len(a.persons) > 0 and len(b.persons) > 0 and not list_has_any(a.persons, b.persons)"
)

# It is a relative's if the booklet has one of that name with another number, or if what is stated
# of
# birth date and sex is not the number's.
_RELATIVE = f"""
create or replace temp table relative as
with slip as (
  select a.holder as left_holder, b.holder as right_holder, a.paper,
    list_concat(a.families, b.families) as families, [a.name, b.name] as names,
    len(list_filter(list_concat(a.births, b.births), lambda d: abs(d - a.number_birth) > 60)) > 0
      or len(list_filter(list_concat(a.sexes, b.sexes), lambda x: x <> a.number_sex)) > 0
      as contradicts
  from contested a join contested b using (is_document, paper)
  where a.holder < b.holder and not a.is_document and not {_ALIKE}
),
namesake as (
  select distinct s.left_holder, s.right_holder
  from (select left_holder, right_holder, paper, names, unnest(families) as family from slip) s
  join mention m on m.family_no = s.family and list_contains(s.names, m.name)
    and m.number <> s.paper
)
select left_holder, right_holder from slip where contradicts
union select left_holder, right_holder from namesake
"""

# Latin and Chinese names of one foreigner cannot be compared: the document and the birth date
# must do.
_FOREIGN = (
    "(a.is_document and regexp_matches(a.name, '[A-Z]') <> regexp_matches(b.name, '[A-Z]')"
    " and (len(a.births) = 0 or len(b.births) = 0 or list_has_any(a.births, b.births)))"
)
_AGREE = f"""
select a.holder, b.holder
from contested a join contested b using (is_document, paper)
left join relative s on s.left_holder = a.holder and s.right_holder = b.holder
where a.holder < b.holder
  and ({_ALIKE} or list_has_any(a.persons, b.persons) or {_FOREIGN}
    or (not a.is_document and s.left_holder is null and not ({_ALL_REGISTERED})
      and ({names_kin("a", "b")})))
"""

# The main group of a number: the register speaks for it, then most mentions. A name that is
# missing goes there. Two of one booklet on one number are one clerk's slip, not two holders.
_GROUP = """
create or replace temp table holder_group as
with grouped as (
  select c.is_document, c.paper, c.holder, case when c.name is not null then g.party end as party,
    len(c.persons) > 0 as is_registered, c.booklets, c.departments, c.mentions, c.speaker
  from contested c join party g using (holder)
),
ranked as (
  select is_document, paper, party, bool_or(is_registered) as is_registered,
    min(speaker) as speaker, sum(mentions)::bigint as mentions,
    flatten(list(booklets)) as booklets, flatten(list(departments)) as departments,
    row_number() over (partition by is_document, paper order by party is null,
      bool_or(is_registered) desc, sum(mentions) desc, min(speaker)) as rank
  from grouped group by is_document, paper, party
)
select g.holder, r.party, r.speaker, r.mentions, r.departments,
  r.is_registered and not list_has_any(r.booklets, first_value(r.booklets) over w) as is_registered,
  first_value(r.speaker) over w as main_speaker,
  r.rank > 1 and r.party is not null as is_other,
  case when r.party is null then 1 else r.rank end as rank
from grouped g join ranked r
  on g.is_document = r.is_document and g.paper = r.paper and g.party is not distinct from r.party
window w as (partition by g.is_document, g.paper order by r.rank, g.holder
  rows between unbounded preceding and unbounded following)
"""

# A number or another document, hashed with which of both it is.
PAPER = """case when coalesce(number, document_no) is not null
  then hash('paper', number is null, coalesce(number, document_no)) end"""
# What a repeated mention says to the letter.
_REPEATED = (
    "'repeated'", "name", "sex", "birth_date", "birth_precision", "phone", "home_number",
    "family_no", "id_text",
)  # fmt: skip
_MAY_REPEAT = """number is null and document_no is null and person_no is null
    and name is not null"""
REPEATED = f"case when {_MAY_REPEAT} then {content_sql(_REPEATED)} end"
# A third of the work, and now and then alike for two who do not: to find whom a change may reach.
REPEATED_MAYBE = f"case when {_MAY_REPEAT} then hash({', '.join(_REPEATED)}) end"

# Ties: mentions with one key are one node. A repeated mention says the same to the letter, and
# enough. A clerk's or a village's telephone says nothing about who repeats it.
_TIE = f"""
create or replace temp table tie as
select m.m, hash('paper', m.number is null, coalesce(m.number, m.document_no), coalesce(g.rank,
  1)) as key,
  'number' as method
from mention m
left join (select h.is_document, h.paper, h.name, g.rank from contested h join holder_group g
  using (holder)) g
  on g.is_document = (m.number is null) and g.paper = coalesce(m.number, m.document_no)
  and g.name is not distinct from m.name
where coalesce(m.number, m.document_no) is not null
union all
select m, hash('person', department, person_no), 'person_no' from mention where person_no is not
  null
union all
select m, {REPEATED}, 'repeated' from mention
where {REPEATED} is not null
  and ((phone is not null and hash('phone', phone) not in (select value from shared_value))
    or family_no is not null or (home_number is not null and birth_precision = 'day'))
"""

_CONTRADICTION = """
create or replace temp table contradiction as
select h.is_document, h.paper, g.main_speaker, g.speaker,
  case when g.is_registered then 'two_holders' else 'borrowed' end as reading,
    any_value(g.mentions) as mentions,
    list_sort(list_distinct(any_value(g.departments))) as departments
from holder_group g join contested h using (holder) where g.is_other group by all
"""


def tie_mentions(con: duckdb.DuckDBPyConnection) -> int:
    """Make ``node_of`` (m, node, method), ``contradiction`` and ``owner`` (m); returns the number
    of nodes.

    ``owner`` lists the mentions whose valid number is their own: a number that belongs to
    somebody else
    (the spouse at the counter) says nothing about the person named, and does not anchor a node.
    """
    run(con, _DISPUTED)
    run(con, _CONTESTED)
    run(con, _RELATIVE)
    _register_parties(con)
    run(con, _GROUP)
    run(con, _CONTRADICTION)
    run(con, _TIE)
    count = _register_nodes(con)
    run(con, _OWNER)
    for table in ("disputed", "relative", "party", "tie"):
        run(con, f"drop table {table}")
    return count


_OWNER = """
create or replace temp table owner as
select m.m from mention m
anti join (
  select h.paper, h.name from contested h join holder_group g using (holder)
  where g.is_other and not g.is_registered and not h.is_document
) o on o.paper = m.number and o.name is not distinct from m.name
where m.number is not null
"""


def _register_parties(con: duckdb.DuckDBPyConnection) -> None:
    """``party``: holders of one number whose names agree, directly or through one another."""
    holders = con.sql("select holder from contested").fetchnumpy()["holder"].astype(np.int64)
    pairs = con.sql(_AGREE).to_arrow_table()
    left, right = (pairs.column(i).to_numpy().astype(np.int64) for i in (0, 1))
    known, inverse = np.unique(holders, return_inverse=True)
    labels = components(len(known), np.searchsorted(known, left), np.searchsorted(known, right))
    table = pa.table({"holder": holders, "party": labels[inverse]})
    register(con, "party", table)


def _register_nodes(con: duckdb.DuckDBPyConnection) -> int:
    [(mentions,)] = run(con, "select count(*) from mention")
    ties = con.sql("select m, key from tie").fetchnumpy()
    rows = ties["m"].astype(np.int64)
    _, keys = np.unique(ties["key"], return_inverse=True)
    labels = components(mentions + int(keys.max(initial=-1)) + 1, rows, keys + mentions)[:mentions]
    # No gaps: every key is some mention's.
    table = pa.table({"m": np.arange(mentions, dtype=np.int64), "node": labels})
    register(con, "node_of_m", table)
    run(
        con,
        "create or replace temp table node_of as"
        " select m, node, coalesce(method, 'single') as method"
        " from node_of_m left join (select m, min(method) as method from tie group by m) using (m)",
    )
    run(con, "drop table node_of_m")
    return int(labels.max(initial=-1)) + 1


def components(count: int, left: Ints, right: Ints) -> Ints:
    """Labels of the connected components of ``count`` things joined by the given pairs."""
    # Slow to import, and a quiet night joins nothing.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels
