"""Sections of hub.toml as text: tables of strings, numbers and ``{file = "..."}``.

    Served.sources() ── to_toml ──► hub.toml

Needs no secrets. Alone, in Python: ``to_toml({"a": {"b": 1}})``.
"""

from __future__ import annotations

import json
import re
from typing import Any


def to_toml(sections: dict[str, Any]) -> str:
    """TOML of nested tables. References to secrets are written inline."""
    return "\n".join(_section([name], table) for name, table in sections.items())


def _section(path: list[str], table: dict[str, Any]) -> str:
    inner = {name: value for name, value in table.items() if _is_section(value)}
    own = {name: value for name, value in table.items() if name not in inner}
    lines = [f"[{'.'.join(map(_key, path))}]"] if own else []
    lines += [f"{_key(name)} = {_value(value)}" for name, value in own.items()]
    text = "\n".join(lines) + "\n" if lines else ""
    return "\n".join(
        filter(None, [text, *(_section([*path, name], value) for name, value in inner.items())])
    )


def _is_section(value: Any) -> bool:
    return isinstance(value, dict) and not (value.keys() <= {"file", "env"})


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items())
            + " }"
        )
    return json.dumps(
        value, ensure_ascii=False
    )  # TOML's basic strings, numbers and booleans are JSON's


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
