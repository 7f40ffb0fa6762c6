"""How right the hub was: the only reader of the truth.

    truth/ (as of a day) + crosswalk, address_match, living households of the hub -> Score

Pairwise precision and recall over mentions, B-cubed beside them (Bagga and Baldwin, 1998), whole
and by department, kind of damage and presence of a valid number. For a part of the mentions a link
counts once for each of its ends that lies in the part. Needs no secrets. Alone: ``hub demo``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

KEY = "department, feed, record_key, slot"


@dataclass(frozen=True)
class Match:
    """Shares between 0 and 1. ``mentions`` in this part; ``f1`` is the harmonic mean."""

    mentions: int
    precision: float
    recall: float
    bcubed_precision: float
    bcubed_recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall over pairs."""
        return _harmonic(self.precision, self.recall)

    @property
    def bcubed_f1(self) -> float:
        """Harmonic mean of precision and recall over mentions."""
        return _harmonic(self.bcubed_precision, self.bcubed_recall)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded to five digits."""
        values = {**asdict(self), "f1": self.f1, "bcubed_f1": self.bcubed_f1}
        return {name: round(value, 5) for name, value in values.items()}


@dataclass(frozen=True)
class Places:
    """Of the addresses that have a true dwelling: which share got it, which share a wrong one."""

    addresses: int
    right: float
    wrong: float


@dataclass(frozen=True)
class Score:
    """How right the hub was about people, dwellings and living households."""

    overall: Match
    by_department: dict[str, Match]
    by_damage: dict[str, Match]
    by_valid_id: dict[str, Match]
    places: Places | None
    households: Match | None
    unmatched: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        parts = {"by_department": self.by_department, "by_damage": self.by_damage}
        return {
            "overall": self.overall.to_dict(),
            **{name: {k: m.to_dict() for k, m in part.items()} for name, part in parts.items()},
            "by_valid_id": {k: m.to_dict() for k, m in self.by_valid_id.items()},
            "address": asdict(self.places) if self.places else None,
            "household": self.households.to_dict() if self.households else None,
            "unmatched_mentions": self.unmatched,
        }


def score(
    truth: Path,
    crosswalk: pa.Table,
    *,
    until: date | None = None,
    addresses: pa.Table | None = None,
    living: pa.Table | None = None,
) -> Score:
    """Compare the hub's answers with the truth as of ``until`` (None: the base).

    crosswalk: department, feed, record_key, slot, resident_id and, if known, has_valid_id.
    addresses: the same key, dwelling_id. living: resident_id, household_id.
    """
    with duckdb.connect() as con:
        _load(con, truth, "mentions", KEY, until)
        con.register("crosswalk_given", crosswalk)
        _join(con, "has_valid_id" in crosswalk.column_names)
        [(unmatched,)] = con.execute("select count(*) from counted where not found").fetchall()
        return Score(
            overall=_match(con, "true"),
            by_department=_by(con, "unnest([department])"),
            by_damage=_by(con, "unnest(case when len(damages) = 0 then ['none'] else damages end)"),
            by_valid_id=_by(con, "unnest([case when has_valid_id then 'valid' else 'none' end])"),
            places=_places(con, truth, until, addresses) if addresses is not None else None,
            households=_households(con, truth, until, living) if living is not None else None,
            unmatched=int(unmatched),
        )


def _load(
    con: duckdb.DuckDBPyConnection, truth: Path, name: str, key: str, until: date | None
) -> None:
    """The truth of one kind as of a day: the latest row of each key, without those deleted."""
    days = sorted(p for p in (truth / "days").glob("*") if until and p.name <= until.isoformat())
    files = [(truth / f"{name}.parquet", 0)]
    files += [(day / f"{name}.parquet", n) for n, day in enumerate(days, 1)]
    selects = [
        f"select *, {n} as _day from read_parquet('{path}')" for path, n in files if path.exists()
    ]
    con.execute(
        f"""create or replace temp table true_{name} as
        select * from (
            select *, row_number() over (partition by {key} order by _day desc) as _latest
            from ({" union all by name ".join(selects)}))
        where _latest = 1 {"and __op is distinct from 'D'" if len(selects) > 1 else ""}"""
    )


def _join(con: duckdb.DuckDBPyConnection, knows_validity: bool) -> None:
    """One row a true mention: the sizes of its cluster, of its person, and of what they share.

    A mention that the hub does not have is a cluster of its own.
    """
    valid = "c.has_valid_id" if knows_validity else "null::boolean"
    con.execute(
        f"""create or replace temp table counted as
        with joined as (
            select department, damages, person_id, c.resident_id is not null as found,
                   coalesce(c.resident_id, concat_ws('|', {KEY})) as resident_id,
                   {valid} as has_valid_id
            from true_mentions m left join crosswalk_given c using ({KEY}))
        select *, count(*) over (partition by resident_id) as predicted,
               count(*) over (partition by person_id) as actual,
               count(*) over (partition by resident_id, person_id) as shared
        from joined"""
    )


_SHARES = """count(*),
    coalesce(sum(shared - 1) / nullif(sum(predicted - 1), 0), 1),
    coalesce(sum(shared - 1) / nullif(sum(actual - 1), 0), 1),
    avg(shared / predicted), avg(shared / actual)"""


def _match(con: duckdb.DuckDBPyConnection, condition: str, relation: str = "counted") -> Match:
    [row] = con.execute(f"select {_SHARES} from {relation} where {condition}").fetchall()
    return Match(*row)


def _by(con: duckdb.DuckDBPyConnection, part: str) -> dict[str, Match]:
    rows = con.execute(
        f"""select part, {_SHARES} from (select *, {part} as part from counted)
        group by part order by part"""
    ).fetchall()
    return {str(name): Match(*shares) for name, *shares in rows}


def _places(
    con: duckdb.DuckDBPyConnection, truth: Path, until: date | None, addresses: pa.Table
) -> Places:
    _load(con, truth, "addresses", KEY, until)
    con.register("address_given", addresses)
    [(count, right, wrong)] = con.execute(
        f"""select count(*), avg((a.dwelling_id is not distinct from t.dwelling_id)::int),
               avg((a.dwelling_id <> t.dwelling_id)::int)
        from (select * from true_addresses where dwelling_id is not null) t
        left join address_given a using ({KEY})"""
    ).fetchall()
    return Places(int(count), float(right or 0), float(wrong or 0))


def _households(
    con: duckdb.DuckDBPyConnection, truth: Path, until: date | None, living: pa.Table
) -> Match:
    """Living households, as pairs of people; a resident stands for the person it mostly is."""
    _load(con, truth, "households", "person_id", until)
    con.register("living_given", living)
    con.execute(
        """create or replace temp table stands_for as
        select resident_id, arg_max(person_id, n) as person_id
        from (select resident_id, person_id, count(*) as n from counted group by all)
        group by all"""
    )
    con.execute(
        """create or replace temp table sharing as
        with given as (
            select person_id, any_value(household_id) as household_id
            from living_given join stands_for using (resident_id) group by person_id),
        joined as (
            select person_id, coalesce(household_id, 'none ' || person_id) as household_id,
                   coalesce(living_household, 'none ' || person_id) as living_household
            from true_households full join given using (person_id))
        select count(*) over (partition by household_id) as predicted,
               count(*) over (partition by living_household) as actual,
               count(*) over (partition by household_id, living_household) as shared
        from joined"""
    )
    return _match(con, "true", "sharing")


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
