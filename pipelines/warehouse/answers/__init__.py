"""The questions that the warehouse answers: one .sql a question, defined in both languages.

    dead_and_paid.sql -> Answer -> view answers.dead_and_paid

A file opens with ``-- title:``, ``-- title_zh:``, ``-- definition:``, ``-- definition_zh:`` and
``-- access:`` (open, or sensitive where the answer tells of benefits, disability or tags).
Answers show residents by id and masked name. PostgreSQL's SQL; needs no secrets.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from foundation.errors import WarehouseError

_HEADER = re.compile(r"^-- (title|title_zh|definition|definition_zh|access): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """One question: its view's name, what it asks in both languages, and its SELECT."""

    name: str
    title: str
    title_zh: str
    definition: str
    definition_zh: str
    access: str
    sql: str

    @property
    def is_sensitive(self) -> bool:
        """Whether reading it takes the grant for sensitive data."""
        return self.access == "sensitive"


@cache
def answers() -> dict[str, Answer]:
    """Every question, by name."""
    found = [path for path in files(__name__).iterdir() if path.name.endswith(".sql")]
    named = {path.name.removesuffix(".sql"): path.read_text(encoding="utf-8") for path in found}
    return {name: _answer(name, named[name]) for name in sorted(named)}


def _answer(name: str, text: str) -> Answer:
    header = dict(_HEADER.findall(text))
    sql = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    try:
        return Answer(name, sql=sql.strip(), **header)
    except TypeError:
        raise WarehouseError(
            f"answers/{name}.sql",
            "its header lacks a title, a definition or its access",
            "nothing was published",
            "write the five header lines that pipelines/warehouse/answers/__init__.py names",
        ) from None
