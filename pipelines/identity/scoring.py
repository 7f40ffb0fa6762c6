"""How much each pair of nodes weighs: Fellegi and Sunter's sum, against a stranger and against a
relative.

    pair, node, term, Parameters -> gammas -> stranger weight, relative weight -> scored

Against a stranger every comparison counts. Against a relative in the same place the place says
nothing,
and name and birth date are read from a joint table, since twins and siblings repeat both. The
weight is
that of both rivals together. Weights are bits. No secrets.
"""

from dataclasses import dataclass
from math import log2
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import register, run
from pipelines.identity.model import Comparison, LinkModel

JOINT = ("name", "birth", "birth_year")


@dataclass(frozen=True)
class Parameters:
    """A trained model. ``m`` and ``u`` by comparison and level; ``untrained`` lists the levels
    that kept priors.

    ``prior_bits``: log2 odds that two nodes at random are one person; ``relative_prior_bits``:
    that two who
    share a place are. ``relative_u``: share of such pairs that are two people, by levels of JOINT.
    ``unseen``: share assumed of a name or birth date that is not in ``term``.
    """

    version: str
    m: dict[str, dict[str, float]]
    u: dict[str, dict[str, float]]
    prior_bits: float
    relative_prior_bits: float
    role_prior_bits: dict[str, float]
    relative_u: dict[str, float]
    unseen: dict[str, float]
    untrained: tuple[str, ...]
    facts: dict[str, Any]

    def bits(self, comparison: Comparison, level: str) -> float:
        """log2(m/u) of a level."""
        return log2(self.m[comparison.name][level] / self.u[comparison.name][level])


def score_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel, parameters: Parameters) -> int:
    """Make ``scored`` (l, r, stranger_weight, relative_weight, weight, gamma_<comparison>);
    returns its rows.

    Only pairs of at least ``review_weight`` whose names agree and that something beside the name
    supports. Levels are tables of their own: in one statement with the weights each would be
    found once for every place that asks for it.
    """
    _register_relatives(con, model, parameters)
    first = ", ".join(f"gamma_{name}" for name in _FIRST)
    run(
        con,
        f"create or replace temp table named as select l, r, {first} from ({gammas_sql(model)})",
    )
    named = f"(select * from named where {_may_be_one(model)})"
    run(con, f"create or replace temp table gamma as {gammas_sql(model, named, _FIRST)}")
    run(con, f"create or replace temp table scored as {_scored_sql(model, parameters)}")
    run(con, "drop table named; drop table gamma")
    [(count,)] = run(con, "select count(*) from scored")
    return int(count)


# Found before the others: they settle that half of the pairs are two people.
_FIRST = ("name", "birth")


def _scored_sql(model: LinkModel, parameters: Parameters) -> str:
    stranger = " + ".join(
        [f"({parameters.prior_bits!r})", *(_bits(c, parameters) for c in model.comparisons)]
    )
    place = next(c for c in model.comparisons if c.name == "place")
    cases = " ".join(
        f"when {place.gamma(level)} then {bits!r}"
        for level, bits in parameters.role_prior_bits.items()
    )
    prior = f"case gamma_place {cases} else {parameters.relative_prior_bits!r} end"
    relative = f"({prior}) + " + " + ".join(
        [f"r.{name}_bits" for name in ("joint",)] + [_bits(c, parameters) for c in _beside(model)]
    )
    absent = -log2(model.absent_share)
    relative += f" + case when is_sought and gamma_name >= 0 then {absent!r} else 0.0 end"
    weighed = (
        f"select s.*, {stranger} as stranger_weight,"
        f" case when gamma_place in ({_gammas(model, 'place', model.shared_place)})"
        f" then {relative} end"
        " as relative_weight from gamma s"
        f" left join relative_bits r using ({', '.join('gamma_' + n for n in JOINT)})"
    )
    both = (
        "case when relative_weight is null then stranger_weight"
        " else least(stranger_weight, relative_weight)"
        " - log2(1 + pow(2, -least(abs(stranger_weight - relative_weight), 60))) end"
    )
    kept = f"weight >= {model.review_weight} and {admissible(model)}"
    gammas = ", ".join(f"gamma_{c.name}" for c in model.comparisons)
    return (
        f"select l, r, stranger_weight, relative_weight, weight, {gammas}"
        f" from (select *, {both} as weight from ({weighed})) where {kept}"
    )


