"""Learning the weights with Splink, once: u from random pairs, m from labels or by EM.

    node -> Splink: u -> counted u, priors -> Splink: m from pairs that one identifier ties, else
    by EM -> Parameters -> the prior that the weights themselves imply

A level that neither training nor the model gives a value is an error, not a default. No secrets.
"""

import logging
from copy import deepcopy
from dataclasses import dataclass
from math import log2
from typing import Any

import duckdb
import numpy as np

from foundation.engine import quote, run
from foundation.errors import ConfigError
from pipelines.link.model import Comparison, LinkModel
from pipelines.link.rows import describe
from pipelines.link.shares import RANDOM_PAIRS, Shares, random_u, shares
from pipelines.link.ties import Ties
from pipelines.link.weights import Parameters, count_terms, declaration_of, weighed_sql

EM_PAIRS = 2_000_000
FEWEST_LABELS = 500
MOST_LABELS = 100_000
# How many pairs a declared prior is worth beside what was counted.
_M_WEIGHT, _U_WEIGHT = 50.0, 10_000.0
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class _Seen:
    """What training saw: m and u by level, None where it saw no pair; how; from how many pairs."""

    m: Shares
    u: Shares
    way: str
    labels: int


def train(con: duckdb.DuckDBPyConnection, model: LinkModel, ties: Ties, where: str) -> Parameters:
    """Parameters from ``node`` and ``pair``. Makes ``term``. Raises ConfigError that lists the
    levels that stayed untrained."""
    unseen = count_terms(con, model)
    seen = _learned(con, model, ties)
    m, u = _mixed(con, model, seen, where)
    facts: dict[str, Any] = {"way": seen.way, "labels": seen.labels}
    start = Parameters(model.version, declaration_of(model), m, u, 0.0, unseen, facts)
    prior = log2(model.prior / (1 - model.prior)) if model.prior else _implied(con, model, start)
    return Parameters(model.version, start.declaration, m, u, prior, unseen, facts)


def _learned(con: duckdb.DuckDBPyConnection, model: LinkModel, ties: Ties) -> _Seen:
    learns = [one for one in model.comparisons if one.learns]
    labels = _make_labels(con, model, ties) if "labels" in model.learn_from else 0
    is_labelled = labels >= FEWEST_LABELS
    if not learns or not (is_labelled or "em" in model.learn_from):
        return _Seen({}, {}, "declared", labels)
    from splink import DuckDBAPI, Linker  # a quarter of a second, and only training needs it

    api = DuckDBAPI(connection=con)
    settings = _settings(model, learns)
    u = random_u(con, "node", "node", settings)
    _count_u(con, learns, u)
    ready = _filled(settings, u)
    if is_labelled:
        linker = Linker(api.register("labelled"), ready, log_level=logging.ERROR)
        linker.training.estimate_m_from_label_column("label")
        return _Seen(shares(linker, "m_probability"), u, "labels", labels)
    linker = Linker(api.register("node"), ready, log_level=logging.ERROR)
    _by_em(con, model, linker)
    return _Seen(shares(linker, "m_probability"), u, "em", 0)


def _settings(model: LinkModel, learns: list[Comparison]) -> dict[str, Any]:
    """The model as Splink's settings; blocking is the engine's own."""
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="node",
        probability_two_random_records_match=model.prior or 1e-4,
        comparisons=[_splink_comparison(one) for one in learns],
        blocking_rules_to_generate_predictions=[],
        retain_matching_columns=False,
    ).create_settings_dict("duckdb")


def _splink_comparison(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}
    ]
    levels += [
        {"sql_condition": one.sql, "label_for_charts": one.name} for one in comparison.levels
    ]
    levels.append({"sql_condition": "ELSE", "label_for_charts": comparison.otherwise.name})
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _count_u(con: duckdb.DuckDBPyConnection, learns: list[Comparison], u: Shares) -> None:
    """Replace u of levels that are plain agreement: random pairs are too few to show a rare one."""
    for comparison in learns:
        for level in comparison.levels:
            if level.u_by:
                u[comparison.name][level.name] = _agreeing(con, level.u_by)


def _agreeing(con: duckdb.DuckDBPyConnection, column: str) -> float | None:
    """The share of pairs of nodes that have a value of a column in common."""
    name = quote(column)
    is_list = str(con.sql(f"select {name} from node").types[0]).endswith("[]")
    value = f"unnest({name})" if is_list else name
    known = f"len({name}) > 0" if is_list else f"{name} is not null"
    [(pairs, nodes)] = run(
        con,
        f"select (select sum(n * (n - 1.0) / 2) from (select count(*) as n from"
        f" (select {value} as v from node where {known}) group by v)),"
        f" (select count(*) from node where {known})",
    )
    every = nodes * (nodes - 1.0) / 2
    return max(float(pairs or 0), 0.5) / every if every else None


