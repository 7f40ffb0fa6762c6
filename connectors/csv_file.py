"""CSV files, in whatever encoding they are honestly in.

    bytes -> encoding and header found -> clean: decoded block by block into pyarrow.csv
                                       └> anything odd: record by record, bad lines apart -> Part

The fast way stops at the first oddity (a NUL, bytes of another encoding, a line without end, a
wrong number of columns, an open quote), and the careful way reads the file anew. Needs no secrets.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from connectors.base import (
    HOLDS_NUL,
    NOT_PARSED,
    NOTHING_TAKEN,
    RAW_LIMIT,
    Part,
    Pull,
    Unreadable,
    arranged,
)
from connectors.headers import LOOK_AT, Header, accept, best_header, no_header
from foundation.errors import ConfigError, SourceInvalid

BLOCK = 1 << 20  # bytes read at a time; pyarrow reads many ahead, which is most of the memory
LINE_LIMIT = 1 << 20  # a longer line is no row of a register
RECORD_LINES = 100  # a quoted value over more lines is an open quote
BATCH_ROWS = 20_000
DELIMITERS = ",\t;|"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NeedsCareError(Exception):
    """The file is not clean: it must be read record by record."""


@dataclass(frozen=True)
class Layout:
    """How the file is written. skip: physical lines up to and including the header."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    skip: int


def layout_of(path: Path, pull: Pull, where: str, declared: str) -> Layout:
    """Find encoding, delimiter and header. Raises SourceChanged for missing columns, SourceInvalid
    for no header.
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
    found: list[tuple[Header, str, str, int]] = []
    encodings = _candidates(head, declared, where)
    for encoding in encodings:
        lines = _text_of(head, encoding)
        for delimiter in DELIMITERS:
            records, ends = _first_records(lines, delimiter)
            header = best_header(records, pull)
            if header is not None:
                found.append((header, encoding, delimiter, ends[header.row]))
    if not found:
        raise no_header(where, f", read as {' or '.join(encodings)}")
    most = max(header.hits for header, *_ in found)
    best = [one for one in found if one[0].hits == most]
    header, encoding, delimiter, skip = _honest(best, path)
    return Layout(encoding, delimiter, accept(header, pull, where).names, skip)


def read_clean(path: Path, layout: Layout, pull: Pull) -> Iterator[Part]:
    """Rows by pyarrow. Raises NeedsCareError at whatever is not clean."""
    strings = dict.fromkeys(layout.names, pa.string())
    try:
        reader = pyarrow.csv.open_csv(
            pa.PythonFile(_Stream(_clean_blocks(path, layout)), mode="r"),
            read_options=pyarrow.csv.ReadOptions(
                column_names=list(layout.names), block_size=2 * BLOCK
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=True
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=strings, strings_can_be_null=True, null_values=[""]
            ),
        )
        for rows in reader:
            yield arranged(rows, pull.columns), ()
    except pa.ArrowInvalid:
        raise NeedsCareError from None


def read_careful(path: Path, layout: Layout, pull: Pull) -> Iterator[Part]:
    """Rows record by record; what cannot be a row is set apart with its line number and text. Never
    raises.
    """
    rows: list[list[str]] = []
    aside: list[Unreadable] = []
    for record in _records(_lines(path, layout), layout, aside):
        rows.append(record)
        if len(rows) >= BATCH_ROWS:
            yield _columns(rows, layout, pull), tuple(aside)
            rows, aside[:] = [], []
    yield _columns(rows, layout, pull), tuple(aside)


def _candidates(head: bytes, declared: str, where: str) -> list[str]:
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return [encoding]
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise ConfigError(
            where, f"encoding {declared} is unknown", NOTHING_TAKEN, "correct hub.toml"
        ) from None
    # gbk and gb2312 lack the rare characters of names; gb18030 contains both.
    name = "gb18030" if name in ("gbk", "gb2312") else name
    return list(dict.fromkeys([name, "utf-8"]))


def _text_of(head: bytes, encoding: str) -> list[str]:
    return head.decode(encoding, "replace").split("\n", LOOK_AT * 5)[: LOOK_AT * 5]


def _first_records(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and the number of physical lines up to the end of each."""
    records: list[list[str]] = []
    ends: list[int] = []
    held = ""
    for number, line in enumerate(lines, 1):
        held = f"{held}\n{line}" if held else line[:LINE_LIMIT]
        fields = split_record(held.rstrip("\r"), delimiter)
        if fields is not None and len(records) < LOOK_AT:
            records.append(fields)
            ends.append(number)
            held = ""
    return records, ends


