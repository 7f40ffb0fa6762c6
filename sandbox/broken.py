"""Rows that no warehouse can take: without a key, about nobody, with a NUL byte or endless text.

    a finished Draft ──(streams of its own)──> cells overwritten, mentions of nobody taken out

Spoilt last and drawn apart, so that everything else of a county stays as it is without them. At
least one row a kind and feed, except in a clean county. NUL bytes only in feeds that travel as
JSON: no text of PostgreSQL or of a workbook can hold one. Needs no secret.
Alone: see tests/sandbox/test_build_broken.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np
import pyarrow.compute as pc

from sandbox.dirt import DAMAGES
from sandbox.draft import Draft
from sandbox.streams import Ints, Mask, sample
from sandbox.text import Text, blank, constant, join, put
from sandbox.world import World
from schemas import FEEDS

UNKNOWN_ACT: Final = "补领"  # a third kind of registration, which is neither marriage nor divorce
ZERO_TIME: Final = "0000-00-00T00:00:00"  # how MySQL writes a time that was never set
PICTURE: Final = "data:image/jpeg;base64," + "/9j/4AAQSkZJRgABAQEAYABgAAD" * 40_000  # 1.08 million
KEY_PART: Final = "序号"


def break_rows(w: World, draft: Draft) -> None:
    """Break a few rows of a feed, each kind at its stated rate."""
    for kind, rate in w.dirt.rates(draft.id, "broken").items():
        rng = w.rng(f"{draft.id}/broken/{kind}")
        able = np.flatnonzero(_untouched(draft) & _able(draft, kind))
        rows = np.sort(sample(rng, able, ceil(rate * len(able))))
        _BREAKS[kind](draft, kind, rows)


def _able(draft: Draft, kind: str) -> Mask:
    """One row a family may lose its number: the rest of the key still tells them apart."""
    base: Mask = np.asarray(draft.appears == 0)
    if kind != "row_key_missing":
        return base
    families = draft.columns["家庭编号"].to_pylist()
    first = np.zeros(len(draft), dtype=bool)
    first[list({family: row for row, family in enumerate(families)}.values())] = True
    moved = [patch.rows for patch in draft.patches]
    first[np.concatenate([np.zeros(0, dtype=np.int64), *moved])] = False
    return np.asarray(first & base & (draft.vanishes == 0))


def _untouched(draft: Draft) -> Mask:
    """Rows that no other kind has broken."""
    kinds = {damage.kind for damage in DAMAGES if damage.cell == "broken"}
    free = np.ones(len(draft), dtype=bool)
    for spoilt in draft.spoilt:
        if spoilt.kind in kinds:
            free[spoilt.rows] = False
    return free


def _overwrite(draft: Draft, kind: str, column: str, rows: Ints, text: Text | None) -> None:
    """Put `text` (null for None) into the cells; what was wrong with them before is no more."""
    old = draft.columns[column]
    draft.columns[column] = blank(old, rows) if text is None else put(old, rows, text)
    draft.spoilt = [
        replace(s, rows=np.setdiff1d(s.rows, rows)) if s.column == column else s
        for s in draft.spoilt
    ]
    draft.spoil(kind, "", column, rows)


def _key_missing(draft: Draft, kind: str, rows: Ints) -> None:
    _overwrite(draft, kind, KEY_PART, rows, None)


def _cursor_unreadable(draft: Draft, kind: str, rows: Ints) -> None:
    cursor = str(FEEDS[draft.id].cursor)
    _overwrite(draft, kind, cursor, rows, constant(ZERO_TIME, len(rows)))


def _nul(draft: Draft, kind: str, rows: Ints) -> None:
    column = _free_text(draft)
    held = draft.columns[column].take(rows)
    begin, end = pc.utf8_slice_codeunits(held, 0, 1), pc.utf8_slice_codeunits(held, 1)
    _overwrite(draft, kind, column, rows, join(begin, "\0", end))


def _endless(draft: Draft, kind: str, rows: Ints) -> None:
    _overwrite(draft, kind, _free_text(draft), rows, constant(PICTURE, len(rows)))


def _free_text(draft: Draft) -> str:
    return "description" if "description" in draft.columns else "name"


def _nobody(draft: Draft, kind: str, rows: Ints) -> None:
    """Neither name nor number: the row names nobody, so the truth has no mention of it."""
    feed = FEEDS[draft.id]
    slot = next(slot for slot in feed.mentions if slot.slot == "self")
    source = {column.name: column.source for column in feed.columns}
    for name in filter(None, (slot.id_no, slot.name)):
        _overwrite(draft, kind, source[name], rows, None)
    for at, mention in enumerate(draft.mentions):
        if mention.slot == slot.slot:
            keep = ~np.isin(mention.rows, rows)
            draft.mentions[at] = replace(
                mention, rows=mention.rows[keep], person=mention.person[keep]
            )


def _code_unknown(draft: Draft, kind: str, rows: Ints) -> None:
    _overwrite(draft, kind, "业务类型", rows, constant(UNKNOWN_ACT, len(rows)))


_BREAKS: Final[dict[str, Callable[[Draft, str, Ints], None]]] = {
    "row_key_missing": _key_missing,
    "row_cursor_unreadable": _cursor_unreadable,
    "row_nul_byte": _nul,
    "row_endless_text": _endless,
    "row_nobody": _nobody,
    "row_code_unknown": _code_unknown,
}
