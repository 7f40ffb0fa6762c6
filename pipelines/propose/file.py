"""Look at a file: encoding, delimiter and header found, a sample read, and handing files in.

    CSV, XLSX, JSON lines, Parquet; local, sftp://, s3:// -> Seen      hand_in -> drop folder + .ok

Secrets: those of the file server, resolved. Used by pipelines.propose.look.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from connectors import Pull, cells, csv_file, other_files, workbook
from connectors.base import Part
from connectors.drop import FORMATS, opened, speaking
from foundation.errors import ConfigError
from foundation.home import Home

_HEAD = 1 << 20
_LOOK_AT = 20
_NAME = re.compile(r"(?P<feed>\w+)_(\d{8})(_\d{1,4})?\.\w+")
_ENCODINGS = ("utf-8", "gb18030", "big5hkscs")


@dataclass(frozen=True)
class Seen:
    """rows: the sample. options: of the source. local: a file that no drop folder holds yet."""

    rows: pa.Table
    options: dict[str, Any]
    local: Path | None


def look_at_file(name: str, source: str, options: dict[str, Any], limit: int) -> Seen:
    """Read the beginning of a file. Raises ConfigError where no header can be found."""
    folder, _, file = source.rpartition("/")
    form = file.rpartition(".")[2].lower()
    if form not in FORMATS:
        raise ConfigError(
            name, "the file's name does not end in a known format", "nothing was written",
            f"the formats are {', '.join(FORMATS)}",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="hub-") as scratch:
        with opened(name, folder or ".", options) as drop, speaking(name):
            path = Path(scratch) / f"look.{form}"
            drop.fs.get_file(f"{drop.path}/{file}", str(path))
            follows_rules = drop.fs.exists(f"{drop.path}/{file}.ok")
        rows, encoding = _sampled(name, path, form, options, limit)
    found = {**options, "url": folder or ".", **({"encoding": encoding} if encoding else {})}
    match = _NAME.fullmatch(file)
    is_dropped = follows_rules and match and match["feed"] == name.partition(".")[2]
    return Seen(rows, found, None if is_dropped or "://" in source else Path(source).absolute())


def _sampled(
    name: str, path: Path, form: str, options: dict[str, Any], limit: int
) -> tuple[pa.Table, str | None]:
    encoding = str(options.get("encoding") or _encoding(path)) if form == "csv" else None
    columns = _header(name, path, form, encoding)
    parts = read_parts(path, form, Pull(columns, (), required=()), name, encoding or "")
    found: list[pa.RecordBatch] = []
    for rows, _ in parts:
        found.append(rows)
        if sum(map(len, found)) >= limit:
            break
    return pa.Table.from_batches(
        found[:1] + [b.select(found[0].schema.names) for b in found[1:]]
    ), encoding


def read_parts(path: Path, form: str, pull: Pull, where: str, encoding: str) -> Iterator[Part]:
    """The file as the connector reads it, the careful way."""
    if form == "csv":
        layout = csv_file.layout_of(path, pull, where, encoding)
        return csv_file.read_careful(path, layout, pull)
    if form == "xlsx":
        return workbook.read_xlsx(path, pull, where)
    if form == "jsonl":
        return other_files.read_jsonl(path, pull, where)
    return other_files.read_parquet(path, pull, where)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for bom, encoding in csv_file.BOMS:
        if head.startswith(bom):
            return encoding
    for encoding in _ENCODINGS:
        try:
            codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < _HEAD)
            return encoding
        except UnicodeDecodeError:
            continue
    return "gb18030"


def _header(name: str, path: Path, form: str, encoding: str | None) -> tuple[str, ...]:
    """The names of the columns; of a CSV file or a sheet the first row that looks like a header."""
    if form in ("jsonl", "parquet"):
        rows, _ = next(iter(read_parts(path, form, Pull((), (), required=()), name, "")))
        return tuple(rows.schema.names)
    tables = _sheets(path) if form == "xlsx" else _delimited(path, encoding or "utf-8")
    for table in tables:
        width = max((len([c for c in row if c]) for row in table), default=0)
        for row in table:
            named = [cell.strip() for cell in row if cell.strip()]
            if (
                len(named) >= max(2, 0.7 * width)
                and len(set(named)) == len(named)
                and not _values(named)
            ):
                return tuple(named)
    raise ConfigError(
        name,
        f"none of the first {_LOOK_AT} rows looks like a header of names",
        "nothing was written",
        "put the column names into the first row, or deliver JSON lines or Parquet",
    )


def _values(named: list[str]) -> bool:
    """Whether these are values rather than names: numbers and dates are no names."""
    return sum(bool(re.fullmatch(r"[\d\-/.:\s+*Xx]+", one)) for one in named) > 0.2 * len(named)


def _delimited(path: Path, encoding: str) -> Iterator[list[list[str]]]:
    with path.open("rb") as file:
        text = file.read(_HEAD).decode(encoding, "replace").lstrip("\ufeff")
    for delimiter in csv_file.DELIMITERS:
        rows = list(islice(csv.reader(text.splitlines(), delimiter=delimiter), _LOOK_AT))
        if sum(len(row) > 1 for row in rows) > len(rows) / 2:
            yield rows


def _sheets(path: Path) -> Iterator[list[list[str]]]:
    book = calamine.CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=_LOOK_AT)
        yield [[cells.cell(value) or "" for value in row] for row in rows]


def hand_in(
    home: Home, department: str, feed: str, pull: Pull, path: Path, day: str, encoding: str
) -> Path:
    """Copy a file into the home's drop folder under the name it must have, with its manifest.

    A second file of the same day gets the next number. Returns where it lies now.
    """
    folder = home.drop / department
    folder.mkdir(mode=0o700, exist_ok=True)
    form = path.suffix.lstrip(".").lower()
    parts = read_parts(path, form, pull, f"{department}.{feed}, {path.name}", encoding)
    rows = sum(len(rows) + len(aside) for rows, aside in parts)
    names = (f"{feed}_{day}{f'_{number:02d}' if number > 1 else ''}" for number in count(1))
    target = next(t for name in names if not (t := folder / f"{name}.{form}").exists())
    shutil.copyfile(path, target)
    target.chmod(0o600)
    with target.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    target.with_name(f"{target.name}.ok").write_text(f"rows={rows}\nsha256={sha}\n")
    return target
