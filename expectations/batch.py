"""Whether a delivery may replace what is known: shrunk snapshots, changed columns, too many errors.

    BatchFacts (pull, conform) -> judge_batch -> Held(reasons, notes)

A held batch leaves yesterday's state and shows the feed stale; notes are shown and hold nothing.
Needs no secrets. Alone: ``judge_batch(BatchFacts(feed, delivered=90, previous=100, removed=10))``.
"""

from dataclasses import dataclass, field

from expectations.rule import Severity
from schemas.model import Delivery, Feed

LARGEST_ERROR_SHARE = 0.2
LARGEST_UNREADABLE_SHARE = 0.05
FEW_ROWS = 20


@dataclass(frozen=True)
class BatchFacts:
    """What is known of a delivery before its rows are taken over.

    ``delivered`` rows came, ``previous`` were current before, ``removed`` would go by absence,
    ``unreadable`` lines could not be parsed, ``errors`` rows broke an error rule among ``judged``,
    ``duplicate_keys`` rows were overtaken within the batch. ``is_full``: everything was read.
    ``retyped_columns`` hold hardly a value of the kind that they held before.
    """

    feed: Feed
    delivered: int
    previous: int = 0
    removed: int = 0
    missing_columns: tuple[str, ...] = ()
    added_columns: tuple[str, ...] = ()
    retyped_columns: tuple[str, ...] = ()
    unreadable: int = 0
    judged: int = 0
    errors: int = 0
    duplicate_keys: int = 0
    is_full: bool = False

    @property
    def errors_share(self) -> float:
        """Rows that broke an error rule, of those that were judged."""
        return self.errors / self.judged if self.judged else 0.0

    @property
    def replaces(self) -> bool:
        """The delivery says by absence what is gone."""
        return self.is_full or self.feed.delivery is Delivery.SNAPSHOT


@dataclass(frozen=True)
class BatchRule:
    """A rule on a delivery as a whole; an error holds the batch, a warning is a note."""

    id: str
    severity: Severity
    title: str
    title_zh: str
    why: str


@dataclass(frozen=True)
class Finding:
    """One broken batch rule, in words that hold counts and column names only."""

    rule: str
    message: str


@dataclass(frozen=True)
class Held:
    """The judgement on a batch: it is held if there is any reason."""

    reasons: tuple[Finding, ...] = field(default=())
    notes: tuple[Finding, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.reasons)


_E, _W = Severity.ERROR, Severity.WARNING
BATCH_RULES: dict[str, BatchRule] = {
    rule.id: rule
    for rule in (
        BatchRule("batch.snapshot_shrunk", _E, "The snapshot shrank too far", "全量快照骤减",
                  "A file that was cut short would delete people by their absence."),
        BatchRule("batch.snapshot_empty", _E, "The snapshot is empty", "全量快照为空",
                  "Nothing at all is a fault of the export far more often than the truth."),
        BatchRule("batch.key_column_missing", _E, "A key or cursor column is missing",
                  "缺少主键或更新时间列",
                  "Rows can neither be told apart nor put in order."),
        BatchRule("batch.columns_missing", _E, "Declared columns are missing", "缺少约定的列",
                  "Taking the batch over would empty these columns for everybody."),
        BatchRule("batch.columns_retyped", _E, "Columns hold another kind of value",
                  "列的取值类型改变",
                  "Names became numbers, or dates cannot be read: the old values would be lost."),
        BatchRule("batch.columns_added", _W, "There are columns that are not declared",
                  "出现未约定的列",
                  "They are kept in raw; declare them in schemas to use them."),
        BatchRule("batch.too_many_errors", _E, "Too many rows cannot be used", "错误行比例过高",
                  "One cause for many rows: columns that slipped, or another format."),
        BatchRule("batch.unreadable_lines", _E, "Too many lines cannot be parsed",
                  "无法解析的行过多",
                  "Another encoding or delimiter than agreed."),
        BatchRule("batch.some_unreadable", _W, "Some lines cannot be parsed", "存在无法解析的行",
                  "They are in quarantine, as delivered."),
        BatchRule("batch.keys_repeated", _W, "Keys that occur more than once", "主键重复",
                  "The last row of each key counts; pages may have slid while reading."),
    )
}  # fmt: skip


def judge_batch(facts: BatchFacts) -> Held:
    """Which batch rules a delivery breaks. A few rows prove nothing: shares count from 20 rows."""
    found = [
        Finding(rule, message)
        for rule, message in (*_columns(facts), *_size(facts), *_faults(facts))
    ]
    errors = {rule.id for rule in BATCH_RULES.values() if rule.severity is Severity.ERROR}
    return Held(
        tuple(finding for finding in found if finding.rule in errors),
        tuple(finding for finding in found if finding.rule not in errors),
    )


def _columns(facts: BatchFacts) -> list[tuple[str, str]]:
    feed, found = facts.feed, []
    needed = {*feed.key, feed.cursor} & set(facts.missing_columns)
    optional = {column.source for column in feed.columns if column.optional}
    others = [name for name in facts.missing_columns if name not in needed | optional]
    if needed:
        found.append(("batch.key_column_missing", f"without {', '.join(sorted(map(str, needed)))}"))
    if others:
        found.append(("batch.columns_missing", f"without {', '.join(others)}"))
    if facts.retyped_columns:
        message = f"other values than before: {', '.join(facts.retyped_columns)}"
        found.append(("batch.columns_retyped", message))
    if facts.added_columns:
        found.append(("batch.columns_added", f"not declared: {', '.join(facts.added_columns)}"))
    return found


def _size(facts: BatchFacts) -> list[tuple[str, str]]:
    if not facts.replaces or not facts.previous:
        return []
    if not facts.delivered:
        return [("batch.snapshot_empty", f"0 rows where {facts.previous} are known")]
    share = facts.removed / facts.previous
    if facts.removed >= FEW_ROWS and share > facts.feed.shrink_limit:
        limit = f"{facts.feed.shrink_limit:.0%}"
        message = f"{facts.removed} of {facts.previous} rows would be removed, more than {limit}"
        return [("batch.snapshot_shrunk", message)]
    return []


def _faults(facts: BatchFacts) -> list[tuple[str, str]]:
    found = []
    if facts.errors >= FEW_ROWS and facts.errors_share > LARGEST_ERROR_SHARE:
        message = f"{facts.errors} of {facts.judged} rows break an error rule"
        found.append(("batch.too_many_errors", f"{message}, more than {LARGEST_ERROR_SHARE:.0%}"))
    if (
        facts.unreadable >= FEW_ROWS
        and facts.unreadable > LARGEST_UNREADABLE_SHARE * facts.delivered
    ):
        message = f"{facts.unreadable} of {facts.delivered} lines"
        found.append(
            ("batch.unreadable_lines", f"{message}, more than {LARGEST_UNREADABLE_SHARE:.0%}")
        )
    elif facts.unreadable:
        found.append(("batch.some_unreadable", f"{facts.unreadable} of {facts.delivered} lines"))
    if facts.duplicate_keys:
        found.append(
            ("batch.keys_repeated", f"{facts.duplicate_keys} rows were overtaken by a later one")
        )
    return found
