"""A county folder, read: what each feed holds on a day, and what a day changes.

    COUNTY/<department>/<feed>.parquet ─┐
    COUNTY/days/<day>/<department>/...  ├─ County.current / County.changes ─ transports
    COUNTY/county.json                 ─┘

Works on any folder that follows the feeds' page "Folder"; never opens truth/. Needs no secrets.
Alone: ``python -c "from sandbox.county import County; print(County('DIR').feeds())"``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pyarrow as pa

from foundation.errors import ConfigError
from sandbox import duck
from schemas import FEEDS, Feed

OPERATION = "__op"


class County:
    """One county's deliveries at rest.

    ``late`` = n keeps back, by one day, every day's rows of one key in n (the fault ``late_rows``).
    Raises ConfigError when the folder is not a county folder.
    """

    def __init__(self, folder: str | Path, late: dict[str, int] | None = None) -> None:
        self.folder = Path(folder).absolute()
        self._late = late or {}
        about = self._about()
        self.division_code = str(about["division_code"])
        self.name = str(about["name"])
        self.as_of = date.fromisoformat(str(about["as_of"]))
        self.days = sorted(date.fromisoformat(str(day)) for day in about["days"])

    def _about(self) -> dict[str, list[str] | str]:
        try:
            about: dict[str, list[str] | str] = json.loads(
                (self.folder / "county.json").read_text("utf-8")
            )
            missing = {"division_code", "name", "as_of", "days"} - about.keys()
        except (OSError, ValueError, AttributeError):
            missing = {"a readable county.json"}
        if missing:
            raise ConfigError(
                str(self.folder),
                f"this is not a county folder: it lacks {', '.join(sorted(missing))}",
                "nothing was served",
                "make one with `hub sandbox build DIR`, or see the page on feeds for its form",
            )
        return about

    @property
    def fingerprint(self) -> str:
        """Tells counties apart: by county.json and the size and time of every base file."""
        digest = hashlib.sha256((self.folder / "county.json").read_bytes())
        for feed in self.feeds():
            for path in filter(Path.exists, [self._base(feed)]):
                digest.update(f"{feed.id} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
        return digest.hexdigest()[:16]

    def _base(self, feed: Feed) -> Path:
        return self.folder / feed.department / f"{feed.name}.parquet"

    def _day(self, feed: Feed, day: date) -> Path:
        return self.folder / "days" / day.isoformat() / feed.department / f"{feed.name}.parquet"

    def feeds(self) -> list[Feed]:
        """The feeds that this county delivers: a missing file means that it does not."""
        return [
            feed
            for feed in FEEDS.values()
            if self._base(feed).exists() or any(self._day(feed, day).exists() for day in self.days)
        ]

    def next_day(self, after: date) -> date | None:
        """The first day later than ``after``, or None when the county has no more."""
        return next((day for day in self.days if day > after), None)

    def days_of(self, feed_key: str, upto: date) -> list[date]:
        """The days up to ``upto`` on which something of the feed is delivered, in order."""
        feed = FEEDS[feed_key]
        due = [day for day in self.days if self._day(feed, day).exists()]
        if self._late.get(feed_key):
            due = sorted({*due, *filter(None, map(self.next_day, due))})
        return [day for day in due if day <= upto]

    def current(self, feed_key: str, upto: date | str) -> pa.Table:
        """The feed as it stands at the end of ``upto``, every column as the department types it.

        Base rows keep their place, replaced ones too; new rows follow in the order of their days.
        Columns that only the county's files know are kept. Raises KeyError for an unknown feed.
        """
        feed, last = FEEDS[feed_key], date.fromisoformat(str(upto))
        operations = self._operations(feed, [day for day in self.days if day <= last])
        with duck.connection() as con:
            if operations is None and self._base(feed).exists():
                rows = con.sql(f"select * from {_scan([self._base(feed)])}")
                return _plain(rows.to_arrow_table())
            if operations is None:  # nothing yet of a feed that begins later
                files = [path for day in self.days if (path := self._day(feed, day)).exists()]
                rows = con.sql(f"select * exclude (__op) from {_scan(files)} limit 0")
                return _plain(rows.to_arrow_table())
            query = _replay(self._base(feed), operations, feed)
            return _plain(con.sql(query).to_arrow_table())

    def changes(self, feed_key: str, day: date | str) -> pa.Table | None:
        """What ``day`` delivers: columns and ``__op`` (I, U, D), one row a key; None if nothing."""
        feed, when = FEEDS[feed_key], date.fromisoformat(str(day))
        recent = (
            [known for known in self.days if known <= when][-2:]
            if feed_key in self._late
            else [when]
        )
        operations = self._operations(feed, recent, only_last=True)
        if operations is None:
            return None
        with duck.connection() as con:
            query = f"select * exclude (__file, __row) from ({operations}) order by __file, __row"
            if self._base(feed).exists():  # a day's column without values takes the base's type
                base = f"select * from {_scan([self._base(feed)])} limit 0"
                query = f"({base}) union all by name ({query})"
            table = _plain(con.sql(query).to_arrow_table())
        return table if table.num_rows else None

    def _operations(self, feed: Feed, days: list[date], only_last: bool = False) -> str | None:
        """SQL for the operations delivered in ``days``, or None when no file has any.

        A late key's operations count from the day after; ``only_last``: what the last day delivers.
        """
        files = [path for day in days if (path := self._day(feed, day)).exists()]
        if not files:
            return None
        scan = _scan(files, ", filename = '__file', file_row_number = true")
        rows = f"select * rename (file_row_number as __row) from {scan}"
        n = self._late.get(feed.id)
        if not n:
            return rows
        late = f"md5_number_lower({_key_text(feed)}) % {n:d} = 0"
        last = f"__file = {_quote(str(self._day(feed, days[-1])))}"
        kept = f"(({late}) <> ({last}))" if only_last else f"not (({late}) and ({last}))"
        return f"{rows} where {kept}"


def _replay(base: Path, operations: str, feed: Feed) -> str:
    """SQL of a feed's state: the last operation of a key, the base row where there is none."""
    keys = ", ".join(_name(column) for column in feed.key)
    if not base.exists():
        shape = "* exclude (__op, __file, __row), 0::bigint as __place"
        base_rows = f"select {shape} from ({operations}) limit 0"
    else:
        scan = _scan([base], ", file_row_number = true")
        base_rows = f"select * rename (file_row_number as __place) from {scan}"
    return f"""
        with base as ({base_rows}),
        last as (
            select * from ({operations})
            qualify row_number() over (partition by {keys} order by __file desc) = 1
        )
        select * exclude (__place) from (
            select * from base anti join last using ({keys})
            union all by name
            select last.* exclude (__op, __file, __row),
                coalesce(
                    base.__place,
                    (1::bigint << 40) + row_number() over (order by last.__file, last.__row)
                ) as __place
            from last left join (select {keys}, __place from base) as base using ({keys})
            where __op <> 'D'
        )
        order by __place
    """


def _plain(table: pa.Table) -> pa.Table:
    """Columns without any value come typed by nobody: text then."""
    for place, column in enumerate(table.schema):
        if pa.types.is_null(column.type):
            table = table.set_column(
                place, pa.field(column.name, pa.string()), table[place].cast(pa.string())
            )
    return table


def _key_text(feed: Feed) -> str:
    return "concat_ws('|', " + ", ".join(_name(column) for column in feed.key) + ")"


def _scan(files: list[Path], options: str = "") -> str:
    names = ", ".join(_quote(str(path)) for path in files)
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false{options})"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
