"""From a sample to a proposed declaration: types, codes, key, cursor, persons, sensitivity.

    Sample -> profiles + words -> Proposal(columns, key, cursor, people) -> write.as_toml

What a name says counts if the values do not deny it; what values say counts without a name.
Needs no secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from foundation.errors import ConfigError
from pipelines.propose.look import Sample
from pipelines.propose.profile import Profile, profile, unique_pair
from pipelines.propose.words import (
    CHANGED,
    CODED,
    KEY,
    PERSONAL,
    PLACE,
    SENSITIVE,
    SLOTS,
    STAFF,
    Word,
    hub_name,
    known_column,
    spellings,
    word_of,
)
from schemas import CODE_LISTS
from schemas.model import CodeList, Delivery, Sensitivity, Type

SURE, LIKELY = 0.9, 0.5
# What the values must show where a name claims it; the others are believed.
_PROOF = {"id_no": "id_no", "name": "person", "phone": "phone"}
_PERSONAL_ROLES = {"id_no", "name", "phone", "address", "birth_date", "sex"}


@dataclass(frozen=True)
class Proposed:
    """One proposed column; ``because`` says why, in words without values."""

    source: str
    name: str
    title_zh: str
    type: Type
    sensitivity: Sensitivity
    because: str
    profile: Profile
    word: Word | None = None
    codes: str | None = None
    code_map: Mapping[str, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def role(self) -> str | None:
        """id_no, name, phone, address, birth_date, sex, ethnicity or nothing."""
        return self.word.role if self.word else None


@dataclass(frozen=True)
class Proposal:
    """A whole declaration; ``notes`` say what a person should look at."""

    columns: tuple[Proposed, ...]
    key: tuple[str, ...]
    cursor: str | None
    delivery: Delivery
    people: tuple[dict[str, str], ...]
    notes: tuple[str, ...]


def propose(
    con: duckdb.DuckDBPyConnection,
    sample: Sample,
    *,
    key: tuple[str, ...] = (),
    cursor: str | None = None,
    delivery: str | None = None,
) -> Proposal:
    """Propose a declaration; what is given outranks what is found. ConfigError without a key."""
    columns: list[Proposed] = []
    for measured in profile(con, sample.rows):
        taken = [column.name for column in columns]
        columns.append(_column(measured, sample.titles.get(measured.name, ""), taken))
    notes: list[str] = []
    chosen = key or sample.key or _key(con, columns, notes)
    cursor = cursor or (_cursor(columns) if sample.follows else None)
    _check_known(sample, (*chosen, *filter(None, [cursor])))
    kind = Delivery(delivery) if delivery else Delivery.CURSOR if cursor else Delivery.SNAPSHOT
    people, more = _people(columns)
    if not people:
        notes.append("no person is recognised: the rows will not be linked to residents")
    if sample.rows.num_rows < 100:
        notes.append(f"only {sample.rows.num_rows} rows were seen: look at types and key yourself")
    return Proposal(tuple(columns), chosen, cursor, kind, people, (*notes, *more))


def _column(measured: Profile, title: str, taken: list[str]) -> Proposed:
    name = measured.name
    word = _proven(measured, word_of(title, name) or _by_content(measured))
    codes, mapping = _codes(measured, title)
    kind, fuzzy, because = _type(measured, title, word)
    if codes:
        kind, fuzzy, because = Type.CODE, False, f"values of {CODE_LISTS[codes].title_zh}"
    made = Proposed(
        name,
        _named(word, name, title, taken),
        title or name,
        kind,
        Sensitivity.INTERNAL,
        because,
        measured,
        word,
        codes,
        mapping,
        fuzzy,
    )
    return replace(made, sensitivity=_sensitivity(made))


def _named(word: Word | None, name: str, title: str, taken: list[str]) -> str:
    known = known_column(title, name)
    if word and known is None:
        prefix = _slot(word) or ""
        plain = f"{prefix}_{word.role}" if prefix else word.role
        if plain not in taken:
            return plain
    return hub_name(title, name, taken=taken)


def _proven(measured: Profile, word: Word | None) -> Word | None:
    """What a name claims, unless the values deny it: 名称 is no person."""
    if word is None or not measured.filled:
        return word
    proof = _PROOF.get(word.role)
    if proof and measured.share(proof) < LIKELY * (0.6 if word.role == "id_no" else 1):
        return None
    return word


def _by_content(measured: Profile) -> Word | None:
    for role, form in (("id_no", "id_no"), ("phone", "phone"), ("address", "address")):
        if measured.share(form) >= SURE and measured.filled >= 5:
            return Word(role, "")
    return None


def _type(measured: Profile, title: str, word: Word | None) -> tuple[Type, bool, str]:
    """Type, whether a date is as people write it, and why. What looks like a code stays text."""
    if word:
        if word.role == "birth_date":
            return Type.DATE, True, "birth date"
        return Type.TEXT, False, word.role.replace("_", " ")
    share = measured.share
    if not measured.filled:
        return Type.TEXT, False, "empty in the sample"
    if share("instant") >= SURE:
        return Type.TIMESTAMP, False, "times"
    if share("date") >= SURE and measured.longest >= 8:
        return Type.DATE, False, "dates"
    if (
        share("date", "month", "instant") >= LIKELY
        and share("month") < SURE
        and share("han") < SURE
    ):
        return Type.DATE, True, "dates, written in several ways"
    if share("month") >= SURE:
        return Type.MONTH, False, "months"
    is_coded = bool(CODED.search(measured.name) or CODED.search(title))
    if share("flag") >= SURE or (share("bit") == 1 and measured.distinct == 2 and not is_coded):
        return Type.BOOLEAN, False, "yes or no"
    if KEY.search(measured.name) or KEY.search(title) or share("padded") > 0:
        return Type.TEXT, False, "a number that is a name"
    if measured.values and is_coded:
        return Type.TEXT, False, "codes of a list that is not known here"
    if share("whole") >= SURE and measured.longest <= 9:
        return Type.INTEGER, False, "whole numbers"
    if share("number") >= SURE and measured.longest <= 15:
        return Type.DECIMAL, False, "numbers"
    return Type.TEXT, False, ""


def _codes(measured: Profile, title: str) -> tuple[str | None, dict[str, str]]:
    """The code list that the values are of. Bare codes mean nothing without a name that fits."""
    if not measured.values:
        return None, {}
    known = known_column(title, measured.name)
    best: tuple[float, str, dict[str, str]] = (0.0, "", {})
    for listed in CODE_LISTS.values():
        maps = spellings(listed.name)
        is_named = _is_about(listed, measured, title, known.code_list if known else None)
        used = {value: maps[value] for value in measured.values if value in maps}
        share = sum(measured.values[value] for value in used)
        share += sum(s for v, s in measured.values.items() if v in listed.codes and is_named)
        enough = len(used) >= 2 or is_named
        if enough and share > best[0]:
            spelled = {v: c for v, c in used.items() if listed.codes[c] != v}
            best = (share, listed.name, spelled)
    return (best[1], best[2]) if best[0] >= SURE else (None, {})


def _is_about(listed: CodeList, measured: Profile, title: str, known: str | None) -> bool:
    names = {title, measured.name} - {""}
    word = word_of(title, measured.name)
    return (
        listed.name == known or listed.title_zh in names or bool(word and word.role == listed.name)
    )


def _sensitivity(column: Proposed) -> Sensitivity:
    said = f"{column.source} {column.title_zh}"
    listed = column.codes or ""
    if SENSITIVE.search(said) or listed in ("ethnicity", "health_status", "assistance_type"):
        # A certificate's number or a day is not the finding itself.
        is_frame = column.type in (Type.DATE, Type.TIMESTAMP) or bool(KEY.search(column.source))
        return Sensitivity.PERSONAL if is_frame else Sensitivity.SENSITIVE
    if column.role in _PERSONAL_ROLES or PERSONAL.search(said):
        return Sensitivity.PERSONAL
    measured = column.profile
    is_free = column.type is Type.TEXT and measured.distinct > 200 and measured.share("han") > 0.5
    return (
        Sensitivity.PERSONAL
        if is_free or measured.share("person") >= LIKELY
        else Sensitivity.INTERNAL
    )


def _key(
    con: duckdb.DuckDBPyConnection, columns: list[Proposed], notes: list[str]
) -> tuple[str, ...]:
    every = [column for column in columns if column.profile.is_unique]
    places = [column for column in every if PLACE.search(column.source)]
    unique = [column for column in every if column not in places]
    named = [c for c in unique if KEY.search(c.source) and c.role is None]
    plain = [c for c in unique if c.role is None and c.type in (Type.TEXT, Type.INTEGER)]
    for found in (named, plain, [c for c in unique if c.role == "id_no"]):
        if found:
            if found[0].role:
                notes.append(
                    "the key is an id number: ask for the department's own number of a row"
                )
            return (found[0].source,)
    if places:
        notes.append(
            f"the key {places[0].source} is a row's place in the list, which moves when one is put "
            "in: ask for the department's own number of a row"
        )
        return (places[0].source,)
    parts = [
        c for c in columns if c.profile.filled == c.profile.rows and c.type is not Type.BOOLEAN
    ]
    parts.sort(key=lambda c: (c.role is not None, not KEY.search(c.source), -c.profile.distinct))
    pair = unique_pair(con, [c.source for c in parts[:12]])
    if pair:
        notes.append("no single column is unique: two together are the key")
        return pair
    raise ConfigError(
        "hub feed new",
        "no column and no two columns are different in every row of the sample",
        "nothing was written",
        "ask the department what identifies a row, and say it with --key COLUMN,COLUMN",
    )


def _cursor(columns: list[Proposed]) -> str | None:
    for column in columns:
        full = column.profile.filled >= SURE * column.profile.rows > 0
        if (
            column.type is Type.TIMESTAMP
            and full
            and CHANGED.search(f"{column.source} {column.title_zh}")
        ):
            return column.source
    return None


def _check_known(sample: Sample, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in sample.rows.column_names]
    if missing:
        raise ConfigError(
            "hub feed new",
            f"there is no column {', '.join(missing)}",
            "nothing was written",
            f"the columns are: {', '.join(sample.rows.column_names)}",
        )


def _slot(word: Word) -> str | None:
    """The slot of a person who stands beside the one a row is about."""
    prefix = word.prefix.casefold()
    return next((slot for slot, words in SLOTS.items() if prefix in words), None)


def _people(columns: list[Proposed]) -> tuple[tuple[dict[str, str], ...], list[str]]:
    """One slot a name or id number: others by what stands before 姓名, the rest is `self`."""
    people: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    for column in columns:
        word = column.word
        if word is None or STAFF.search(word.prefix):
            continue
        person = people.setdefault(_slot(word) or "self", {})
        if word.role in person:
            notes.append(f"{column.source}: a second {word.role}; is it of another person?")
        person.setdefault(word.role, column.name)
    whole = {slot: roles for slot, roles in people.items() if {"name", "id_no"} & set(roles)}
    if whole and "self" not in whole and "self" in people:
        notes += _given_to(whole, people["self"])
    return tuple({"slot": slot, **_named_first(roles)} for slot, roles in whole.items()), notes


def _given_to(whole: dict[str, dict[str, str]], rest: dict[str, str]) -> list[str]:
    """What belongs to no one by name is the tenant's, who lives there, or the only person's."""
    owner = "tenant" if "tenant" in whole else next(iter(whole)) if len(whole) == 1 else None
    if owner is None:
        return [f"{', '.join(rest.values())}: say in people whose it is"]
    whole[owner] = rest | whole[owner]
    return []


def _named_first(roles: dict[str, str]) -> dict[str, Any]:
    """A slot needs a name column; where a row has the number only, it stands for it."""
    return {"name": roles.get("name", roles.get("id_no", "")), **roles}
