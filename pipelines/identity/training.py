"""Learning the model's weights from the county's own numbers, once; Splink counts, the result is
a file.

    node_of -> split: one department's mentions of a numbered person against all his others
            -> Splink: m from such pairs, u from random pairs -> Parameters ->
            <home>/identity/<version>.json

Pairs that one valid number ties together are labels that nobody had to make. The held-out side
hides its
number, as if it had been missing. What such pairs cannot show, and what random pairs never show,
is counted
by joining or keeps the model's priors; the file says which. No secrets.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from itertools import product
from math import log2
from pathlib import Path
from typing import Any

import duckdb

from foundation.engine import run
from foundation.lake import Lake
from pipelines.identity.model import Comparison, LinkModel
from pipelines.identity.neighbourhood import POST, ROLE
from pipelines.identity.nodes import derive, describe_nodes
from pipelines.identity.scoring import JOINT, Parameters, gammas_sql
from pipelines.link.shares import RANDOM_PAIRS, Shares, random_u, shares

# Labelled people: more change no weight that decides, and cost the first night a third of its time.
SAMPLE = 20_000
FEWEST_LABELS = 500
# How many pairs a prior is worth beside what was counted.
_M_WEIGHT, _U_WEIGHT, _CELL_WEIGHT = 50.0, 10_000.0, 200.0
_BIRTHDAYS = 25_000.0
_BIRTHDAY_WEIGHT = 2_000.0


# Drawn by mentions, since a node's number is its place on this night.
# One feed other than the register is held out: a mention without a number is seldom the register's.
_SPLIT = """
create or replace temp table split as
select * from (
  select node, arg_min(feed, hash(mention_id)) filter (feed <> 'resident_register') as held,
    count(distinct feed) as feeds, min(mention_id) as speaker
  from evidence where node in (select node from anchor where has_number) group by node
) where held is not null and feeds > 1
order by hash(speaker), speaker limit {sample}
"""
# Whom training looks at: the sample, whoever shares something with it, and the families of both.
_LOOKED_AT = """
create or replace temp table looked_at as
with sharer as (
  select distinct node from trait semi join (
    select value from trait semi join split using (node) where kind not in ('near', 'area'))
    using (value)
)
select node from split union select node from sharer
union select node from family semi join (select unit from family semi join sharer using (node))
  using (unit)
"""
# What the resolution goes on with, and training has in a form of its own.
_OWN_FORM = ("evidence", "trait", "family", "kin", "anchor")
_HIDDEN = ("number", "id_text", "damaged", "prefix", "id_birth_date")
_HELD_OUT = """
create temp table evidence as
with marked as (
  select e.*, coalesce(s.held = e.feed, false) as is_held
  from evidence_whole e semi join looked_at using (node) left join split s using (node)
)
select * exclude (is_held) replace (node * 2 + is_held::int as node, {hidden}) from marked
"""

_BORN = """
create or replace temp table born as
select node, coalesce(min(sound), '') as sound, max(id_birth_date) as birth
from evidence where number is not null group by node
"""
# One name, one birth date and one place under two numbers is one person as far as anybody can tell,
# so such pairs are no example of relatives. Two people of one place: held-out parts against
# everybody else's, by a telephone or a home they
# share.
_NEIGHBOUR_PAIR = """
create or replace temp table pair as
select distinct least(s.node, t.node) as l, greatest(s.node, t.node) as r
from (select t.* from trait t semi join (select node * 2 + 1 as node from split) using (node)
  where kind not in ('near', 'area')) s
join (select t.* from trait t semi join (select node from anchor where has_number) using (node)
  where kind not in ('near', 'area')) t
  on t.value = s.value
