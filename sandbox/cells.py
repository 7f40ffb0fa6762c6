"""Cells about a person as a department writes them: number, name, birth date, phone, address.

    person rows ──(dirt of the feed)──> column of the draft, and what was spoilt where

Needs no secret. Alone: see tests/sandbox/test_build_dirt.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox import addresses
from sandbox.draft import Addresses, Draft
from sandbox.families import YEAR
from sandbox.ids import Letters
from sandbox.name_data import PLACEHOLDERS
from sandbox.names import book, has_form, names
from sandbox.streams import Ints, Mask
from sandbox.text import (
    DAY,
    NEVER,
    Text,
    blank,
    choose,
    concat,
    constant,
    day_text,
    digits,
    fixed,
    join,
    moment_text,
    number,
    padded,
    put,
    take,
    timestamps,
)
from sandbox.world import World

_LUNATION: Final = 29.530588
_NEW_MOON: Final = 10962.09  # a new moon, in days since 1970 at Beijing (2000-01-07)


@dataclass(frozen=True)
class Writer:
    """Writes the cells of one draft."""

    w: World
    draft: Draft

    def _rng(self, slot: str, column: str) -> np.random.Generator:
        return self.w.rng(f"{self.draft.id}/{slot}/{column}")

    def _note(self, spread: dict[str, Ints], slot: str, column: str, rows: Ints) -> None:
        for kind, hit in spread.items():
            self.draft.spoil(kind, slot, column, rows[hit])

    def _into(self, column: str, rows: Ints | None, text: Text) -> None:
        """Set a whole column, or the given rows of one that is null elsewhere."""
        if rows is None:
            self.draft.columns[column] = text
        else:
            old = self.draft.columns.get(column, constant(None, len(self.draft)))
            self.draft.columns[column] = put(old, rows, text)

    def id_no(
        self, slot: str, column: str, who: Ints, rows: Ints | None = None, issue: bool = True
    ) -> None:
        """The citizen id of these people; null for those who have none yet."""
        at = np.arange(len(self.draft)) if rows is None else rows
        text, spread = spoilt_ids(self.w, self._rng(slot, column), self.draft.id, who)
        self._note(spread, slot, column, at)
        shared = self.w.people.shares_number[who]
        self.draft.spoil(
            "id_shared", slot, column, at[shared & text.is_valid().to_numpy(zero_copy_only=False)]
        )
        self._into(column, rows, text)

    def name(self, slot: str, column: str, who: Ints, rows: Ints | None = None) -> None:
        """The name of these people."""
        at = np.arange(len(self.draft)) if rows is None else rows
        text, spread = spoilt_names(self.w, self._rng(slot, column), self.draft.id, who)
        self._note(spread, slot, column, at)
        self._into(column, rows, text)

    def birth(self, slot: str, column: str, who: Ints, form: str, rows: Ints | None = None) -> None:
        """The birth date of these people in a form of strftime."""
        at = np.arange(len(self.draft)) if rows is None else rows
        text, spread = spoilt_dates(
            self.w, self._rng(slot, column), self.draft.id, self.w.people.birth[who], form
        )
        self._note(spread, slot, column, at)
        self._into(column, rows, text)

    def phone(self, slot: str, column: str, who: Ints, rows: Ints | None = None) -> None:
        """The phone of these people; null for those who have none."""
        at = np.arange(len(self.draft)) if rows is None else rows
        text, spread = spoilt_phones(self.w, self._rng(slot, column), self.draft.id, who)
        self._note(spread, slot, column, at)
        self._into(column, rows, text)

    def address(
        self, slot: str, column: str, dwelling: Ints, rows: Ints | None = None, formal: bool = False
    ) -> None:
        """The addresses of these dwellings; null where there is none (-1)."""
        at = np.arange(len(self.draft)) if rows is None else rows
        known = np.flatnonzero(dwelling >= 0)
        written = addresses.write(
            self.w, self._rng(slot, column), self.draft.id, dwelling[known], formal
        )
        self._note(dict(written.damages), slot, column, at[known])
        self.draft.addresses.append(Addresses(column, at[known], written.dwelling, written.level))
        whole = put(constant(None, len(dwelling)), known, written.text)
        self._into(column, rows, whole)

    def place_or_home(self, slot: str, column: str, near: Ints, home: Mask) -> None:
        """The address of a dwelling where `home` is set, else of a place near it."""
        self.address(slot, column, np.where(home, near, -1))
        rows = np.flatnonzero(~home)
        written = addresses.write_place(self.w, self._rng(slot, f"{column}/place"), near[rows])
        self.draft.addresses.append(Addresses(column, rows, written.dwelling, written.level))
        self._into(column, rows, written.text)

    def stamp(self, slot: str, column: str, moments: Ints, iso: bool) -> None:
        """The cursor column: when each row was last changed, with rows that come late and clocks
        that run ahead.
        """
        rng = self._rng(slot, column)
        able = {"late_row": self.draft.appears > 0}
        spread = self.w.dirt.draw(rng, self.draft.id, "stamp", able, len(moments))
        shown = moments.copy()
        if "late_row" in spread:
            shown[spread["late_row"]] -= DAY * rng.integers(1, 5, len(spread["late_row"]))
        if "clock_skew" in spread:
            shown[spread["clock_skew"]] += rng.integers(600, 30 * 3600, len(spread["clock_skew"]))
        self._note(spread, slot, column, np.arange(len(self.draft)))
        self.draft.columns[column] = moment_text(shown) if iso else timestamps(shown)

    def rows(self, cell: str, able: dict[str, Mask], slot: str, column: str) -> dict[str, Ints]:
        """Draw and note the damages of a kind of cell that the caller spoils itself."""
        spread = self.w.dirt.draw(
            self._rng(slot, f"{column}/{cell}"), self.draft.id, cell, able, len(self.draft)
        )
        self._note(spread, slot, column, np.arange(len(self.draft)))
        return spread


def true_names(w: World, who: Ints) -> Text:
    """The names of these people, undamaged."""
    return names(w.people.surname[who], w.people.given[who])


def true_ids(w: World, who: Ints) -> Text:
    """The numbers of these people, undamaged; null for those without."""
    return choose(w.people.has_number[who], fixed(w.people.number[who]), None)


def spoilt_ids(
    w: World, rng: np.random.Generator, feed: str, who: Ints
) -> tuple[Text, dict[str, Ints]]:
    """Ids with this feed's dirt, and the rows of each kind."""
    p = w.people
    kin = w.kin()[who]
    has = p.has_number[who]
    letters = p.number[who]
    ends_x = has & (letters[:, 17] == ord("X"))
    able: dict[str, Mask] = {
        "id_15_digits": has & (p.birth[who] < 5479),
        "id_lower_x": ends_x,
        "id_fullwidth_x": ends_x,
        "id_spaces": has,
        "id_typo": has,
        "id_transposed": has & (letters[:, 9] != letters[:, 10]),
        "id_excel": has & ~ends_x,
        "id_excel_zeros": has & ~ends_x,
        "id_relative": has & (kin >= 0) & p.has_number[np.maximum(kin, 0)],
        "id_second": has & p.has_second[who],
        "id_disability_no": has & (w.disability[who] > 0),
        "id_missing": has,
    }
    spread = w.dirt.draw(rng, feed, "id", able, len(who))
    text = choose(has, fixed(letters), None)
    parts = [
        (rows, _spoil_id(w, rng, kind, who[rows]))
        for kind, rows in spread.items()
        if kind != "id_missing"
    ]
    if parts:
        text = put(text, np.concatenate([r for r, _ in parts]), concat([t for _, t in parts]))
    if "id_missing" in spread:
        text = blank(text, spread["id_missing"])
    return text, spread


