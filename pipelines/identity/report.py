"""The residents' model as one HTML file that opens anywhere: weights, scores, examples.

    Parameters, identity.edge, identity.decision -> Vega-Lite charts -> identity/<version>.html

Charts hold levels, bits and counts: no value of a person, and no number of a mention. The page
carries its scripts (Splink's copies of Vega), so nothing is fetched. Needs no secrets.
Alone: ``write_report(Hub.open(Home.find()))``.
"""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import register, run
from foundation.errors import ConfigError
from pipelines.hub import Hub
from pipelines.identity import training
from pipelines.identity.model import RESIDENTS, LinkModel
from pipelines.identity.run import model_folder
from pipelines.identity.scoring import Parameters
from pipelines.identity.state import attach_identity

Rows = list[dict[str, Any]]
Chart = dict[str, Any]

# How many pairs have each weight, to the bit, by what became of them.
_SCORES = """
select floor(weight)::int as bits, outcome, count(*) as pairs from identity.edge group by all
order by all
"""
# At each threshold: pairs that would join, and what stewards decided about such pairs.
_THRESHOLDS = """
with decided as (
  select left_mention_id as l, right_mention_id as r, arg_max(verdict, decided_at) as verdict
  from identity.decision where withdrawn_at is null group by all
),
weighed as (
  select floor(e.weight * 2) / 2 as bits, d.verdict
  from identity.edge e left join decided d on d.l = least(left_mention_id, right_mention_id)
    and d.r = greatest(left_mention_id, right_mention_id)
)
select bits as threshold,
  sum(count(*)) over w as pairs,
  sum(count(*) filter (verdict = 'same')) over w as same,
  sum(count(*) filter (verdict = 'not_same')) over w as not_same
from weighed group by bits window w as (order by bits desc) order by bits
"""
# Of each outcome the pair nearest to the threshold: where the model is least sure of itself.
_EXAMPLES = """
select outcome, weight, levels from identity.edge
qualify row_number() over (partition by outcome order by abs(weight - ?), levels) = 1
order by outcome
"""


def report_of(hub: Hub, anew: bool) -> Path | None:
    """Where the page of the current parameters lies, written if it is not there or ``anew``; None
    while nothing is trained."""
    parameters = training.load(model_folder(hub), RESIDENTS)
    if parameters is None:
        return None
    page = model_folder(hub) / f"{parameters.version}.html"
    return write_report(hub) if anew or not page.exists() else page


def write_report(hub: Hub, model: LinkModel = RESIDENTS) -> Path:
    """Write the page of the current parameters and return where it lies.

    Raises ConfigError if nothing was trained yet.
    """
    from splink.internals.html_utils import chart_html  # only a report needs Splink

    parameters = current_parameters(hub, model)
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "edge", "decision")
        charts = [
            _weights_chart(weights(model, parameters)),
            _scores_chart(_rows(con, _SCORES), model),
            _thresholds_chart(_rows(con, _THRESHOLDS), model),
            _judged_chart(judged(_rows(con, _THRESHOLDS)), model),
            *(
                _waterfall(one, steps(one["levels"], one["weight"], model, parameters))
                for one in _rows(con, _EXAMPLES, [model.join_weight])
            ),
        ]
    finally:
        con.close()
    target = model_folder(hub) / f"{parameters.version}.html"
    to_html: Any = chart_html  # Splink does not annotate it
    page = to_html(_page(parameters, charts), inline=True, fullhtml=True)
    target.write_text(str(page), encoding="utf-8")
    return target


def current_parameters(hub: Hub, model: LinkModel = RESIDENTS) -> Parameters:
    """The parameters in force. Raises ConfigError if nothing was trained yet."""
    parameters = training.load(model_folder(hub), model)
    if parameters is None:
        raise ConfigError(
            "identity model",
            "nothing has been trained yet",
            "nothing was written",
            "run `hub sync` first: the first resolution trains the model",
        )
    return parameters