join born a on a.node = s.node // 2 join born b on b.node = t.node // 2
where t.node <> s.node - 1 and (a.sound <> b.sound or a.birth <> b.birth)
"""
_LABELLED_PAIR = (
    "create or replace temp table pair as select node * 2 as l, node * 2 + 1 as r from split"
)


def train(con: duckdb.DuckDBPyConnection, model: LinkModel) -> Parameters:
    """Parameters for ``model`` from ``evidence`` and what is derived of it, which stay as they are.

    Also makes ``name_term`` and ``birth_term`` (term, share). With fewer than FEWEST_LABELS
    labelled pairs nothing is learned: the priors stand, and ``facts`` says so.
    """
    count_terms(con)
    persons = _one(con, "select greatest(count(*) filter (has_number), 1) from anchor")
    run(con, _SPLIT.format(sample=SAMPLE))
    labels = _one(con, "select count(*) from split")
    if labels < FEWEST_LABELS:
        return _priors(model, persons, labels)
    found = _among_all(con)
    run(con, _BORN)
    run(con, _LOOKED_AT)
    with _set_aside(con, _OWN_FORM):
        found |= _learn(con, model)
    return _assembled(model, persons, labels, found)


@contextmanager
def _set_aside(con: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> Iterator[None]:
    """Have each of these tables stand as <table>_whole, and come back whatever took its name."""
    for table in tables:
        run(con, f"alter table {table} rename to {table}_whole")
    yield
    for table in tables:
        run(con, f"drop table {table}; alter table {table}_whole rename to {table}")


def _learn(con: duckdb.DuckDBPyConnection, model: LinkModel) -> dict[str, Any]:
    hidden = ", ".join(f"case when not is_held then {c} end as {c}" for c in _HIDDEN)
    run(con, _HELD_OUT.format(hidden=hidden))
    derive(con)
    describe_nodes(
        con,
        "train_node",
        "select node * 2 as node from split union all select node * 2 + 1 from split",
    )
    m, u = _by_splink(con, model)
    return {"m": m, "u": u, **_among_neighbours(con, model)}


def _among_all(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What is counted among everybody: names, neighbourhoods and roles."""
    return {
        "unseen_name": _unseen_name(con),
        "area": {
            "near": _among_namesakes(con, "near", 4e-3),
            "community": _among_namesakes(con, "area", 1e-2),
        },
        "role": {kind: log2(_role_odds(con, kind)) for kind in ("post", "role")},
    }


def count_terms(con: duckdb.DuckDBPyConnection) -> None:
    """``name_term`` and ``birth_term``: how common a name or a birth date is among numbered
    people."""
    run(
        con,
        """
create or replace temp table name_term as
with one as (select node, arg_max(name, mention_id) as term from evidence where number is not null
  group by node)
select term, count(*) / (select count(*) from one)::double as share
from one where term is not null group by term having count(*) > 1
""",
    )
    run(
        con,
        f"""
create or replace temp table birth_term as
with one as (select node, max(id_birth_date) as term from evidence where number is not null group
  by node)
select term, (count(*) + {_BIRTHDAY_WEIGHT / _BIRTHDAYS}) / ((select count(*) from one) +
  {_BIRTHDAY_WEIGHT})
  as share
from one where term is not null group by term having count(*) > 1
""",
    )


def splink_settings(model: LinkModel, learned_only: bool = True) -> dict[str, Any]:
    """The model as Splink's settings; blocking is the hub's own."""
    from splink import SettingsCreator  # a quarter of a second, and only training needs it

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="node",
        comparisons=[
            _splink_comparison(c) for c in model.comparisons if c.learns or not learned_only
        ],
        blocking_rules_to_generate_predictions=[],
        retain_matching_columns=False,
    ).create_settings_dict("duckdb")


def _splink_comparison(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.null_sql, "label_for_charts": "missing", "is_null_level": True}
    ]
    levels += [
        {"sql_condition": level.sql, "label_for_charts": level.name} for level in comparison.levels
    ]
    levels.append({"sql_condition": "ELSE", "label_for_charts": comparison.otherwise.name})
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _by_splink(con: duckdb.DuckDBPyConnection, model: LinkModel) -> tuple[Shares, Shares]:
    """m and u of the learned comparisons, None where Splink saw no pair of a level."""
    from splink import DuckDBAPI, Linker

    run(
        con,
        "create or replace temp table splink_node as"
        " select t.*, t.node // 2 as label, hash(speaker, t.node % 2) as draw"
        " from train_node t join split s on s.node = t.node // 2",
    )
    settings = splink_settings(model)
    nodes = DuckDBAPI(connection=con).register("splink_node")
    linker = Linker(nodes, settings, log_level=logging.ERROR)
    linker.training.estimate_m_from_label_column("label")
    return shares(linker, "m_probability"), random_u(con, "splink_node", "draw", settings)