def _spoil_id(w: World, rng: np.random.Generator, kind: str, who: Ints) -> Text:
    letters: Letters = w.people.number[who].copy()
    n = len(who)
    if kind == "id_15_digits":
        return fixed(np.hstack([letters[:, :6], letters[:, 8:17]]))
    if kind == "id_lower_x":
        letters[:, 17] = ord("x")
        return fixed(letters)
    if kind == "id_fullwidth_x":
        return join(fixed(letters[:, :17]), take(("Ｘ", "ｘ"), rng.integers(0, 2, n)))
    if kind == "id_spaces":
        a, b, c = fixed(letters[:, :6]), fixed(letters[:, 6:14]), fixed(letters[:, 14:])
        return choose(rng.random(n) < 0.5, join(a, " ", b, " ", c), join(" ", a, b, c, " "))
    if kind == "id_typo":
        at = rng.integers(0, 17, n)
        old = letters[np.arange(n), at].astype(np.int64) - 48
        letters[np.arange(n), at] = (old + rng.integers(1, 10, n)) % 10 + 48
        return fixed(letters)
    if kind == "id_transposed":
        letters[:, [9, 10]] = letters[:, [10, 9]]
        return fixed(letters)
    if kind == "id_excel":
        return join(fixed(letters[:, :1]), ".", fixed(letters[:, 1:6]), "E+17")
    if kind == "id_excel_zeros":
        letters[:, 15:] = ord("0")
        return fixed(letters)
    if kind == "id_relative":
        return fixed(w.people.number[w.kin()[who]])
    if kind == "id_second":
        return fixed(w.people.second_number[who])
    return join(fixed(letters), number(w.disability[who]))


