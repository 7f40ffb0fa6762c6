"""The proposal as TOML that a person reads, corrects and keeps.

    Proposal, options -> text of <home>/feeds/<department>.<feed>.toml

Secrets are written as references only. Needs none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.propose.declare import Proposal, Proposed
from pipelines.propose.look import Sample


def as_toml(
    proposal: Proposal,
    sample: Sample,
    options: Mapping[str, Any],
    *,
    department_zh: str,
    title: str,
    title_zh: str,
    made_on: str,
) -> str:
    """The whole declaration. ``options``: of the source, with references instead of secrets."""
    lines = [
        f"# Proposed by `hub feed new` on {made_on} from {sample.rows.num_rows} rows. Look over:",
        "# types, key and persons decide what the hub makes of it; sensitivity who may see it.",
        *(f"# NOTE {note}" for note in proposal.notes),
        f"department_zh = {_text(department_zh)}",
        f"title = {_text(title)}",
        f"title_zh = {_text(title_zh)}",
        f"delivery = {_text(proposal.delivery.value)}   # cursor, snapshot, increment or append",
        f"key = {_value(list(proposal.key))}",
        *([f"cursor = {_text(proposal.cursor)}"] if proposal.cursor else []),
        "columns = [",
        *(f"  {_column(column)}" for column in proposal.columns),
        "]",
        "people = [",
        *(f"  {_value(person)}," for person in proposal.people),
        "]",
        "",
        *_section("source", {"transport": sample.transport, **options}),
    ]
    return "\n".join(lines) + "\n"


def _column(column: Proposed) -> str:
    said: dict[str, Any] = {"source": column.source, "name": column.name, "type": column.type.value}
    if column.title_zh != column.source:
        said["title_zh"] = column.title_zh
    if column.fuzzy:
        said["fuzzy"] = True
    if column.codes:
        said["codes"] = column.codes
        if column.code_map:
            said["map"] = dict(column.code_map)
    said["sensitivity"] = column.sensitivity.value
    filled = column.profile.filled / column.profile.rows if column.profile.rows else 0
    why = "; ".join(filter(None, [column.because, f"{filled:.0%} filled" if filled < 1 else ""]))
    return f"{_value(said)}," + (f"  # {why}" if why else "")


def _section(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    for key, value in options.items():
        yield f"{_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
