"""What several rules between departments read: made once, and only when one of them runs.

    sql/<name>.sql -> stage.<name>

Needs no secrets.
"""

from functools import cache
from importlib.resources import files

_NAMES = ("death", "dead_mention", "registered", "horizon")


@cache
def sql(name: str) -> str:
    """The text of one of this room's SQL files."""
    return files("expectations.between").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


SHARED: dict[str, str] = {f"stage.{name}": sql(name) for name in _NAMES}