def spoilt_names(
    w: World, rng: np.random.Generator, feed: str, who: Ints
) -> tuple[Text, dict[str, Ints]]:
    """Names with this feed's dirt, and the rows of each kind."""
    p = w.people
    surname, given = p.surname[who], p.given[who]
    text = names(surname, given)
    forms = ("homophone", "lookalike", "pua", "question", "pinyin")
    keys = (
        "name_homophone",
        "name_lookalike",
        "name_rare_pua",
        "name_rare_question",
        "name_rare_pinyin",
    )
    able = {key: has_form(given, form) for key, form in zip(keys, forms, strict=True)}
    plain = surname != book().no_surname
    able["name_former"] = p.former_given[who] >= 0
    able["name_traditional"] = has_traditional(surname, given)
    able["name_fullwidth_space"] = pc.equal(pc.utf8_length(text), 2).to_numpy(zero_copy_only=False)
    able["name_inner_space"] = able["name_placeholder"] = plain
    able["name_middle_dot"] = has_form(given, "dotted")
    spread = w.dirt.draw(rng, feed, "name", able, len(who))
    parts = []
    for kind, rows in spread.items():
        if kind in keys:
            spoilt = names(surname[rows], given[rows], forms[keys.index(kind)])
        else:
            spoilt = _spoil_name(w, rng, kind, who[rows])
        parts.append((rows, spoilt))
    if parts:
        text = put(text, np.concatenate([r for r, _ in parts]), concat([t for _, t in parts]))
    return text, spread


def has_traditional(surname: Ints, given: Ints) -> Mask:
    """Whose name differs in traditional characters."""
    the_book = book()
    family = pc.not_equal(the_book.surnames, the_book.surnames_traditional).to_numpy(
        zero_copy_only=False
    )
    own = pc.not_equal(the_book.given, the_book.traditional).to_numpy(zero_copy_only=False)
    return np.asarray(family[surname] | own[given])


def _spoil_name(w: World, rng: np.random.Generator, kind: str, who: Ints) -> Text:
    p, the_book, n = w.people, book(), len(who)
    surname, given = p.surname[who], p.given[who]
    family, own = take(the_book.surnames, surname), take(the_book.given, given)
    if kind == "name_former":
        return names(surname, p.former_given[who])
    if kind == "name_traditional":
        return names(surname, given, "traditional")
    if kind == "name_fullwidth_space":
        return join(family, "\u3000", own)
    if kind == "name_inner_space":
        return choose(rng.random(n) < 0.5, join(family, " ", own), join(family, own, " "))
    if kind == "name_middle_dot":
        dots = rng.integers(0, 4, n)
        texts = [take(the_book.dotted[i], given) for i in range(4)]
        return pc.choose(pa.array(dots), *texts)
    polite = join(family, take(("某", "某某"), rng.integers(0, 2, n)))
    return choose(
        rng.random(n) < 0.5, polite, take(PLACEHOLDERS, rng.integers(0, len(PLACEHOLDERS), n))
    )