def _filled(settings: dict[str, Any], u: Shares) -> dict[str, Any]:
    """The settings with the u that was found."""
    result = deepcopy(settings)
    for comparison in result["comparisons"]:
        found = u[comparison["output_column_name"]]
        for level in comparison["comparison_levels"]:
            share = found.get(level["label_for_charts"])
            if share is not None and not level.get("is_null_level"):
                level["u_probability"] = max(share, _LEAST_SHARE)
    return result


def _make_labels(con: duckdb.DuckDBPyConnection, model: LinkModel, ties: Ties) -> int:
    """``labelled``: two rows, drawn at random, of each node that an identifier ties."""
    if not len(ties.method) or not ties.method.any():
        return 0
    run(
        con,
        "create or replace temp table drawn as select _row, _row as node, node as label"
        " from node_of qualify count(*) over (partition by node) > 1"
        " and row_number() over (partition by node order by hash(_row)) <= 2",
    )
    describe(con, model, "drawn_node", "drawn")
    run(
        con,
        "create or replace temp table labelled as select n.*, d.label from drawn_node n"
        " join (select node, label from drawn) d using (node)"
        " where label in"
        f" (select distinct label from drawn order by hash(label) limit {MOST_LABELS})",
    )
    return int(run(con, "select count(*) // 2 from labelled")[0][0])


def _by_em(con: duckdb.DuckDBPyConnection, model: LinkModel, linker: Any) -> None:
    """EM sessions over pairs that share the values of a blocking rule, one rule after another."""
    from splink import block_on

    blocks = model.em_blocks or tuple(rule.values for rule in model.blocking)
    nodes = int(run(con, "select count(*) from node")[0][0])
    for values in blocks:
        if not _is_plain(con, values):
            continue
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*values),
                estimate_without_term_frequencies=True,
                max_pairs=EM_PAIRS if nodes > 100_000 else None,
            )
        except Exception as error:  # Splink's own: no pairs, or nothing left to learn from them
            logging.getLogger(__name__).info("EM over %s: %s", values, type(error).__name__)


def _is_plain(con: duckdb.DuckDBPyConnection, values: tuple[str, ...]) -> bool:
    """Whether values can be read from nodes and are no lists: Splink's rules know no more."""
    try:
        kinds = con.sql(f"select {', '.join(values)} from node limit 0").types
    except duckdb.Error:
        return False
    return not any(str(kind).endswith("[]") for kind in kinds)


def _mixed(
    con: duckdb.DuckDBPyConnection, model: LinkModel, seen: _Seen, where: str
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """What was counted, with the declared priors as so many pairs more."""
    untrained: list[str] = []
    m: dict[str, dict[str, float]] = {}
    u: dict[str, dict[str, float]] = {}
    nodes, blocked = _sizes(con)
    pairs = float(seen.labels or min(FEWEST_LABELS, blocked))
    random = min(float(RANDOM_PAIRS), nodes * (nodes - 1.0) / 2)
    for comparison, level in model.levels():
        name = comparison.name
        found_m = seen.m.get(name, {}).get(level.name)
        found_u = seen.u.get(name, {}).get(level.name)
        place = f"{name}.{level.name}"
        untrained += [f"{place} (m)"] * (found_m is None and level.m is None)
        untrained += [f"{place} (u)"] * (found_u is None and level.u is None)
        m.setdefault(name, {})[level.name] = _one(found_m, pairs, level.m, _M_WEIGHT)
        u.setdefault(name, {})[level.name] = _one(found_u, random, level.u, _U_WEIGHT)
    if untrained:
        raise ConfigError(
            f"{where}: comparisons",
            f"training ({seen.way}) saw no pair of {', '.join(untrained)}",
            "nothing was linked",
            "declare m and u of these levels, leave them out, or block so that their pairs meet",
        )
    return m, u


def _sizes(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    [(nodes, pairs)] = run(con, "select (select count(*) from node), (select count(*) from pair)")
    return int(nodes), int(pairs)


def _one(seen: float | None, pairs: float, prior: float | None, weight: float) -> float:
    if seen is None or prior is None:
        share = seen if prior is None else prior
        return max(float(share or 0.0), _LEAST_SHARE)
    return max((float(seen) * pairs + prior * weight) / (pairs + weight), _LEAST_SHARE)


def _implied(con: duckdb.DuckDBPyConnection, model: LinkModel, start: Parameters) -> float:
    """The prior, in bits, at which as many pairs are matches as the weights then say."""
    weights = (
        con.sql(f"select weight from ({weighed_sql(con, model, start)})")
        .fetchnumpy()["weight"]
        .astype(np.float64)
    )
    [(nodes,)] = run(con, "select count(*) from node")
    every = max(nodes * (nodes - 1.0) / 2, 1.0)
    prior = -log2(every) / 2
    for _ in range(50):
        expected = float(np.sum(1 / (1 + np.exp2(-np.clip(weights + prior, -500, 500)))))
        share = min(max(expected, 0.5) / every, 0.5)
        after = log2(share / (1 - share))
        if abs(after - prior) < 1e-3:
            break
        prior = after
    return round(prior, 4)
