"""How much a pair weighs: Fellegi and Sunter's sum in bits, as one SELECT over pairs and nodes.

    pair x node x node -> gamma a comparison -> log2(m/u), or m over the value's own frequency ->
    scored

Parameters are a JSON file, and the frequencies that belong to them a Parquet file beside it, both
readable by their owner only: frequencies are values of the data. Needs no secrets.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from math import log2
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from foundation.engine import literal, quote, run
from foundation.errors import ConfigError
from pipelines.link.model import Comparison, LinkModel
from pipelines.link.rows import compared, types


@dataclass(frozen=True)
class Parameters:
    """A trained model. m, u: share of true and of random pairs, by comparison and level.

    prior_bits: log2 odds that two nodes at random are one thing. unseen: share assumed of a value
    that is not among the frequent ones, by column. declaration: hash of what was declared.
    """

    version: str
    declaration: str
    m: dict[str, dict[str, float]]
    u: dict[str, dict[str, float]]
    prior_bits: float
    unseen: dict[str, float]
    facts: dict[str, Any] = field(default_factory=dict)

    def bits(self, comparison: str, level: str) -> float:
        """log2(m/u) of a level."""
        return log2(self.m[comparison][level] / self.u[comparison][level])


def declaration_of(model: LinkModel) -> str:
    """A hash of all that weights depend on: another text, other weights."""
    said = [*map(asdict, model.columns), *map(asdict, model.comparisons)]
    return sha256(json.dumps([said, model.prior], sort_keys=True).encode()).hexdigest()[:16]


def count_terms(con: duckdb.DuckDBPyConnection, model: LinkModel) -> dict[str, float]:
    """Make ``term`` (kind, value, share) of frequent values; returns the share of a rare one."""
    run(con, "create or replace temp table term (kind varchar, value varchar, share double)")
    unseen = {}
    for column in model.terms:
        name = quote(column)
        [(known,)] = run(con, f"select count({name}) from node")
        unseen[column] = 1.0 / max(int(known), 1)
        run(
            con,
            f"insert into term select {literal(column)}, {name}::varchar,"
            f" count(*) / {known}::double from node where {name} is not null"
            " group by all having count(*) > 1",
        )
    return unseen


def score_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel, parameters: Parameters) -> int:
    """Make ``scored`` (l, r, weight, gamma_<comparison>), pairs of at least ``review_weight``
    that have what the model ``needs``; returns how many."""
    kept = f"weight >= {model.review_weight!r}{_needed(model)}"
    inner = weighed_sql(con, model, parameters)
    run(con, f"create or replace temp table scored as select * from ({inner}) where {kept}")
    return int(run(con, "select count(*) from scored")[0][0])


def weighed_sql(con: duckdb.DuckDBPyConnection, model: LinkModel, parameters: Parameters) -> str:
    """The one SELECT behind score_pairs: l, r, weight and the gammas of every pair."""
    each = (_bits(one, parameters, model.terms) for one in model.comparisons)
    bits = " + ".join([repr(parameters.prior_bits), *each])
    gammas = ", ".join(f"gamma_{c.name}" for c in model.comparisons)
    joins = " ".join(
        f"left join (select value, share from term where kind = {literal(term)}) t{i}"
        f" on t{i}.value = term_{i}"
        for i, term in enumerate(model.terms)
    )
    shares = ", ".join(
        f"coalesce(t{i}.share, {parameters.unseen[term]!r}) as share_{i}"
        for i, term in enumerate(model.terms)
    )
    source = gammas_sql(con, model)
    if shares:
        source = f"select g.*, {shares} from ({source}) g {joins}"
    return f"select l, r, {bits} as weight, {gammas} from ({source})"


def gammas_sql(con: duckdb.DuckDBPyConnection, model: LinkModel, pairs: str = "pair") -> str:
    """The level of every comparison for every pair, and the left side's values of the terms."""
    columns = compared(model, types(con))
    sides = ", ".join(
        f"{side}.{quote(name)} as {quote(f'{name}_{side}')}" for side in "lr" for name in columns
    )
    both = (
        f"select p.l, p.r, {sides} from {pairs} p"
        " join node l on l.node = p.l join node r on r.node = p.r"
    )
    gammas = [f"{_gamma(one)} as gamma_{one.name}" for one in model.comparisons]
    terms = [f"{quote(t + '_l')}::varchar as term_{i}" for i, t in enumerate(model.terms)]
    return f"select l, r, {', '.join([*gammas, *terms])} from ({both})"