def lunar(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of the Chinese calendar (mean moon, no leap months: right to a day)."""
    moon = np.floor((days + 0.9 - _NEW_MOON) / _LUNATION)
    start = np.floor(_NEW_MOON + moon * _LUNATION).astype(np.int64)
    day = np.clip(days - start + 1, 1, 30)
    dates = start.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    late = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1 > 20
    # the month is called after the solar term near the 20th that falls into it
    count = months + late - 1
    return count // 12 + 1970, count % 12 + 1, day


def spoilt_dates(
    w: World, rng: np.random.Generator, feed: str, birth: Ints, form: str
) -> tuple[Text, dict[str, Ints]]:
    """Birth dates with this feed's dirt, and the rows of each kind; null for NEVER."""
    text = day_text(birth, form)
    known = birth != NEVER
    able = dict.fromkeys(w.dirt.rates(feed, "date"), known)
    spread = w.dirt.draw(rng, feed, "date", able, len(birth))
    dash = "-" if "-" in form else ""
    parts = [(rows, _spoil_date(w, kind, birth[rows], dash)) for kind, rows in spread.items()]
    if parts:
        text = put(text, np.concatenate([r for r, _ in parts]), concat([t for _, t in parts]))
    return text, spread


def _spoil_date(w: World, kind: str, birth: Ints, dash: str) -> Text:
    if kind == "date_lunar":
        year, month, day = lunar(birth)
        return join(number(year), dash, padded(month, 2), dash, padded(day, 2))
    if kind == "date_unknown":
        return constant(f"1970{dash}01{dash}01", len(birth))
    if kind == "date_day_00":
        return join(day_text(birth, f"%Y{dash}%m"), f"{dash}00")
    if kind == "date_age":
        return number(np.floor((w.as_of - birth) / YEAR).astype(np.int64))
    if kind == "date_excel_serial":
        return number(birth + 25569)
    year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return join(fixed(digits(year, 4)[:, 2:]), day_text(birth, "-%m-%d"))


def spoilt_phones(
    w: World, rng: np.random.Generator, feed: str, who: Ints
) -> tuple[Text, dict[str, Ints]]:
    """Phones with this feed's dirt, and the rows of each kind."""
    p = w.people
    own = p.phone[who]
    has = own > 0
    kin = w.kin()[who]
    able: dict[str, Mask] = dict.fromkeys(
        ("phone_reused", "phone_landline", "phone_masked", "phone_missing", "phone_clerk"), has
    )
    able["phone_family"] = (kin >= 0) & (p.phone[np.maximum(kin, 0)] > 0)
    spread = w.dirt.draw(rng, feed, "phone", able, len(who))
    value = own.copy()
    if "phone_family" in spread:
        value[spread["phone_family"]] = p.phone[kin[spread["phone_family"]]]
    if "phone_clerk" in spread:
        home = np.maximum(
            w.living.registered[who[spread["phone_clerk"]]],
            w.living.living[who[spread["phone_clerk"]]],
        )
        value[spread["phone_clerk"]] = w.clerk_phones[
            w.places.dwellings.community[np.maximum(home, 0)]
        ]
    if "phone_reused" in spread:
        value[spread["phone_reused"]] = p.phone[rng.choice(w.adults, len(spread["phone_reused"]))]
    text = choose(value > 0, padded(np.maximum(value, 0), 11), None)
    if "phone_landline" in spread:
        rows = spread["phone_landline"]
        line = join(
            take(("0797-", "0797", None), rng.integers(0, 3, len(rows))),
            "6",
            padded(rng.integers(200_000, 400_000, len(rows)), 6),
        )
        text = put(text, rows, line)
    if "phone_masked" in spread:
        rows = spread["phone_masked"]
        letters = digits(value[rows], 11)
        text = put(text, rows, join(fixed(letters[:, :3]), "****", fixed(letters[:, 7:])))
    if "phone_missing" in spread:
        text = blank(text, spread["phone_missing"])
    return text, spread