def _among_neighbours(con: duckdb.DuckDBPyConnection, model: LinkModel) -> dict[str, Any]:
    """What people who share a place look like: levels counted among those who are two, and who
    are one."""
    run(con, _NEIGHBOUR_PAIR)
    describe_nodes(con)
    gammas = gammas_sql(model)
    columns = ", ".join(f"gamma_{name}" for name in (*JOINT, "place"))
    counted = run(con, f"select {columns}, count(*) from ({gammas}) group by all")
    run(con, _LABELLED_PAIR)
    describe_nodes(con)
    place = next(c for c in model.comparisons if c.name == "place")
    shared = ", ".join(str(place.gamma(level)) for level in model.shared_place)
    ones = _one(con, f"select count(*) from ({gammas}) where gamma_place in ({shared})")
    return {"cells": counted, "ones": ones}


# Two people of one name, of whom both hold a number: how many pairs, and how many of them live in
# one neighbourhood. Where a clan fills a village, its names and its place go together, and this
# counts that.
_NAMESAKES = """
with one as (
  select distinct e.node, e.sound, t.value from evidence e
  join anchor a using (node) left join trait t on t.node = e.node and t.kind = '{kind}'
  where a.has_number and e.number is not null and e.sound is not null
)
select
  (select coalesce(sum(n * (n - 1)), 0) from (
    select count(distinct node)::double as n from one where value is not null group by sound)),
  (select coalesce(sum(n * (n - 1)), 0) from (
    select count(*)::double as n from one where value is not null group by sound, value))
"""


# Good and Turing: of the names that one person bears, the share to expect for each is
# 2 n2 / n1 / N, where n1 names are borne once and n2 twice. One in N would be the bearer.
_BORNE = """
select count(*) filter (n = 1), count(*) filter (n = 2), sum(n) from (
  select count(distinct node) as n from evidence where number is not null and name is not null
  group by name)
"""


def _unseen_name(con: duckdb.DuckDBPyConnection) -> float:
    [(once, twice, every)] = run(con, _BORNE)
    share = 2.0 * (twice + 1) / (once + 1)
    return float(min(max(share, 0.05), 1.0) / max(every or 0, 1000))


def _among_namesakes(con: duckdb.DuckDBPyConnection, kind: str, prior: float) -> float:
    [(pairs, shared)] = run(con, _NAMESAKES.format(kind=kind))
    return float((shared + prior * 2000) / (pairs + 2000))


# Whoever bears one role twice: pairs of mentions whose names sound the same, and whose do not.
_ROLE_ODDS = """
with borne as (
  select t.value, e.sound, count(distinct e.m)::double as n
  from trait t join evidence e using (node)
  where t.kind = '{kind}' and e.sound is not null and {borne} is not null group by all
),
pairs as (
  select value, sum(n) as every, sum(n * n) as alike, sum(n) as own from borne group by value
)
select coalesce(sum(alike - own), 0), coalesce(sum(every * every - alike), 0) from pairs
"""


def _role_odds(con: duckdb.DuckDBPyConnection, kind: str) -> float:
    [(alike, different)] = run(
        con, _ROLE_ODDS.format(kind=kind, borne=POST if kind == "post" else ROLE)
    )
    return float((alike + 9) / (different + 1))