def gammas_sql(model: LinkModel, pairs: str = "pair", known: tuple[str, ...] = ()) -> str:
    """The level of every comparison for every pair, and the shares of the terms that agree.

    known: comparisons whose levels ``pairs`` (SQL: l, r) has as gamma_<comparison>.
    """
    columns = [f"gamma_{name}" for name in known]
    columns += [f"{_gamma(c)} as gamma_{c.name}" for c in model.comparisons if c.name not in known]
    sides = ", ".join(
        f"{side}.{column} as {column}_{side}" for side in "lr" for column in NODE_COLUMNS
    )
    unpacked = (
        f"select p.*, {sides}"
        f" from {pairs} p join node l on l.node = p.l join node r on r.node = p.r"
    )
    # A term that agrees is one term: its share is looked up once, from the left.
    return (
        "select l, r, (number_l is null) <> (number_r is null) as is_sought,"
        f" {', '.join(columns)}, n.share as share_name, b.share as share_birth"
        f" from ({unpacked}) left join name_term n on n.term = name_l"
        " left join birth_term b on b.term = birth_l"
    )


NODE_COLUMNS = (
    "name", "surname_sound", "names", "pinyins", "sounds", "glyphs", "birth", "is_day", "is_age",
    "births", "sex", "number", "damaged", "prefix", "phones", "homes", "faint", "kin", "reach",
    "corners", "strokes", "masks", "roles", "posts", "near", "areas", "has_house",
)  # fmt: skip


def _gamma(comparison: Comparison) -> str:
    levels = comparison.all_levels
    cases = " ".join(
        f"when {level.sql} then {len(levels) - 1 - i}" for i, level in enumerate(levels)
    )
    return f"case when {comparison.null_sql} then -1 {cases} end"


def _bits(comparison: Comparison, parameters: Parameters) -> str:
    cases = []
    for level in comparison.all_levels:
        gamma = comparison.gamma(level.name)
        if level.term:
            m = parameters.m[comparison.name][level.name]
            share = f"coalesce(share_{level.term}, {parameters.unseen[level.term]!r})"
            cases.append(f"when {gamma} then {log2(m)!r} - log2({share})")
        else:
            cases.append(f"when {gamma} then {parameters.bits(comparison, level.name)!r}")
    return f"case gamma_{comparison.name} {' '.join(cases)} else 0.0 end"


def _beside(model: LinkModel) -> list[Comparison]:
    """What counts against a relative beside the joint table and the place."""
    return [c for c in model.comparisons if c.name not in (*JOINT, "place", "area")]


def _gammas(model: LinkModel, name: str, levels: tuple[str, ...]) -> str:
    comparison = next(c for c in model.comparisons if c.name == name)
    return ", ".join(str(comparison.gamma(level)) for level in levels)


def admissible(model: LinkModel) -> str:
    """SQL over gammas: the names agree, and something beside the name does; or enough does."""
    beside: dict[str, list[str]] = {}
    for name, level in model.beside_the_name:
        beside.setdefault(name, []).append(level)
    supports = " or ".join(
        f"gamma_{name} in ({_gammas(model, name, tuple(levels))})"
        for name, levels in beside.items()
    )
    names = f"gamma_name in ({_gammas(model, 'name', model.names_that_agree)}) and ({supports})"
    return f"(({names}) or {_without_the_name(model)})"


def _may_be_one(model: LinkModel) -> str:
    """SQL over the gammas of _FIRST: what ``admissible`` cannot rule out by them."""
    names = _gammas(model, "name", model.names_that_agree)
    birth = _gammas(model, "birth", ("same_day", "other_date_same"))
    return f"gamma_name in (-1, {names}) or gamma_birth in ({birth})"


def _without_the_name(model: LinkModel) -> str:
    """SQL over gammas: a name that is missing or that changed, where so much else agrees that it
    need not: a place and the exact birth date, or (without a name) a role of which there is one."""
    place = _gammas(model, "place", model.shared_place)
    role = _gammas(model, "place", ("post", "role"))
    birth = _gammas(model, "birth", ("same_day", "other_date_same"))
    surname = _gammas(model, "name", ("same_surname",))
    return (
        f"(gamma_place in ({place}) and (gamma_birth in ({birth}) and gamma_name in (-1, {surname})"
        f" or gamma_name = -1 and gamma_place in ({role})))"
    )


def _register_relatives(
    con: duckdb.DuckDBPyConnection, model: LinkModel, parameters: Parameters
) -> None:
    """``relative_bits``: log2(m/u) for each combination of the joint levels, m as a product."""
    compared = [next(c for c in model.comparisons if c.name == name) for name in JOINT]
    rows: list[dict[str, Any]] = []
    for cell, u in parameters.relative_u.items():
        levels = cell.split("|")
        m = 1.0
        for comparison, level in zip(compared, levels, strict=True):
            m *= parameters.m[comparison.name].get(level, 1.0)
        gammas = {
            f"gamma_{c.name}": -1 if level == "missing" else c.gamma(level)
            for c, level in zip(compared, levels, strict=True)
        }
        rows.append({**gammas, "joint_bits": log2(m / u)})
    register(con, "relative_bits", pa.Table.from_pylist(rows))
