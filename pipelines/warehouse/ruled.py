"""Which rules between departments ran and have not been judged yet: noted before a build is kept.

    build -> note -> what need not run again (inputs.py) -> judged and kept -> forgotten

A build that comes after a killed run finds nothing changed, and would not say what the rules of
that night found. Names of rules and kinds of errors only. Needs no secrets.
"""

import json
from collections.abc import Mapping

from foundation.home import Home, write_private

_FILE = "ruled"


def note(home: Home, ran: Mapping[str, str | None]) -> None:
    """Add rules, each with the kind of error if it could not run, to those that wait."""
    if ran:
        write_private(home.runs / _FILE, json.dumps({**noted(home), **ran}))


def noted(home: Home) -> dict[str, str | None]:
    """The rules that wait to be judged."""
    try:
        waiting: dict[str, str | None] = json.loads((home.runs / _FILE).read_text())
    except FileNotFoundError:
        return {}
    return waiting


def forget(home: Home) -> None:
    """They are judged, and what they said is kept."""
    (home.runs / _FILE).unlink(missing_ok=True)