def _honest(best: list[tuple[Header, str, str, int]], path: Path) -> tuple[Header, str, str, int]:
    """Among readings whose headers are equally good (names in ASCII), UTF-8 if the whole file is
    valid UTF-8.

    Chinese text in GB18030 is practically never valid UTF-8, but UTF-8 often decodes as GB18030, to
    nonsense.
    """
    utf8 = [one for one in best if one[1] == "utf-8"]
    if len(best) > len(utf8) > 0 and _is_utf8(path):
        return utf8[0]
    return best[0]


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """The file's bytes in an encoding in which a line feed is one byte."""
    with path.open("rb") as file:
        if encoding != "utf-16":
            if encoding == "utf-8-sig":
                file.seek(len(codecs.BOM_UTF8))
            yield from iter(lambda: file.read(BLOCK), b"")
            return
        decoder = codecs.getincrementaldecoder("utf-16")("backslashreplace")
        while block := file.read(BLOCK):
            yield decoder.decode(block).encode("utf-8", "backslashreplace")


def _codec(layout: Layout) -> str:
    return "utf-8" if layout.encoding in ("utf-16", "utf-8-sig") else layout.encoding


def _clean_blocks(path: Path, layout: Layout) -> Iterator[bytes]:
    """Blocks of whole lines in UTF-8, after the header."""
    codec, carry, skip = _codec(layout), b"", layout.skip
    for block in _blocks(path, layout.encoding):
        data = carry + block
        cut = data.rfind(b"\n") + 1
        if b"\0" in data or len(data) - cut > LINE_LIMIT:
            raise NeedsCareError
        whole, carry = data[:cut], data[cut:]
        while skip and whole:
            whole = whole[whole.index(b"\n") + 1 :]
            skip -= 1
        yield _utf8(whole, codec)
    yield _utf8(b"" if skip else carry, codec)


def _utf8(data: bytes, codec: str) -> bytes:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise NeedsCareError from None
    return data if codec == "utf-8" else text.encode()