def weights(model: LinkModel, parameters: Parameters) -> Rows:
    """One row a level: comparison, level, m, u, bits, and whether it was learned or declared."""
    return [
        {
            "comparison": comparison.name,
            "level": level.name,
            "m": float(f"{parameters.m[comparison.name][level.name]:.3g}"),
            "u": float(f"{parameters.u[comparison.name][level.name]:.3g}"),
            "bits": round(parameters.bits(comparison, level.name), 2),
            "source": _source(parameters, comparison.name, level.name),
        }
        for comparison in model.comparisons
        for level in comparison.all_levels
    ]


def _source(parameters: Parameters, comparison: str, level: str) -> str:
    kept = {f"{comparison}.*", f"{comparison}.{level}.m", f"{comparison}.{level}.u"}
    return "declared" if kept & set(parameters.untrained) else "learned"


def steps(levels: str, weight: float, model: LinkModel, parameters: Parameters) -> Rows:
    """A pair's way from the prior to its weight: one row a comparison, in bits.

    Term frequencies, rivals in the same place and rival candidates are the last step together.
    """
    compared = {comparison.name: comparison for comparison in model.comparisons}
    bits = [("prior", parameters.prior_bits)]
    for part in levels.split():
        name, _, level = part.partition("=")
        if name in compared and level != "missing":
            bits.append((part, parameters.bits(compared[name], level)))
    rest = weight - sum(step for _, step in bits)
    bits.append(("how common the values are, and rivals", rest))
    found, at = [], 0.0
    for order, (what, step) in enumerate(bits):
        found.append({"order": order, "what": what, "from": at, "to": at + step, "bits": step})
        at += step
    return found


def judged(thresholds: Rows) -> Rows:
    """Of the decided pairs, at each threshold: precision, the share decided ``same`` of those at or
    above it, and recall, the share at or above it of those decided ``same``; null without any.

    thresholds: rows of threshold, same, not_same, both counted at or above.
    """
    every = max((row["same"] for row in thresholds), default=0)
    return [
        {
            "threshold": row["threshold"],
            "precision": _share(row["same"], row["same"] + row["not_same"]),
            "recall": _share(row["same"], every),
        }
        for row in thresholds
    ]


def _share(part: float, whole: float) -> float | None:
    return round(float(part) / float(whole), 4) if whole else None


def changed_weights(model: LinkModel, old: Parameters, new: Parameters) -> Rows:
    """Levels whose weight another training moves: comparison, level, bits before and after."""
    before = {(row["comparison"], row["level"]): row["bits"] for row in weights(model, old)}
    return [
        {
            "comparison": row["comparison"],
            "level": row["level"],
            "before": before[row["comparison"], row["level"]],
            "after": row["bits"],
        }
        for row in weights(model, new)
        if row["bits"] != before[row["comparison"], row["level"]]
    ]


def crossing(hub: Hub, model: LinkModel, old: Parameters, new: Parameters) -> dict[str, int]:
    """How many scored pairs other parameters would move over the threshold, by levels alone.

    An estimate: the frequency of names and the rivals of a pair are left as they are.
    """
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "edge")
        patterns = [row[0] for row in run(con, "select distinct levels from identity.edge")]
        moved = [_bits(p, model, new) - _bits(p, model, old) for p in patterns]
        register(con, "moved", pa.table({"levels": pa.array(patterns, pa.string()), "by": moved}))
        sql = """
select count(*) filter (weight < $at and weight + "by" >= $at),
  count(*) filter (weight >= $at and weight + "by" < $at), count(*)
from identity.edge join moved using (levels)"""
        [(joined, parted, pairs)] = run(con, sql, {"at": model.join_weight})
    finally:
        con.close()
    return {"pairs": pairs, "newly_above": joined, "newly_below": parted}


def _bits(levels: str, model: LinkModel, parameters: Parameters) -> float:
    return float(sum(row["bits"] for row in steps(levels, 0.0, model, parameters)[:-1]))


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None) -> Rows:
    rows: Rows = con.sql(sql, params=values).to_arrow_table().to_pylist()
    return rows