def _gamma(comparison: Comparison) -> str:
    levels = comparison.levels
    cases = " ".join(f"when {one.sql} then {len(levels) - i}" for i, one in enumerate(levels))
    return f"case when {comparison.missing} then -1 {cases} else 0 end"


def _bits(comparison: Comparison, parameters: Parameters, terms: tuple[str, ...]) -> str:
    cases = []
    for level in comparison.all_levels:
        value = repr(parameters.bits(comparison.name, level.name))
        if level.term:
            m = parameters.m[comparison.name][level.name]
            value = f"{log2(m)!r} - log2(share_{terms.index(level.term)})"
        cases.append(f"when {comparison.gamma(level.name)} then {value}")
    return f"case gamma_{comparison.name} {' '.join(cases)} else 0.0 end"


def _needed(model: LinkModel) -> str:
    text = ""
    for group in model.needs:
        parts = []
        for name in group:
            comparison, _, level = name.partition(".")
            parts.append(f"gamma_{comparison} = {model.comparison(comparison).gamma(level)}")
        text += f" and ({' or '.join(parts)})"
    return text


def levels_sql(model: LinkModel) -> str:
    """SQL: ``name=exact birth=one_digit``; what could not be compared is left out."""
    parts = []
    for one in model.comparisons:
        cases = " ".join(
            f"when {one.gamma(level.name)} then {literal(f'{one.name}={level.name}')}"
            for level in one.all_levels
        )
        parts.append(f"case gamma_{one.name} {cases} end")
    return f"concat_ws(' ', {', '.join(parts)})" if parts else "''"


def changed_bits(before: Parameters, after: Parameters) -> dict[str, list[float]]:
    """Levels whose weight moved by half a bit or more: bits before and after."""
    moved = {}
    for name, levels in after.m.items():
        for level in levels.keys() & before.m.get(name, {}).keys():
            old, new = before.bits(name, level), after.bits(name, level)
            if abs(new - old) >= 0.5:
                moved[f"{name}.{level}"] = [round(old, 2), round(new, 2)]
    return dict(sorted(moved.items()))


def save(con: duckdb.DuckDBPyConnection, parameters: Parameters, file: Path) -> Parameters:
    """Write parameters and terms; the version gains a hash of what was learned."""
    content = asdict(parameters)
    learned = {name: content[name] for name in ("m", "u", "prior_bits", "unseen")}
    digest = sha256(json.dumps(learned, sort_keys=True).encode()).hexdigest()[:8]
    content["version"] = f"{parameters.version}-{digest}"
    _private(file, json.dumps(content, indent=1, sort_keys=True).encode())
    terms = _terms(file)
    _private(terms, b"")
    pq.write_table(con.sql("select * from term order by all").to_arrow_table(), terms)
    return Parameters(**content)


def read(file: Path) -> Parameters:
    """Saved parameters. Raises ConfigError if they cannot be read."""
    try:
        return Parameters(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise _unusable(file, "it cannot be read") from None


def load(con: duckdb.DuckDBPyConnection, file: Path, model: LinkModel) -> Parameters:
    """Saved parameters, and ``term``. Raises ConfigError if they were trained for another
    declaration or cannot be read."""
    parameters = read(file)
    try:
        table = pq.read_table(_terms(file))
    except (OSError, ValueError):
        raise _unusable(file, "the terms beside it cannot be read") from None
    if parameters.declaration != declaration_of(model):
        raise _unusable(file, f"it was trained for another model: {_differs(parameters, model)}")
    con.register("_terms", table)
    run(con, "create or replace temp table term as select * from _terms")
    con.unregister("_terms")
    return parameters


def _terms(file: Path) -> Path:
    return file.with_suffix(".terms.parquet")


def _unusable(file: Path, what: str) -> ConfigError:
    remedy = "name another file, or train anew with --retrain"
    return ConfigError(str(file), what, "nothing was linked", remedy)


def _differs(parameters: Parameters, model: LinkModel) -> str:
    declared = {f"{one.name}.{level.name}" for one, level in model.levels()}
    trained = {f"{name}.{level}" for name, levels in parameters.m.items() for level in levels}
    changed: Iterable[str] = sorted(declared ^ trained)
    return ", ".join(changed) or "its columns, levels or prior say something else"


def _private(file: Path, content: bytes) -> None:
    aside = file.with_name(f".{file.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
    aside.replace(file)
