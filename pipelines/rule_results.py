"""How each rule fared the last time that it judged rows: what checks and the warehouse read.

    conform: rows judged -> a note beside the lake -> rows settled
    the step's end: notes -> hub.rule_result (and hub.rule_night: history.py), one commit a table

The note is written before the rows are settled, and goes when the tables have what it says: a run
that is killed in between judges the rows again and says the same, a run that is killed later finds
the note. A commit a feed would cost more than the judging. Counts only. Needs no secrets.
"""

import datetime
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from expectations import Outcome, RuleResult, SuiteReport
from foundation.home import Home, write_private
from pipelines.hub import Hub
from pipelines.records import Row, merge, stored
from schemas.columns import PUBLIC, date, integer, text
from schemas.model import Feed, Table

RULE_RESULT = Table(
    "hub",
    "rule_result",
    "one row a feed and rule, as of the last night that judged rows by it",
    "规则结果",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        text("", "rule_id", "the rule", "规则", PUBLIC),
        date("", "night", "the night", "业务日期", PUBLIC),
        integer("", "broken", "rows that broke it", "违反行数", PUBLIC),
        integer("", "total", "rows judged", "检查行数", PUBLIC),
        text("", "outcome", "passed, failed or could_not_run", "结果", PUBLIC),
    ),
    ("feed", "rule_id"),
)


@dataclass(frozen=True)
class Note:
    """What the rules said of one feed's rows on one night. after_batch: the rows are those of raw
    behind this batch, so that the same rows, judged again, are known to be the same."""

    feed: str
    night: datetime.date
    after_batch: int
    results: tuple[RuleResult, ...]


def note(hub: Hub, feed: Feed, judged: SuiteReport, after_batch: int) -> None:
    """Write down what the rules said of rows, for `notes`; it stays when this process is killed."""
    if judged.rows:
        said = asdict(Note(feed.id, hub.as_of, after_batch, judged.results))
        write_private(_folder(hub.home) / f"{feed.id}.json", json.dumps(said, default=str))


def notes(home: Home) -> list[Note]:
    """What was noted and is not in the tables yet."""
    return [_noted(path) for path in sorted(_folder(home).glob("*.json"))]


def forget(home: Home, kept: Iterable[Note]) -> None:
    """The tables have what these notes say."""
    for one in kept:
        (_folder(home) / f"{one.feed}.json").unlink(missing_ok=True)


def _folder(home: Home) -> Path:
    folder = home.runs / "judged"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _noted(path: Path) -> Note:
    said = json.loads(path.read_text())
    results = tuple(
        RuleResult(**one | {"outcome": Outcome(one["outcome"])}) for one in said["results"]
    )
    night = datetime.date.fromisoformat(said["night"])
    return Note(said["feed"], night, said["after_batch"], results)


def keep_last(hub: Hub, judged: Iterable[Note]) -> None:
    """Remember results by feed; results that are as they were are not written."""
    rows = [_row(one, result) for one in judged for result in one.results]
    if rows:
        known = {(row["feed"], row["rule_id"]): row for row in stored(hub, RULE_RESULT)}
        merge(hub, RULE_RESULT, [r for r in rows if r != known.get((r["feed"], r["rule_id"]))])


def _row(said: Note, result: RuleResult) -> Row:
    return {
        "feed": said.feed,
        "rule_id": result.rule,
        "night": said.night,
        "broken": result.broken,
        "total": result.total,
        "outcome": result.outcome.value,
    }


def rule_results(hub: Hub) -> dict[str, list[RuleResult]]:
    """What every rule last said, by feed."""
    found: dict[str, list[RuleResult]] = {}
    for row in stored(hub, RULE_RESULT):
        outcome = Outcome(row["outcome"])
        result = RuleResult(row["rule_id"], outcome, row["broken"], row["total"], 0.0)
        found.setdefault(row["feed"], []).append(result)
    return found