def _assembled(model: LinkModel, persons: int, labels: int, found: dict[str, Any]) -> Parameters:
    m, u = found["m"], found["u"]
    prior = _priors(model, persons, labels)
    untrained: list[str] = []
    final_m, final_u = dict(prior.m), dict(prior.u)
    place = next(c for c in model.comparisons if c.name == "place")
    strangers = float(labels) * float(persons)
    for comparison in (c for c in model.comparisons if c.learns):
        name = comparison.name
        final_m[name], final_u[name] = {}, {}
        for level in comparison.all_levels:
            seen_m, seen_u = m[name].get(level.name), u[name].get(level.name)
            if level.u_by_join:
                hits = sum(c[-1] for c in found["cells"] if place.level_of(c[-2]) == level.name)
                seen_u = hits / strangers
            untrained += [f"{name}.{level.name}.m"] * (seen_m is None)
            untrained += [f"{name}.{level.name}.u"] * (seen_u is None)
            pairs = strangers if level.u_by_join else float(RANDOM_PAIRS)
            final_m[name][level.name] = (
                _mixed(seen_m, labels, level.m, _M_WEIGHT) if level.learns else level.m
            )
            final_u[name][level.name] = max(_mixed(seen_u, pairs, level.u, _U_WEIGHT), 1e-9)
    final_u["area"] = _area_shares(found["area"])
    relatives, pairs = _relative_shares(model, found["cells"], final_u)
    return Parameters(
        version=prior.version,
        m=final_m,
        u=final_u,
        prior_bits=prior.prior_bits,
        relative_prior_bits=log2((found["ones"] + 1.0) / (pairs + 1.0)),
        role_prior_bits=found["role"],
        relative_u=relatives,
        unseen={**prior.unseen, "name": found["unseen_name"]},
        untrained=(*untrained, *prior.untrained),
        facts={"labels": labels, "persons": persons, "neighbour_pairs": pairs, "learned": True},
    )


def _area_shares(found: dict[str, float]) -> dict[str, float]:
    """Each level without the finer one, which is a part of it."""
    near = found["near"]
    community = max(found["community"] - near, near)
    return {"near": near, "community": community, "elsewhere": 1.0 - near - community}


def _mixed(seen: float | None, pairs: float, prior: float, weight: float) -> float:
    """What was counted, and the prior as so many pairs more. Splink says None for a level that it
    never saw: 0."""
    return (float(seen or 0.0) * pairs + prior * weight) / (pairs + weight)


def _relative_shares(
    model: LinkModel, cells: list[tuple[Any, ...]], u: dict[str, dict[str, float]]
) -> tuple[dict[str, float], int]:
    """Share of two-people pairs of one place by levels of JOINT, smoothed towards independence."""
    compared = [next(c for c in model.comparisons if c.name == name) for name in JOINT]
    place = next(c for c in model.comparisons if c.name == "place")
    shared = {place.gamma(level) for level in model.shared_place}
    counts: dict[tuple[str, ...], int] = {}
    for *gammas, place_gamma, count in cells:
        if place_gamma in shared:
            key = tuple(c.level_of(g) for c, g in zip(compared, gammas, strict=True))
            counts[key] = counts.get(key, 0) + count
    return _smoothed(compared, counts), sum(counts.values())


_RELATIVE_YEAR = {"agrees": 0.15, "near": 0.05, "different": 0.8, "missing": 1.0}
_RELATIVE_NAME = {
    "same": 2e-4, "other_name": 2e-4, "same_pinyin": 3e-4, "sounds_or_looks_alike": 1e-3,
    "like_shape": 2e-3,
    "one_character": 0.04, "same_surname": 0.5, "different": 0.46, "missing": 1.0,
}  # fmt: skip
# Born on one day they are twins, who are given names that go together: one character is shared more
# often than not, and the other is now and then of one radical.
_TWIN_NAME = {
    "same": 5e-4, "other_name": 5e-4, "same_pinyin": 2e-3, "sounds_or_looks_alike": 0.02,
    "like_shape": 0.1, "one_character": 0.45, "same_surname": 0.4, "different": 0.03,
    "missing": 1.0,
}  # fmt: skip
_RELATIVE_BIRTH = {
    "same_day": 0.004, "other_date_same": 1e-4, "day_damaged": 0.006, "same_year": 0.04,
    "different": 0.95, "missing": 1.0,
}  # fmt: skip


