"""What several rules between departments read: made once, and only when one of them runs.

    sql/<name>.sql -> stage.<name>

Needs no secrets.
"""

from functools import cache
from importlib.resources import files

_NAMES = ("death", "dead_mention", "registered", "family", "horizon")

# The last day that a record of a death leaves open.
DEAD_BY = (
    "case when death_date_precision = 'day' then death_date"
    " when death_date_precision = 'month' then last_day(death_date)"
    " else last_day(cast(death_date + interval 11 month as date)) end"
)


@cache
def sql(name: str) -> str:
    """The text of one of this room's SQL files."""
    return files("expectations.between").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


SHARED: dict[str, str] = {f"stage.{name}": sql(name).format(dead_by=DEAD_BY) for name in _NAMES}
