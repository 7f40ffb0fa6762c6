"""What readers of a release rely on: the columns and functions of api_v1, which only grow.

    PostgreSQL -> promised(url) -> schemas/releases/<release>.json; broken(before, now) -> sentences

Needs no secrets but the url's. Alone: ``hub contract check``.
"""

import json
from pathlib import Path

from foundation.engine import read_sql
from foundation.errors import ConfigError
from pipelines.warehouse.reading import reading

FOLDER = Path(__file__).parents[2] / "schemas" / "releases"
Promise = dict[str, dict[str, str]]  # a view's columns with their types; a function's arguments


def promised(url: str) -> Promise:
    """What the published warehouse offers in api_v1: type by column, by view; functions likewise.

    Raises WarehouseError when the server cannot be reached.
    """
    found: Promise = {}
    with reading(url) as connection:
        for row in connection.execute(read_sql("pipelines.publish", "released")).fetchall():
            found.setdefault(row["one"], {})[row["part"]] = row["type"]
    return found


def broken(before: Promise, now: Promise) -> list[str]:
    """What of the promise is kept no longer, one sentence each; what is new breaks nothing."""
    complaints = []
    for one, parts in before.items():
        for part, kind in parts.items():
            is_kind = now.get(one, {}).get(part)
            if is_kind is None:
                complaints.append(f"api_v1.{one}: {part} ({kind}) is gone")
            elif is_kind != kind:
                complaints.append(f"api_v1.{one}: {part} was {kind} and is {is_kind}")
    return complaints


def last_release(folder: Path = FOLDER) -> tuple[str, Promise]:
    """The newest release that was cut, and its promise. Raises ConfigError if there is none."""
    found = sorted(folder.glob("*.json"), key=lambda path: _number(path.stem))
    if not found:
        raise ConfigError(str(folder), "it holds no release", "nothing was compared", "cut one")
    promise: Promise = json.loads(found[-1].read_text(encoding="utf-8"))
    return found[-1].stem, promise


def cut(release: str, promise: Promise, folder: Path = FOLDER) -> Path:
    """Write a release's promise. Raises ConfigError for one that is not a new number: what was
    promised is never edited."""
    path = folder / f"{release}.json"
    known = [_number(other.stem) for other in folder.glob("*.json")]
    if _number(release) <= max(known, default=(0,)):
        raise ConfigError(
            release, "it is no later than the last release", "nothing was written", "count it up"
        )
    path.write_text(json.dumps(promise, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _number(release: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in release.split("."))
    except ValueError:
        raise ConfigError(
            release, "a release is numbers and dots", "nothing was done", "say, for instance, 0.2"
        ) from None