class _Stream(io.RawIOBase):
    """A file made of blocks, for pyarrow."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._held = bytearray()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._held) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held += block
        size = len(self._held) if size < 0 else size
        data = bytes(self._held[:size])
        del self._held[:size]
        return data


class _Line(NamedTuple):
    number: int
    text: str
    fault: str | None = None


def _lines(path: Path, layout: Layout) -> Iterator[_Line]:
    """Physical lines after the header; of one without end only the beginning is kept."""
    codec, number, carry, over = _codec(layout), 0, b"", 0
    for block in _blocks(path, layout.encoding):
        data = carry + block
        cut = data.rfind(b"\n") + 1
        whole, carry = data[:cut], data[cut:]
        if cut:
            lines = _numbered(whole, number, codec, over)
            yield from lines[max(layout.skip - number, 0) :]
            number, over = number + len(lines), 0
        if len(carry) > LINE_LIMIT:
            over += len(carry) - LINE_LIMIT
            carry = carry[:LINE_LIMIT]
    if carry and number >= layout.skip:
        yield _line(number + 1, carry, codec, over)


def _numbered(whole: bytes, before: int, codec: str, over: int) -> list[_Line]:
    """The lines of a block, decoded at once if none is odd. over: bytes lost of the first."""
    try:
        texts = whole.decode(codec).split("\n")[:-1] if not over and b"\0" not in whole else []
    except UnicodeDecodeError:
        texts = []
    if texts and max(map(len, texts)) < LINE_LIMIT // 4:
        return [_Line(before + i, text.rstrip("\r")) for i, text in enumerate(texts, 1)]
    lines = whole.split(b"\n")[:-1]
    return [_line(before + i, one, codec, over if i == 1 else 0) for i, one in enumerate(lines, 1)]


def _line(number: int, data: bytes, codec: str, over: int) -> _Line:
    size = len(data) + over
    if size > LINE_LIMIT:
        text = data[:RAW_LIMIT].decode(codec, "backslashreplace")
        return _Line(number, text, f"the line is {size} bytes long")
    data = data[:-1] if data.endswith(b"\r") else data
    if b"\0" in data:
        return _Line(number, data.decode(codec, "backslashreplace"), "the line holds a NUL byte")
    try:
        return _Line(number, data.decode(codec))
    except UnicodeDecodeError:
        return _Line(
            number,
            data.decode(codec, "backslashreplace"),
            f"the line holds bytes that are not {codec}",
        )


def _records(
    lines: Iterable[_Line], layout: Layout, aside: list[Unreadable]
) -> Iterator[list[str]]:
    """Records of the right width; every other line goes to `aside`."""
    source, back = iter(lines), deque[_Line]()
    width = len(layout.names)
    while (line := back.popleft() if back else next(source, None)) is not None:
        number, text, fault = line
        if not text and fault is None:
            continue
        fields = None if fault else split_record(text, layout.delimiter)
        if fields is None and fault is None:
            fields, fault = _continued(line, source, back, layout)
        if fields is not None and len(fields) > width and not any(fields[width:]):
            fields = fields[:width]  # a spreadsheet's trailing commas
        if fields is not None and len(fields) != width:
            fault = f"the line has {len(fields)} columns instead of {width}"
        if fault is None and fields is not None:
            yield fields
        else:
            raw = text.replace("\0", "\\x00")[:RAW_LIMIT]
            rule = HOLDS_NUL if "\0" in text else NOT_PARSED
            fault = fault or "the line cannot be read"
            aside.append(Unreadable(f"line {number}", fault, raw, rule))


def _continued(
    line: _Line, source: Iterator[_Line], back: deque[_Line], layout: Layout
) -> tuple[list[str] | None, str | None]:
    """The record that an open quote continues over the next lines. If there is none, those lines
    are given back.
    """
    taken: list[_Line] = []
    text = line.text
    while len(taken) < RECORD_LINES:
        following = back.popleft() if back else next(source, None)
        if following is None:
            break
        taken.append(following)
        text += f"\r\n{following.text}"
        if following.fault or _stands_alone(following.text, layout):
            break
        fields = split_record(text, layout.delimiter) if '"' in following.text else None
        if fields is not None:
            return fields, None
    back.extendleft(reversed(taken))
    return None, "a quote is opened and not closed"


def _stands_alone(text: str, layout: Layout) -> bool:
    """Whether a line is a record by itself: then the quote before it was left open."""
    fields = split_record(text, layout.delimiter)
    return len(layout.names) > 2 and fields is not None and len(fields) == len(layout.names)


def split_record(text: str, delimiter: str) -> list[str] | None:
    """The fields of a record, or None if a quoted one is not closed. Quotes count at the start of a
    field only.
    """
    if '"' not in text:
        return text.split(delimiter)
    fields: list[str] = []
    at = 0
    while True:
        if text.startswith('"', at):
            end = _closing(text, at + 1)
            if end < 0:
                return None
            quoted, at = text[at + 1 : end].replace('""', '"'), end + 1
        else:
            quoted = ""
        stop = text.find(delimiter, at)
        fields.append(quoted + (text[at:] if stop < 0 else text[at:stop]))
        if stop < 0:
            return fields
        at = stop + 1


def _closing(text: str, at: int) -> int:
    while (end := text.find('"', at)) >= 0 and text.startswith('"', end + 1):
        at = end + 2
    return end


def _columns(rows: list[list[str]], layout: Layout, pull: Pull) -> pa.RecordBatch:
    values = zip(*rows, strict=True) if rows else ([] for _ in layout.names)
    columns = [_nullable(pa.array(column, pa.string())) for column in values]
    return arranged(pa.RecordBatch.from_arrays(columns, names=list(layout.names)), pull.columns)


def _nullable(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), None, column)


def empty(pull: Pull, where: str, rows: int) -> Iterator[Part]:
    """A file of no bytes: an increment of nothing. A snapshot would remove everything, and is
    refused.
    """
    if rows or pull.delivery == "snapshot":
        what = "the file is empty, without even a header"
        raise SourceInvalid(where, what, NOTHING_TAKEN, "ask the department to deliver it again")
    names = list(pull.columns)
    yield pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(names), names=names), ()
