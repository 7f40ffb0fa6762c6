"""The linkage engine for any table: a declarative model in, clusters out; it knows no residents."""

from pipelines.link.builtin import (
    date_damage,
    exact,
    jaro_winkler,
    levenshtein,
    list_intersection,
    numeric_difference,
)
from pipelines.link.model import (
    Blocking,
    Column,
    Comparison,
    Level,
    LinkModel,
    OneOf,
    OnePer,
    Strong,
    Survivor,
    Within,
)

__all__ = [
    "Blocking",
    "Column",
    "Comparison",
    "Level",
    "LinkModel",
    "OneOf",
    "OnePer",
    "Strong",
    "Survivor",
    "Within",
    "date_damage",
    "exact",
    "jaro_winkler",
    "levenshtein",
    "list_intersection",
    "numeric_difference",
]
