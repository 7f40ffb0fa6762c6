"""Helpers: files and their manifests, as a department drops them."""

from __future__ import annotations

import hashlib
from pathlib import Path

COLUMNS = ("火化证号", "姓名", "生前住址")


def drop(folder: Path, name: str, data: bytes, rows: int, sha256: str | None = None) -> Path:
    """A file and its `.ok`."""
    path = folder / name
    path.write_bytes(data)
    sha = sha256 or hashlib.sha256(data).hexdigest()
    (folder / f"{name}.ok").write_text(f"rows={rows}\nsha256={sha}\n")
    return path


def csv(*rows: str, encoding: str = "gb18030", header: str = ",".join(COLUMNS)) -> bytes:
    """A CSV file with CRLF."""
    return "".join(f"{row}\r\n" for row in (header, *rows)).encode(encoding)