def _smoothed(compared: list[Comparison], counts: dict[tuple[str, ...], int]) -> dict[str, float]:
    """P(levels | two relatives) for every cell; a date known only in part uses the prior of the
    years.

    Twins repeat the date and half the name, so cells are counted together, not multiplied.
    """
    levels = [[*(level.name for level in c.all_levels), "missing"] for c in compared]
    dated = {(n, b): c for (n, b, y), c in counts.items() if b != "missing"}
    names: dict[str, int] = {}
    for (name, _, _), count in counts.items():
        names[name] = names.get(name, 0) + count
    total_dated, total = sum(dated.values()), sum(names.values())
    cells = {}
    for name, birth, year in product(*levels):
        named = _TWIN_NAME if birth in ("same_day", "other_date_same") else _RELATIVE_NAME
        prior = named[name] * _RELATIVE_BIRTH[birth]
        alone = (names.get(name, 0) + _RELATIVE_NAME[name] * _CELL_WEIGHT) / (total + _CELL_WEIGHT)
        seen, base = dated.get((name, birth), 0), total_dated
        if name == "missing":
            alone, seen = 1.0, sum(c for (_, b), c in dated.items() if b == birth)
        share = (
            alone if birth == "missing" else (seen + prior * _CELL_WEIGHT) / (base + _CELL_WEIGHT)
        )
        cells[f"{name}|{birth}|{year}"] = share * _RELATIVE_YEAR[year]
    return cells


def _priors(model: LinkModel, persons: int, labels: int) -> Parameters:
    compared = [next(c for c in model.comparisons if c.name == name) for name in JOINT]
    named = {c.name: {level.name: level for level in c.all_levels} for c in model.comparisons}
    return Parameters(
        version=model.version,
        m={name: {level: one.m for level, one in levels.items()} for name, levels in named.items()},
        u={name: {level: one.u for level, one in levels.items()} for name, levels in named.items()},
        prior_bits=-log2(max(float(persons), 1000.0)),
        relative_prior_bits=-1.5,
        role_prior_bits={"post": log2(9.0), "role": log2(9.0)},
        relative_u=_smoothed(compared, {}),
        unseen={"name": 1.0 / max(persons, 1000), "birth": 1.0 / _BIRTHDAYS},
        untrained=tuple(
            f"{c.name}.*" for c in model.comparisons if not c.learns or labels < FEWEST_LABELS
        ),
        facts={"labels": labels, "persons": persons, "neighbour_pairs": 0, "learned": False},
    )


def save(parameters: Parameters, folder: Path) -> Parameters:
    """Write ``<version>.json`` and make it current; the version ends in a hash of what was
    learned."""
    content = asdict(parameters)
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
    content["version"] = f"{parameters.version}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{content['version']}.json"
    target.write_text(json.dumps(content, indent=1, sort_keys=True))
    draft = folder / ".current"
    draft.write_text(content["version"])
    draft.replace(folder / "current")
    return _parameters(content)


def load(folder: Path, model: LinkModel) -> Parameters | None:
    """The current parameters, or None if there are none or they are another declaration's."""
    current = folder / "current"
    if not current.exists():
        return None
    content = json.loads((folder / f"{current.read_text().strip()}.json").read_text())
    made_for = {name: set(levels) for name, levels in content["m"].items()}
    declared = {c.name: {level.name for level in c.all_levels} for c in model.comparisons}
    return _parameters(content) if made_for == declared else None


def save_terms(con: duckdb.DuckDBPyConnection, lake: Lake, version: str) -> None:
    """Keep ``name_term`` and ``birth_term`` under the model's version: frequencies are part of
    the model."""
    rows = con.sql(
        f"select '{version}' as model_version, 'name' as kind, term, share from name_term union all"
        f" select '{version}', 'birth_date', term::varchar, share from birth_term"
    )
    lake.table("identity", "term").replace(rows.to_arrow_table())


def load_terms(con: duckdb.DuckDBPyConnection, version: str) -> None:
    """``name_term`` and ``birth_term`` of a version, from the view identity.term."""
    for table, kind, cast in (
        ("name_term", "name", "term"),
        ("birth_term", "birth_date", "term::date"),
    ):
        run(
            con,
            f"create or replace temp table {table} as"
            f" select {cast} as term, share from identity.term"
            f" where kind = '{kind}' and model_version = '{version}'",
        )


def _parameters(content: dict[str, Any]) -> Parameters:
    return Parameters(**{**content, "untrained": tuple(content["untrained"])})


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(run(con, sql)[0][0])
