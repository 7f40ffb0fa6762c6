"""What every connector must stand, whoever writes it: subclass `Conformance` and give it a bench.

    Bench.put(rows) -> source -> make(transport, options, feed).read -> Ledger == rows of the source

A bench is a source that the suite can fill, change and break. After every case each row of the
source is accounted for: held in its last version, once, and nothing else. A case that cannot happen
to a transport is declared in `Bench.exempt` with the reason, and reported as skipped with it; a
case that is neither declared nor supported fails. See docs/connectors.md.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors import Batch, Connector, Pull, make
from foundation.config import Config, County, Source
from foundation.errors import SourceChanged, SourceDenied, SourceError, SourceUnreachable
from foundation.home import Home
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.pull import PullReport, pull_feed
from schemas.model import Feed

Row = dict[str, str | None]
Options = dict[str, Any]
START = dt.datetime(2024, 3, 1, 8)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
RARE = "䶮㛃𬴂𠮷〇①"  # four bytes each in GB18030 but for the last two
CANARY = "canary362132199001011234"  # the wrong secret: nothing may print it
ROWS = 24


class Bench(ABC):
    """One source under test. A new one for every test; servers behind it may be shared.

    feed: what is pulled. key, name, note, cursor: the feed's columns that the suite writes; name
        and note are text, and note must be required. page: rows of a page or batch, so that `ROWS`
        rows are several of them.
    exempt: case (the test's name without `test_`) -> why it cannot happen here.
    """

    transport: str
    feed: Feed
    key = "id"
    name = "name"
    note = "note"
    cursor = "updated_at"
    page = 8
    exempt: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def options(self) -> Options:
        """What `hub.toml` would say of this source."""

    @abstractmethod
    def put(self, rows: list[Row], drift: str | None = None) -> None:
        """Make these the rows of the source. drift: `added` (column `more`, always `x`),
        `missing`, `retyped` or `renamed`: what happened to the column `note`.
        """

    def denied(self) -> Options:
        """Options whose credentials are refused; a secret among them is `CANARY`."""
        raise NotImplementedError

    def unreachable(self) -> Options:
        """Options of an address at which nobody answers."""
        raise NotImplementedError

    def truncated(self) -> AbstractContextManager[Options]:
        """While it lasts, the source breaks off in the middle of an answer."""
        raise NotImplementedError

    def trouble(self, kind: str) -> AbstractContextManager[None]:
        """While it lasts: `rate_limit`, `expired_token`, `page_repeated` or `page_slides`."""
        raise NotImplementedError

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        """A cursor that lies beyond what the source has."""
        raise NotImplementedError

    def put_with_bom(self, rows: list[Row]) -> None:
        """As `put`, the answer or file beginning with a byte order mark."""
        raise NotImplementedError

    def stamp(self, moment: dt.datetime) -> str:
        """A time as the source delivers it."""
        return moment.isoformat(" ")

    def row(self, number: int, at: dt.datetime | None = None, **values: str | None) -> Row:
        """One row; its time is `number` hours after the start unless given."""
        row: Row = dict.fromkeys(self.feed.sources)
        row[self.key] = f"k{number:04d}"
        row[self.name], row[self.note] = f"张{number}", str(1000 + number)
        row[self.cursor] = self.stamp(at or START + number * HOUR)
        return row | {getattr(self, name): value for name, value in values.items()}

    def rows(self, count: int = ROWS, first: int = 0) -> list[Row]:
        """Rows, an hour apart."""
        return [self.row(number) for number in range(first, first + count)]

    def connector(self, options: Options | None = None) -> Connector:
        """As the hub makes it."""
        return make(self.transport, self.options() if options is None else options, self.feed)

    def pull(self, since: str | None = None, lookback: dt.timedelta = dt.timedelta()) -> Pull:
        """As the hub asks."""
        feed = self.feed
        required = tuple(column.source for column in feed.columns if not column.optional)
        return Pull(
            feed.sources, feed.key, feed.cursor, since, lookback, feed.delivery.value, required
        )


class Ledger:
    """What a hub would hold after pulls: the last row of each key, and the cursor."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.cursor: str | None = None
        self.held: dict[str | None, Row] = {}

    def pull(
        self, *, full: bool = False, lookback: dt.timedelta = dt.timedelta(), **given: Any
    ) -> list[Batch]:
        """Read and keep what the cursor rule allows; raises what the connector raises."""
        since = None if full else self.cursor
        batches = self.bench.connector(**given).read(self.bench.pull(since, lookback))
        return self.take(batches, since, full)

    def take(
        self, batches: Iterator[Batch], since: str | None = None, full: bool = False
    ) -> list[Batch]:
        """Keep the rows of each unit once it is complete: its last batch moves the cursor, or the
        pull ends.
        """
        taken: list[Batch] = []
        waiting: list[Row] = []
        whole = full or self.bench.feed.delivery.value == "snapshot"
        cursor = since
        for batch in batches:
            assert not batch.unreadable, [one.reason for one in batch.unreadable]
            taken.append(batch)
            waiting += batch.rows.to_pylist()
            if batch.cursor != cursor:
                self._keep(waiting, whole and cursor == since, batch.cursor)
                cursor, waiting = batch.cursor, []
        if waiting or (taken and cursor == since):
            self._keep(waiting, whole and cursor == since, cursor)
        return taken

    def _keep(self, rows: list[Row], whole: bool, cursor: str | None) -> None:
        if whole:
            self.held = {}
        self.held |= {row[self.bench.key]: row for row in rows}
        self.cursor = cursor

    def accounts_for(self, rows: list[Row]) -> None:
        """Fail unless it holds these rows, in these versions, and no others."""
        key = self.bench.key
        columns = [key, self.bench.name, self.bench.note, self.bench.cursor]
        held = [{name: row[name] for name in columns} for row in self.held.values()]
        wanted = [{name: row[name] for name in columns} for row in rows]
        assert sorted(held, key=_by(key)) == sorted(wanted, key=_by(key))


class Conformance:
    """The cases. A subclass has a fixture `bench`, and may add cases of its own."""

    @pytest.fixture(autouse=True)
    def applies(self, request: pytest.FixtureRequest, bench: Bench) -> None:
        """Skip, with its reason, what the bench declares that it cannot happen."""
        case = request.node.originalname.removeprefix("test_")
        if case in bench.exempt:
            pytest.skip(f"{type(bench).__name__}: {bench.exempt[case]}")

    def test_what_is_exempt_is_a_case_and_has_a_reason(self, bench: Bench) -> None:
        cases = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        assert set(bench.exempt) <= cases
        assert all(len(reason) > 20 for reason in bench.exempt.values())

    def test_wrong_credentials_are_denied_and_never_shown(self, bench: Bench) -> None:
        bench.put(bench.rows())
        source = bench.connector(bench.denied())
        for ask in (source.check, lambda: list(source.read(bench.pull()))):
            with pytest.raises(SourceDenied) as caught:
                ask()
            shown = str(caught.value) + repr(caught.value.__cause__) + repr(source)
            assert CANARY not in shown and not caught.value.retryable

    def test_a_source_that_is_down_is_unreachable(self, bench: Bench) -> None:
        source = bench.connector(bench.unreachable())
        for ask in (source.check, lambda: list(source.read(bench.pull()))):
            with pytest.raises(SourceUnreachable) as caught:
                ask()
            assert caught.value.retryable and bench.feed.id in str(caught.value)

    def test_two_reads_in_a_row(self, bench: Bench) -> None:
        bench.put(bench.rows())
        ledger = Ledger(bench)
        bench.connector().check()
        ledger.pull()
        ledger.accounts_for(bench.rows())
        cursor = ledger.cursor
        again = ledger.pull()
        assert sum(batch.rows.num_rows for batch in again) < ROWS
        assert ledger.cursor == cursor
        ledger.accounts_for(bench.rows())

    def test_only_new_and_changed_rows_follow(self, bench: Bench) -> None:
        rows = bench.rows()
        ledger = _after_first(bench, rows)
        rows = [*rows[:3], bench.row(3, START + 60 * HOUR, name="改"), *rows[4:], bench.row(70)]
        bench.put(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_a_cursor_from_the_future(self, bench: Bench) -> None:
        rows = bench.rows()
        ledger = _after_first(bench, rows)
        ledger.cursor = bench.cursor_from_the_future(ledger)
        rows = [*rows, *bench.rows(3, first=ROWS)]
        bench.put(rows)
        ledger.pull()
        ledger.accounts_for(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_a_row_dated_in_the_future_hides_no_other(self, bench: Bench) -> None:
        skewed = bench.row(900, dt.datetime(2999, 1, 1))
        ledger = _after_first(bench, [*bench.rows(), skewed])
        rows = [*bench.rows(), skewed, bench.row(901, dt.datetime.now() + DAY)]
        bench.put(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_rows_with_equal_cursor_values_across_a_page(self, bench: Bench) -> None:
        rows = [bench.row(number, START) for number in range(3 * bench.page + 1)]
        ledger = _after_first(bench, rows)
        rows = [*rows, bench.row(900, START)]
        bench.put(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_a_row_updated_while_paging(self, bench: Bench) -> None:
        rows = bench.rows()
        bench.put(rows)
        reading = bench.connector().read(bench.pull())
        first = next(reading)
        moved = bench.row(0, START + 100 * HOUR, name="改")
        bench.put([moved, *rows[1:]])
        ledger = Ledger(bench)
        ledger.take(_chained(first, reading))
        assert set(ledger.held) == {row[bench.key] for row in rows}
        ledger.pull()
        ledger.accounts_for([moved, *rows[1:]])

    def test_a_page_repeated(self, bench: Bench) -> None:
        self._under_trouble(bench, "page_repeated")

    def test_a_row_that_slides_between_pages(self, bench: Bench) -> None:
        self._under_trouble(bench, "page_slides")

    def test_a_server_that_says_wait(self, bench: Bench) -> None:
        self._under_trouble(bench, "rate_limit")

    def test_a_token_that_expires_in_mid_paging(self, bench: Bench) -> None:
        self._under_trouble(bench, "expired_token")

    def _under_trouble(self, bench: Bench, kind: str) -> None:
        rows = bench.rows()
        bench.put(rows)
        ledger = Ledger(bench)
        with bench.trouble(kind):
            ledger.pull()
        ledger.accounts_for(rows)

    def test_a_late_row_within_the_look_back(self, bench: Bench) -> None:
        ledger = _after_first(bench, bench.rows(), lookback=DAY)
        rows = [*bench.rows(), bench.row(900, START + (ROWS - 12) * HOUR)]
        bench.put(rows)
        ledger.pull(lookback=DAY)
        ledger.accounts_for(rows)

    def test_a_late_row_beyond_the_look_back(self, bench: Bench) -> None:
        ledger = _after_first(bench, bench.rows(), lookback=HOUR)
        rows = [*bench.rows(), bench.row(900, START - 30 * DAY)]
        bench.put(rows)
        ledger.pull(lookback=HOUR)
        ledger.pull(full=True)
        ledger.accounts_for(rows)

    def test_a_deleted_row(self, bench: Bench) -> None:
        ledger = _after_first(bench, bench.rows())
        rows = bench.rows()[:5] + bench.rows()[6:]
        bench.put(rows)
        ledger.pull(full=True)
        ledger.accounts_for(rows)

    def test_a_truncated_response(self, bench: Bench) -> None:
        rows = [bench.row(number, note="长" * 2000) for number in range(ROWS)]
        bench.put(rows)
        ledger = Ledger(bench)
        with bench.truncated() as options:
            try:
                ledger.pull(options=options)
            except SourceError:
                assert not ledger.held and ledger.cursor is None
            else:
                ledger.accounts_for(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_a_column_added(self, bench: Bench) -> None:
        rows = bench.rows()
        bench.put(rows, drift="added")
        ledger = Ledger(bench)
        found = ledger.pull()
        ledger.accounts_for(rows)
        some = [batch.rows for batch in found if batch.rows.num_rows]
        assert {value for rows in some for value in rows["more"].to_pylist()} == {"x"}
        assert tuple(found[0].rows.schema.names[: len(bench.feed.sources)]) == bench.feed.sources

    @pytest.mark.parametrize("drift", ["missing", "renamed"])
    def test_a_column_that_is_gone(self, bench: Bench, drift: str) -> None:
        rows = bench.rows()
        bench.put(rows, drift=drift)
        ledger = Ledger(bench)
        with pytest.raises(SourceChanged, match=f"no longer has {bench.note}"):
            ledger.pull()
        assert not ledger.held and ledger.cursor is None
        bench.put(rows)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_a_column_retyped(self, bench: Bench) -> None:
        rows = bench.rows()
        bench.put(rows, drift="retyped")
        ledger = Ledger(bench)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_characters_of_four_bytes_in_gb18030(self, bench: Bench) -> None:
        _after_first(bench, [bench.row(number, name=RARE * number) for number in range(1, 20)])

    def test_a_byte_order_mark(self, bench: Bench) -> None:
        rows = bench.rows()
        bench.put_with_bom(rows)
        ledger = Ledger(bench)
        ledger.pull()
        ledger.accounts_for(rows)

    def test_line_ends_and_quotes_inside_a_value(self, bench: Bench) -> None:
        values = [
            "一\r\n二",
            '"',
            '说："好",\r\n完',
            "a\nb",
            " 前后 ",
            "'; --",
            "\\N",
            "NULL",
            "\t",
        ]
        _after_first(bench, [bench.row(i, name=value) for i, value in enumerate(values)])

    def test_a_kill_at_every_batch_boundary(
        self, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = bench.rows()
        bench.put(rows)
        count = len(list(bench.connector().read(bench.pull())))
        assert count > 2, "the bench must cut its rows into several batches"
        hubs = [_hub(tmp_path / str(number), bench) for number in range(count + 1)]
        for number, hub in enumerate(hubs):
            _killed_then_whole(hub, bench, number, monkeypatch)
            assert _raw(hub, bench) == _counted(bench, rows)
        more = [bench.row(0, START + 90 * HOUR, name="改"), *bench.rows(2 * bench.page, first=50)]
        bench.put([more[0], *rows[1:], *more[1:]])
        for number, hub in enumerate(hubs):
            _killed_then_whole(hub, bench, number, monkeypatch)
            assert _raw(hub, bench) == _counted(bench, [*rows, *more])
            assert _pulled(hub, bench).appended == 0


class Killed(BaseException):
    """The process ends here, as far as anybody can tell."""


def _after_first(bench: Bench, rows: list[Row], lookback: dt.timedelta = dt.timedelta()) -> Ledger:
    """A ledger after a first pull, all accounted for."""
    bench.put(rows)
    ledger = Ledger(bench)
    ledger.pull(lookback=lookback)
    ledger.accounts_for(rows)
    return ledger


def _chained(first: Batch, others: Iterator[Batch]) -> Iterator[Batch]:
    yield first
    yield from others


def _hub(folder: Path, bench: Bench) -> Hub:
    """A hub of its own over this one source."""
    source = Source(f"departments.{bench.feed.department}", bench.transport, bench.options())
    home = Home(folder)
    config = Config(County("360731", "于都县"), {bench.feed.department: source}, {})
    return Hub(home, config, Lake(home.lake), dt.date(2024, 4, 1))


def _killed_then_whole(hub: Hub, bench: Bench, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that is killed after so many batches, and one that is not."""
    with _killing(after, monkeypatch), pytest.raises(Killed):
        pull_feed(hub, bench.feed)
    _pulled(hub, bench)


def _pulled(hub: Hub, bench: Bench) -> PullReport:
    report = pull_feed(hub, bench.feed)
    assert report.failure is None
    assert report.delivered == report.known + report.appended
    return report


@contextmanager
def _killing(after: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connectors whose reading is killed after so many batches, at the latest after the last."""

    class Killing:
        def __init__(self, inner: Connector) -> None:
            self.inner = inner

        def read(self, pull: Pull) -> Iterator[Batch]:
            for number, batch in enumerate(self.inner.read(pull)):
                if number == after:
                    raise Killed
                yield batch
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.pull.make", lambda *given: Killing(make(*given)))
        yield


def _raw(hub: Hub, bench: Bench) -> Counter[tuple[str | None, ...]]:
    """Every row of raw as it stands there, repeated ones counted."""
    con = hub.connect()
    try:
        paths = hub.lake.table("raw", bench.feed.table).files()
        rows = con.sql(f"from read_parquet({paths!r}) where _op = 'U'").to_arrow_table()
    finally:
        con.close()
    return _counted(bench, rows.to_pylist())


def _counted(bench: Bench, rows: list[Row]) -> Counter[tuple[str | None, ...]]:
    names = (bench.key, bench.name, bench.note, bench.cursor)
    return Counter(tuple(row[name] for name in names) for row in rows)


def _by(key: str) -> Any:
    return lambda row: str(row[key])
