"""How right clusters are, where the truth is known: pairs, and B-cubed beside them.

    cluster a row, truth a row -> precision, recall, F1, B-cubed (Bagga and Baldwin, 1998)

Rows without a truth are left out. Needs no secrets.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from foundation.engine import run


@dataclass(frozen=True)
class Measure:
    """Shares between 0 and 1 over the rows that have a truth. blocked: share of the true pairs
    whose nodes were one already or met in a block, which is as far as recall could go."""

    rows: int
    precision: float
    recall: float
    bcubed_precision: float
    bcubed_recall: float
    blocked: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded to five digits, with both harmonic means."""
        means = {
            "f1": _harmonic(self.precision, self.recall),
            "bcubed_f1": _harmonic(self.bcubed_precision, self.bcubed_recall),
        }
        return {name: round(value, 5) for name, value in {**vars(self), **means}.items()}


def measure(con: duckdb.DuckDBPyConnection) -> Measure:
    """From ``judged`` (cluster, truth, node) and ``pair`` (l, r: nodes)."""
    [row] = run(
        con,
        """
with counted as (
  select count(*) over (partition by cluster) as predicted,
    count(*) over (partition by truth) as actual,
    count(*) over (partition by cluster, truth) as shared
  from judged where truth is not null
)
select count(*), coalesce(sum(shared - 1) / nullif(sum(predicted - 1), 0), 1),
  coalesce(sum(shared - 1) / nullif(sum(actual - 1), 0), 1),
  coalesce(avg(shared / predicted), 1), coalesce(avg(shared / actual), 1)
from counted
""",
    )
    rows, precision, recall, pure, whole = row
    return Measure(int(rows), precision, recall, pure, whole, _blocked(con))


def _blocked(con: duckdb.DuckDBPyConnection) -> float:
    [(share,)] = run(
        con,
        """
with held as (
  select truth, node, count(*) as n from judged where truth is not null group by all
),
every as (select sum(n * (n - 1.0) / 2) as pairs
  from (select sum(n) as n from held group by truth)),
inside as (select sum(n * (n - 1.0) / 2) as pairs from held),
met as (
  select sum(a.n * b.n) as pairs from pair p join held a on a.node = p.l
  join held b on b.node = p.r and b.truth = a.truth
)
select coalesce((coalesce(inside.pairs, 0) + coalesce(met.pairs, 0)) / nullif(every.pairs, 0), 1)
from every, inside, met
""",
    )
    return float(share)


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
