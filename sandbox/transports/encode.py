"""REST rows encoded once, so that serving a page is copying bytes.

    Delivery ── encode ──► STATE/pages/<stem>.json .offsets.npy .order.npy ──► Pages

Needs no secrets. Alone: ``encode(Delivery.of("DIR"), feed, day, Path("STATE/pages"), "name")``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox import duck
from sandbox.delivery import Delivery
from sandbox.transports.columns import quoted
from schemas import Feed

SEPARATOR = "\x01"  # between cursor and key: sorts before every printable character


def encode(delivery: Delivery, feed: Feed, day: date, folder: Path, stem: str) -> None:
    """Write a feed's rows as of ``day``, where ``Pages.open`` finds them by ``stem``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    table = _encoded(delivery.current(feed, day), feed)
    rows, order = table["row"].combine_chunks(), table["place"].to_numpy()
    sizes, body = _text(rows)
    np.save(folder / f"{stem}.offsets.npy", sizes)
    np.save(folder / f"{stem}.order.npy", order.astype("S") if len(order) else np.empty(0, "S1"))
    (folder / f"{stem}.json").write_bytes(body)


def _encoded(table: pa.Table, feed: Feed) -> pa.Table:
    """Columns ``row`` (JSON and a comma) and ``place`` (cursor and key), in order."""
    times = [column.name for column in table.schema if pa.types.is_timestamp(column.type)]
    iso = ", ".join(
        f"strftime({quoted(name)}, '%Y-%m-%dT%H:%M:%S') as {quoted(name)}" for name in times
    )
    names = [name for name in (feed.cursor, *feed.key) if name in table.column_names]
    place = f" || '{SEPARATOR}' || ".join(
        f"coalesce({quoted(str(name))}::varchar, '')" for name in names
    )
    with duck.connection() as con:
        con.register("given", table)
        return con.sql(f"""
            select to_json(given)::varchar || ',' as row, ({place})::blob as place
            from (select * {f"replace ({iso})" if iso else ""} from given) as given
            order by place
        """).to_arrow_table()


def _text(rows: pa.Array) -> tuple[npt.NDArray[np.int64], memoryview]:
    """Where each row begins (and the last one ends), and the bytes of all rows."""
    rows = rows.cast(pa.large_string())
    if not len(rows):
        return np.zeros(1, np.int64), memoryview(b" ")  # an empty file cannot be mapped
    _, offsets, data = rows.buffers()
    starts = np.frombuffer(offsets, np.int64, len(rows) + 1, offset=rows.offset * 8)
    return starts - starts[0], memoryview(data)[starts[0] : starts[-1]]
