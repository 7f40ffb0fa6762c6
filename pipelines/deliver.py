"""One feed from its department to conformed: pull, then judge, and whatever fails is data.

    feeds -> deliver_all, WORKERS at once -> each: pull_feed -> conform_feed -> Delivery

Never raises for a feed's fault: a fault of one feed must not stop another.
Secrets: the source's, from hub.toml. Alone: ``deliver(hub, FEEDS["community.wish"])``.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from expectations.batch import BatchFacts, Finding, judge_batch
from foundation.errors import HubError
from foundation.redact import safe_exception
from pipelines.ahead import ReadAhead, Reading, largest_first
from pipelines.conform.run import ConformReport, conform_feed
from pipelines.desk import Desk
from pipelines.hub import Hub
from pipelines.pull import PullReport, pull_feed
from schemas.model import Feed


@dataclass(frozen=True)
class Delivery:
    """What became of one feed in one run."""

    feed: Feed
    pull: PullReport
    conform: ConformReport
    fault: HubError | None = None

    @property
    def failure(self) -> HubError | None:
        """Why the feed could not be read or conformed, unless a rule of the batch says it."""
        return self.fault or (None if self.pull.missing else self.pull.failure)

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Which rules of the whole batch hold it, and why: a source that lacks columns, too."""
        facts = BatchFacts(self.feed, 0, missing_columns=self.pull.missing)
        return (*judge_batch(facts).reasons, *self.conform.held.reasons)

    @property
    def held(self) -> tuple[str, ...]:
        """The rules of the whole batch that hold it."""
        return tuple(found.rule for found in self.reasons)

    @property
    def state(self) -> str:
        """ok, failed or held."""
        return "failed" if self.failure else "held" if self.held else "ok"

    @property
    def message(self) -> str | None:
        """Why it is not ok, in words that name no one."""
        error = self.failure or self.pull.failure
        said = [str(error)] if error else []
        held = [f"{found.rule}: {found.message}" for found in self.conform.held.reasons]
        return "; ".join([*said, *held]) or None

    @property
    def balanced(self) -> bool:
        """Delivered = known + conformed + quarantined + suppressed."""
        return self.conform.balanced

    @property
    def delivered(self) -> int:
        """Rows and unreadable lines that arrived."""
        return self.pull.delivered

    @property
    def appended(self) -> int:
        """Rows that were new to raw."""
        return self.pull.appended

    @property
    def judged_rows(self) -> int:
        """Rows that the rules looked at in this run."""
        judged = self.conform.judged
        return judged.rows if judged else 0

    def counts(self) -> dict[str, Any]:
        """The run's figures for this feed, for the UI, the command line and JSON."""
        return {
            "feed": self.feed.id,
            "state": self.state,
            "message": self.message,
            "delivered": self.pull.delivered,
            "known": self.pull.known,
            "appended": self.pull.appended,
            "unreadable": self.pull.unreadable,
            "conformed": self.conform.conformed,
            "quarantined": self.conform.quarantined,
            "suppressed": self.pull.suppressed,
            "added": self.conform.added,
            "changed": self.conform.changed,
            "removed": self.conform.removed,
            "seconds": round(self.pull.seconds + self.conform.seconds, 2),
        }

    def summary(self) -> str:
        """One line for the log."""
        c = self.counts()
        return (
            f"{self.feed.id}: {self.state}; delivered {c['delivered']}, known {c['known']}, "
            f"conformed {c['conformed']}, quarantined {c['quarantined']} in {c['seconds']} s"
        )


# Feeds at once. What a night brings of a feed is little, and most of the time goes into planning
# statements, opening tables and waiting, of which one feed uses one core.
WORKERS = 2


def deliver_all(
    hub: Hub,
    feeds: Sequence[Feed],
    *,
    full: bool = False,
    rebuild: bool = False,
    reconcile: bool = False,
    run_id: str | None = None,
) -> Iterator[Delivery]:
    """Pull and conform feeds, the largest first; each as soon as it is done. See deliver.

    Their sources are read ahead. Left early, it waits for those that were begun.
    """
    in_turn = largest_first(hub, feeds)
    with ExitStack() as stack:
        desks: SimpleQueue[Desk] = SimpleQueue()
        for _ in range(WORKERS):
            desks.put(stack.enter_context(closing(Desk(hub))))
        ahead = stack.enter_context(ReadAhead(hub, in_turn, full or reconcile))
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="feed")
        stack.callback(pool.shutdown, cancel_futures=True)

        def one(feed: Feed) -> Delivery:
            desk = desks.get()
            try:
                return deliver(
                    hub,
                    feed,
                    full=full,
                    rebuild=rebuild,
                    reconcile=reconcile,
                    run_id=run_id,
                    desk=desk,
                    reading=ahead.take(feed),
                )
            finally:
                desks.put(desk)

        for done in as_completed([pool.submit(one, feed) for feed in in_turn]):
            yield done.result()


def deliver(
    hub: Hub,
    feed: Feed,
    *,
    full: bool = False,
    rebuild: bool = False,
    reconcile: bool = False,
    run_id: str | None = None,
    desk: Desk | None = None,
    reading: Reading | None = None,
) -> Delivery:
    """Pull and conform one feed. A fault becomes part of the answer, and the old state stays.

    reading: what was begun ahead of its turn.
    """
    pull = PullReport(feed.id)
    try:
        pull = pull_feed(hub, feed, full=full, reconcile=reconcile, desk=desk, reading=reading)
        conform = conform_feed(hub, feed, pull, anew=rebuild, run_id=run_id, desk=desk)
        return Delivery(feed, pull, conform)
    except HubError as error:
        return Delivery(feed, pull, _nothing(feed, pull), error)
    except Exception as error:  # a fault of ours in one feed must not stop the others
        fault = HubError(
            feed.id,
            safe_exception(error),
            "the feed keeps its last state; what was committed stays",
            "report this with the run's id; run the sync again when it is mended",
        )
        return Delivery(feed, pull, _nothing(feed, pull), fault)


def _nothing(feed: Feed, pull: PullReport) -> ConformReport:
    """What was pulled waits in raw: it counts as quarantined until it is conformed."""
    waiting = pull.delivered - pull.known - pull.suppressed
    return ConformReport(feed.id, pull.delivered, pull.known, pull.suppressed, quarantined=waiting)