def _page(parameters: Parameters, charts: list[Chart]) -> Chart:
    facts = parameters.facts
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"居民匹配模型 · residents' linkage model {parameters.version}",
            "subtitle": f"trained on {facts['labels']:,} labelled pairs of {facts['persons']:,} "
            f"numbered people; prior {parameters.prior_bits:.2f} bits",
        },
        "vconcat": charts,
        "resolve": {"scale": {"color": "independent"}},
    }


def _weights_chart(rows: Rows) -> Chart:
    return {
        "title": "匹配权重 · match weights: log2(m/u) of each level",
        "data": {"values": rows},
        "width": 640,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "row": {"field": "comparison", "sort": None, "header": {"labelAngle": 0}},
            "y": {"field": "level", "sort": None, "title": None},
            "x": {"field": "bits", "type": "quantitative", "title": "bits"},
            "color": {"field": "source", "title": "m and u"},
            "tooltip": [{"field": name} for name in ("level", "bits", "m", "u", "source")],
        },
        "resolve": {"scale": {"y": "independent"}},
        "spacing": 6,
    }


def _threshold(model: LinkModel) -> Chart:
    """The line at which pairs are joined."""
    return {
        "mark": {"type": "rule", "strokeDash": [4, 4]},
        "encoding": {"x": {"datum": model.join_weight}},
    }


def _scores_chart(rows: Rows, model: LinkModel) -> Chart:
    bars = {
        "data": {"values": rows},
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {"field": "bits", "type": "quantitative", "title": "weight, bits"},
            "y": {"field": "pairs", "type": "quantitative", "stack": True},
            "color": {"field": "outcome"},
        },
    }
    return {
        "title": "得分分布 · scored pairs by weight; dashed: the threshold",
        "width": 640,
        "layer": [bars, _threshold(model)],
    }


def _thresholds_chart(rows: Rows, model: LinkModel) -> Chart:
    lines = {
        "data": {"values": rows},
        "transform": [{"fold": ["pairs", "same", "not_same"], "as": ["what", "count"]}],
        "mark": {"type": "line", "tooltip": True, "interpolate": "step"},
        "encoding": {
            "x": {"field": "threshold", "type": "quantitative", "title": "threshold, bits"},
            "y": {"field": "count", "type": "quantitative", "scale": {"type": "symlog"}},
            "color": {"field": "what", "title": "at or above"},
        },
    }
    return {
        "title": "阈值 · pairs at or above a threshold, and what stewards decided about them",
        "width": 640,
        "layer": [lines, _threshold(model)],
    }


def _judged_chart(rows: Rows, model: LinkModel) -> Chart:
    lines = {
        "data": {"values": rows},
        "transform": [
            {"fold": ["precision", "recall"], "as": ["what", "share"]},
            {"filter": "datum.share !== null"},
        ],
        "mark": {"type": "line", "tooltip": True, "interpolate": "step", "point": True},
        "encoding": {
            "x": {"field": "threshold", "type": "quantitative", "title": "threshold, bits"},
            "y": {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1]}},
            "color": {"field": "what", "title": "of decided pairs"},
        },
    }
    return {
        "title": "准确率与召回率 · precision and recall of a threshold, by what stewards decided",
        "width": 640,
        "layer": [lines, _threshold(model)],
    }


def _waterfall(example: dict[str, Any], rows: Rows) -> Chart:
    return {
        "title": f"举例 · a pair near the threshold, {example['outcome']}: "
        f"{example['weight']:.2f} bits",
        "data": {"values": rows},
        "width": 640,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": {"field": "what", "sort": {"field": "order"}, "title": None},
            "x": {"field": "from", "type": "quantitative", "title": "bits"},
            "x2": {"field": "to"},
            "color": {
                "condition": {"test": "datum.bits < 0", "value": "#c44"},
                "value": "#48a",
            },
            "tooltip": [{"field": "what"}, {"field": "bits", "format": "+.2f"}],
        },
    }
