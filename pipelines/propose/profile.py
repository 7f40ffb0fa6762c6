"""What a column's values look like: shares of values of each form, in one pass of SQL.

    sample (all text) -> Profile by column: rows, distinct, share of ids, phones, dates, names ...

Only shares and counts leave this module, and the values of columns with few of them, which are
compared with code lists. Needs no secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from foundation.engine import register, run
from pipelines.propose.words import SURNAMES
from schemas.derive import literal, quoted

FEW = 80  # distinct values that may be a code list
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_AREA = "省|市|县|区|镇|乡|街道|村|社区|路|街|巷|大道|小区"
_SPOT = "号|栋|幢|单元|室|组|村|路|街|社区|镇|巷"
_FORMS = {
    "id_no": r"[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    r"|[1-9]\d{14}",
    "phone": r"(\+?86)?1[3-9]\d(\d{8}|\*{4}\d{4})|0\d{2,3}-?\d{7,8}",
    "whole": r"[+-]?(0|[1-9]\d{0,17})",
    "number": r"[+-]?\d{1,15}(\.\d+)?([eE][+-]?\d{1,2})?",
    "date": rf"(18|19|20)\d{{2}}([-/.年])(0?[1-9]|1[0-2])([-/.月]){_DAY}日?"
    r"|(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    "month": r"(18|19|20|30)\d{2}[-/.年](0?[1-9]|1[0-2])月?",
    "instant": r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d{1,2}:\d{2}.*|(19|20)\d{12}",
    "flag": r"是|否|[YNyn]|true|false|TRUE|FALSE|True|False",
    "bit": r"[01]",
    "person": rf"[{''.join(sorted(SURNAMES))}]\p{{Han}}{{1,3}}"
    r"|(欧阳|司马|上官|诸葛|尉迟)\p{Han}{1,2}",
    "address": rf".*({_AREA}).*({_SPOT}).*",
    "han": r".*\p{Han}.*",
    "padded": r"0\d+",
}


@dataclass(frozen=True)
class Profile:
    """One column. shares: of its values, by form; longest: in characters; values: if they are few,
    with the share of each."""

    name: str
    rows: int
    filled: int
    distinct: int
    longest: int
    shares: dict[str, float]
    values: dict[str, float] = field(default_factory=dict, repr=False)

    def share(self, *forms: str) -> float:
        """The share of values in any one of the forms, the largest."""
        return max((self.shares.get(form, 0.0) for form in forms), default=0.0)

    @property
    def is_unique(self) -> bool:
        """Every row has a value of its own."""
        return self.rows > 0 and self.filled == self.distinct == self.rows


def profile(con: duckdb.DuckDBPyConnection, sample: pa.Table) -> list[Profile]:
    """Measure every column of a sample whose cells are all text."""
    register(con, "sample", sample)
    return [_measured(con, name, sample.num_rows) for name in sample.column_names]


def _measured(con: duckdb.DuckDBPyConnection, name: str, rows: int) -> Profile:
    tidy = f"nullif(trim({quoted(name)}, ' \u3000\t'), '')"
    forms = ", ".join(
        f"coalesce(avg(regexp_full_match(v, {literal(form)})::int), 0)" for form in _FORMS.values()
    )
    [(filled, distinct, longest, *shares)] = run(
        con,
        f"""select count(v), count(distinct v), coalesce(max(length(v)), 0), {forms}
            from (select {tidy} as v from sample) where v is not null""",
    )
    values = {}
    if 0 < distinct <= FEW:
        values = dict(
            run(
                con,
                f"""select v, count(*) / {filled} from (select {tidy} as v from sample)
                    where v is not null group by v order by v""",
            )
        )
    found = dict(zip(_FORMS, shares, strict=True))
    return Profile(name, rows, filled, distinct, longest, found, values)


def unique_pair(con: duckdb.DuckDBPyConnection, names: list[str]) -> tuple[str, str] | None:
    """Two columns that identify a row together, the first such pair in order."""
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    for one, other in pairs:
        both = f"{quoted(one)}, {quoted(other)}"
        [(is_key,)] = run(
            con, f"select count(*) = count(distinct ({both})) and count(*) > 0 from sample"
        )
        if is_key:
            return one, other
    return None
