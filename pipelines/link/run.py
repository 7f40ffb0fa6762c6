"""Link one table: from a Parquet file and a model to a cluster for every row.

    INPUT -> rows -> ties -> pairs -> weights (trained or saved) -> constrained clusters
    -> CLUSTERS, edges, golden

The same input, model and parameters give the same clusters, whatever the threads. No secrets.
Alone: ``hub link``.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import literal, quote, read_sql, register, run
from foundation.errors import ConfigError
from pipelines.link.clusters import (
    JOINED,
    OUTCOMES,
    Clusters,
    Floats,
    Ints,
    Links,
    Rule,
    cluster,
    compete,
)
from pipelines.link.measure import measure
from pipelines.link.model import LinkModel, OneOf
from pipelines.link.pairs import block_pairs
from pipelines.link.rows import describe, make_rows, read_input, register_labels, surviving, types
from pipelines.link.ties import Ties, codes, row_order, rules, tie_rows
from pipelines.link.train import train
from pipelines.link.weights import (
    Parameters,
    changed_bits,
    levels_sql,
    load,
    read,
    save,
    score_pairs,
)

ADDED = ("cluster_id", "method", "weight")


@dataclass(frozen=True)
class Report:
    """What a run found. outcomes: links by what became of them; refused: by the rule against."""

    model_version: str
    rows: int
    clusters: int
    tied: int
    contradicted: int
    too_common: int
    pairs: int
    edges: int
    outcomes: dict[str, int]
    refused: dict[str, int]
    blocking: dict[str, int]
    trained: dict[str, Any]
    truth: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def _changed(file: Path, parameters: Parameters) -> dict[str, list[float]]:
    """Which weights move; of a file that cannot be read, none that are known."""
    try:
        return changed_bits(read(file), parameters)
    except ConfigError:
        return {}


class Linking:
    """One run over one table; its tables live on the connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: LinkModel, where: str) -> None:
        self.con, self.model, self.where = con, model, where
        run(con, read_sql("pipelines.link", "macros"))
        self.columns: list[str] = []
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """Note the seconds since the last lap."""
        now = perf_counter()
        self.seconds[stage] = round(now - self._since, 3)
        self._since = now

    def read(self, file: Path) -> None:
        """Take a Parquet file as the input."""
        self.columns = read_input(self.con, file)

    def take(self, relation: str) -> None:
        """Take a table of the connection as the input, its rows in the order of the key."""
        self.columns = list(self.con.sql(f"select * from {relation}").columns)
        order = ", ".join(quote(name) for name in self.model.key)
        run(
            self.con,
            f"create or replace temp table input_row as select row_number() over"
            f" (order by {order}) - 1 as _row, * from {relation}",
        )

    def link(self, parameters_file: Path | None = None, retrain: bool = False) -> Report:
        """Cluster the rows of ``input_row``; makes ``cluster_of`` (_row, node, cluster, method,
        weight) and ``link``."""
        con, model = self.con, self.model
        rows = make_rows(con, model, self.where)
        ties = tie_rows(con, model, rows)
        register_labels(con, "node_of", ties.label, "node")
        describe(con, model, "node", "node_of")
        self.lap("rows and ties")
        counts = block_pairs(con, model)
        self.lap("pairs")
        parameters = self._parameters(ties, parameters_file, retrain)
        self.lap("parameters")
        score_pairs(con, model, parameters)
        self.lap("weights")
        found, reasons = self._join(ties, rows)
        self.lap("clusters")
        return self._report(ties, found, reasons, counts, parameters, rows)

    def _parameters(self, ties: Ties, file: Path | None, retrain: bool) -> Parameters:
        if file is not None and file.exists() and not retrain:
            return load(self.con, file, self.model)
        parameters = train(self.con, self.model, ties, self.where)
        if file is not None and file.exists():
            parameters.facts["changed"] = _changed(file, parameters)
        return save(self.con, parameters, file) if file is not None else parameters

    def _join(self, ties: Ties, rows: int) -> tuple[Clusters, Counter[str]]:
        con, model = self.con, self.model
        scored = con.sql("select l, r, weight from scored order by l, r").fetchnumpy()
        links = Links.of(scored["l"], scored["r"], scored["weight"])
        weight = self._after_rivals(links, ties.label)
        against = rules(con, model, ties.apart, rows)
        weighed = Links(links.left, links.right, weight)
        order = row_order(con)
        first = np.full(rows, np.iinfo(np.int64).max)
        np.minimum.at(first, ties.label, order)
        found = cluster(rows, weighed, against, model.join_weight, ties.label, first)
        self._register(ties, weighed, found, against)
        names = [rule.reason for rule in against]
        refused = Counter(names[i - 1] for i in found.reason[found.reason > 0].tolist())
        return found, refused

    def _after_rivals(self, links: Links, label: Ints) -> Floats:
        weight = links.weight
        for limit in self.model.constraints:
            if isinstance(limit, OneOf) and limit.competes:
                known = np.zeros(len(label), dtype=bool)
                known[label[codes(self.con, limit.column) >= 0]] = True
                weight = compete(len(label), Links(links.left, links.right, weight), known)
        return weight

    def _register(self, ties: Ties, links: Links, found: Clusters, against: list[Rule]) -> None:
        best = np.full(len(ties.label), -np.inf)
        joined = found.outcome == JOINED
        np.maximum.at(best, links.left[joined], links.weight[joined])
        np.maximum.at(best, links.right[joined], links.weight[joined])
        linked = best[ties.label]
        tied = ties.method > 0
        names = np.array(["single", *(f"strong:{one.name}" for one in self.model.strong)])
        method = np.where(~tied & np.isfinite(linked), "link", names[ties.method])
        weight = pa.array(np.round(linked, 4), pa.float64(), mask=tied | ~np.isfinite(linked))
        columns = {
            "_row": np.arange(len(ties.label), dtype=np.int64),
            "node": ties.label,
            "cluster": found.label,
            "method": pa.array(method.tolist(), pa.string()),
            "weight": weight,
        }
        register(self.con, "cluster_of", pa.table(columns))
        reasons = np.array(["", *(rule.reason for rule in against)])
        settled = {
            "l": links.left,
            "r": links.right,
            "weight_after": np.round(links.weight, 4),
            "outcome": pa.array(np.array(OUTCOMES)[found.outcome].tolist(), pa.string()),
            "reason": pa.array(reasons[found.reason].tolist(), pa.string()),
        }
        register(self.con, "settled", pa.table(settled))

    def _report(
        self, ties: Ties, found: Clusters, refused: Counter[str], counts: dict[str, int],
        parameters: Parameters, rows: int,
    ) -> Report:  # fmt: skip
        outcomes = Counter(OUTCOMES[i] for i in found.outcome.tolist())
        return Report(
            model_version=parameters.version,
            rows=rows,
            clusters=len(np.unique(found.label)),
            tied=rows - len(np.unique(ties.label)),
            contradicted=len(ties.apart[0]),
            too_common=ties.too_common,
            pairs=int(run(self.con, "select count(*) from pair")[0][0]),
            edges=len(found.outcome),
            outcomes={name: outcomes.get(name, 0) for name in OUTCOMES},
            refused=dict(refused),
            blocking=counts,
            trained={"prior_bits": parameters.prior_bits, **parameters.facts},
            seconds=self.seconds,
        )

    def expect(self, truth: str | None) -> None:
        """Raise ConfigError unless the input has the column of the truth."""
        if truth and truth not in self.columns:
            known = ", ".join(self.columns)
            raise ConfigError(
                f"--truth {truth}", "the input has no such column", "nothing was written",
                f"it has {known}",
            )  # fmt: skip

    def measured(self, truth: str) -> dict[str, Any]:
        """Compare ``cluster_of`` with a column of the input."""
        self.expect(truth)
        run(
            self.con,
            "create or replace temp table judged as"
            f" select cluster, node, {quote(truth)} as truth"
            " from cluster_of join input_row using (_row)",
        )
        return measure(self.con).to_dict()

    def write(self, output: Path, edges: Path | None = None, golden: Path | None = None) -> None:
        """Write the clusters: the input's rows in order, then cluster_id, method and weight."""
        own = ", ".join(
            f"{quote(name)} as {quote(name + '_input')}" if name in ADDED else quote(name)
            for name in self.columns
        )
        self._copy(
            f"select {own}, {self._id('c.cluster')} as cluster_id, c.method, c.weight"
            " from input_row join cluster_of c using (_row) order by _row",
            output,
        )
        if edges:
            self._copy(self._edges(), edges)
        if golden:
            self._copy(self._golden(), golden)

    def _copy(self, sql: str, file: Path) -> None:
        aside = file.with_name(f".{file.name}.new")
        try:
            # Files are read by machines that count on the input's order.
            run(self.con, "set preserve_insertion_order = true")
            run(
                self.con,
                f"copy ({sql}) to {literal(str(aside))} (format parquet, compression zstd)",
            )
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)

    def _id(self, column: str) -> str:
        """SQL: the id of a cluster, made from its first row's key; without a key, its number."""
        if not self.model.key:
            return f"'C' || {column}"
        names = ", ".join(f"k.{quote(name)}" for name in self.model.key)
        parts = f"concat_ws(chr(31), {names})"
        return f"(select 'C' || left(md5({parts}), 16) from input_row k where k._row = {column})"

    def _edges(self) -> str:
        keys = self.model.key or ("_row",)
        sides = ", ".join(
            f"{side}.{quote(name)} as {quote(f'{name}_{side}'.lstrip('_'))}"
            for side in "lr"
            for name in keys
        )
        return (
            f"select {sides}, round(s.weight, 4) as weight, o.weight_after,"
            f" {levels_sql(self.model)} as levels, o.outcome, nullif(o.reason, '') as reason"
            " from scored s join settled o using (l, r)"
            " join input_row l on l._row = s.l join input_row r on r._row = s.r"
            " order by s.l, s.r"
        )

    def _golden(self) -> str:
        run(
            self.con, "create or replace temp table grouped as select _row, cluster from cluster_of"
        )
        kept = surviving("link_row", "grouped", "cluster", self.model.survivorship, types(self.con))
        names = "".join(f", g.{quote(one.column)}" for one in self.model.survivorship)
        return (
            f"select {self._id('g.cluster')} as cluster_id, n.rows{names} from ({kept}) g"
            " join (select cluster, count(*) as rows from cluster_of group by cluster) n"
            " using (cluster) order by g.cluster"
        )
