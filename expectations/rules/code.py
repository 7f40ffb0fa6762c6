"""Codes: values outside their list, and codes whose form tells that they are wrong.

    _code_<column> (roles.py) against schemas.CODE_LISTS -> unknown, or new on an open list

Errors only where a row means nothing without the code. Needs no secrets.
"""

from collections.abc import Callable, Iterator

from expectations.roles import columns_of
from expectations.rule import (
    Bind,
    Kind,
    Part,
    Rule,
    Severity,
    among,
    between,
    holds,
    matches,
    on,
    on_feeds,
)
from schemas import CODE_LISTS
from schemas.derive import quoted
from schemas.model import CodeList, Column, Feed, Type

NEEDED = frozenset(
    {
        ("civil_affairs.marriage_registration", "marriage_act"),
        ("community.division", "division_kind"),
    }
)


def _is_needed(feed: Feed, column: Column) -> bool:
    return (feed.id, column.name) in NEEDED


def _listed(wanted: Callable[[CodeList], bool], needed: bool = False) -> Bind:
    def bound(feed: Feed) -> Iterator[Part]:
        for column in columns_of(feed, Type.CODE):
            codes = CODE_LISTS[str(column.code_list)]
            if _is_needed(feed, column) == needed and wanted(codes):
                yield among(f"_code_{column.name}", codes.codes)

    return bound


def _named(name: str, regex: str, *feeds: str) -> Bind:
    def bound(feed: Feed) -> Iterator[Part]:
        if any(column.name == name for column in feed.columns) and (not feeds or feed.id in feeds):
            yield matches(name, regex)

    return bound


_GRID = "^[0-9]{12}[0-9]{3}$"
_SCOPE = "^[0-9]{12}([0-9]{3}|C[0-9]{3}(B[0-9]{3}(U[0-9])?)?)?$"
_DIVISION = "^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15}|[0-9]{12}C[0-9]{3}(B[0-9]{3})?)$"
_BY_KIND = """case "division_kind"
    when 'county' then regexp_matches("division_code", '^[0-9]{6}$')
    when 'town' then regexp_matches("division_code", '^[0-9]{9}$')
    when 'community' then regexp_matches("division_code", '^[0-9]{12}$')
    when 'grid' then regexp_matches("division_code", '^[0-9]{15}$')
    when 'compound' then regexp_matches("division_code", '^[0-9]{12}C[0-9]{3}$')
    when 'building' then regexp_matches("division_code", '^[0-9]{12}C[0-9]{3}B[0-9]{3}$')
end"""
_BELOW = """case "division_kind"
    when 'county' then null
    when 'compound' then starts_with("division_code", left("parent_code", 12))
    else starts_with("division_code", "parent_code") and "division_code" <> "parent_code"
end"""
_SCOPE_OF_ROLE = """case "worker_role"
    when 'grid_worker' then regexp_matches("scope_code", '^[0-9]{15}$')
    when 'building_head' then regexp_matches("scope_code", 'B[0-9]{3}$')
    when 'unit_head' then regexp_matches("scope_code", 'B[0-9]{3}U[0-9]$')
end"""


def _component(feed: Feed) -> Iterator[Part]:
    """An event's case has no component; where it names one, the code has 16 digits."""
    names = [column.name for column in feed.columns if column.name == "component_code"]
    return (matches(name, "^[0-9]{16}$") for name in names)


def _component_here(feed: Feed) -> Iterator[Part]:
    names = {column.name for column in feed.columns}
    if {"component_code", "cell_code"} <= names:
        same = f"left({quoted('component_code')}, 6) = left({quoted('cell_code')}, 6)"
        yield holds(same, "component_code", "cell_code")


_C, _E, _W = Kind.CODE, Severity.ERROR, Severity.WARNING

RULES = (
    Rule(
        "code.needed",
        _C,
        _E,
        "A code without which the row means nothing is unknown",
        "关键代码无法识别",
        "A registration is a marriage or a divorce; a division has a level.",
        _listed(lambda codes: True, needed=True),
    ),
    Rule(
        "code.unknown",
        _C,
        _W,
        "A code that its standard does not know",
        "代码不在标准代码表内",
        "The value is not taken over; the row goes on.",
        _listed(lambda codes: not codes.open_ended),
        0.01,
    ),
    Rule(
        "code.unlisted",
        _C,
        _W,
        "A value that is new on an open list",
        "开放代码表出现新值",
        "The department added a value; add it to the list in schemas.",
        _listed(lambda codes: codes.open_ended),
        0.05,
    ),
    Rule(
        "code.division_form",
        _C,
        _W,
        "A division code of a wrong form",
        "区划编码格式错误",
        "6, 9, 12 or 15 digits, or a compound's or building's code.",
        _named("division_code", _DIVISION),
        0.001,
    ),
    Rule(
        "code.division_kind",
        _C,
        _W,
        "A division code that does not fit its level",
        "区划编码与层级不符",
        "A town has 9 digits, a community 12, a grid 15.",
        on("community.division", holds(_BY_KIND, "division_code", "division_kind")),
        0.001,
    ),
    Rule(
        "code.division_parent",
        _C,
        _W,
        "A division that does not lie in its parent",
        "区划编码与上级编码不符",
        "A code begins with the code of the division above.",
        on("community.division", holds(_BELOW, "division_code", "parent_code", "division_kind")),
        0.05,
    ),
    Rule(
        "code.grid_form",
        _C,
        _W,
        "A grid code of a wrong form",
        "网格编码格式错误",
        "The community's 12 digits and 3 more.",
        _named("grid_code", _GRID),
        0.02,
    ),
    Rule(
        "code.scope_form",
        _C,
        _W,
        "A worker's scope of a wrong form",
        "负责范围编码格式错误",
        "A grid, a compound, a building or a unit.",
        _named("scope_code", _SCOPE),
        0.02,
    ),
    Rule(
        "code.scope_role",
        _C,
        _W,
        "A worker's scope that does not fit the role",
        "负责范围与角色不符",
        "A building head heads a building, a unit head a unit.",
        on("community.grid_worker", holds(_SCOPE_OF_ROLE, "scope_code", "worker_role")),
        0.02,
    ),
    Rule(
        "code.compound_form",
        _C,
        _W,
        "A compound code of a wrong form",
        "小区编码格式错误",
        "The community's 12 digits, C and 3 digits.",
        _named("compound_code", "^[0-9]{12}C[0-9]{3}$"),
        0.02,
    ),
    Rule(
        "code.cell_form",
        _C,
        _W,
        "A cell code of a wrong form",
        "单元网格编码格式错误",
        "15 digits (GB/T 30428.1).",
        _named("cell_code", "^[0-9]{15}$"),
        0.02,
    ),
    Rule(
        "code.component_form",
        _C,
        _W,
        "A component code of a wrong form",
        "部件编码格式错误",
        "Division 6, major 2, minor 2, serial 6 (GB/T 30428.2).",
        _component,
        0.02,
    ),
    Rule(
        "code.component_cell",
        _C,
        _W,
        "A component in a cell of another county",
        "部件编码与单元网格区划不符",
        "Both begin with the county's six digits.",
        _component_here,
        0.01,
    ),
    Rule(
        "code.home_division",
        _C,
        _W,
        "A home division that is not six digits",
        "户籍地行政区划格式错误",
        "GB/T 2260.",
        _named("home_division_code", "^[1-8][0-9]{5}$"),
        0.02,
    ),
    Rule(
        "code.nationality_form",
        _C,
        _W,
        "A nationality that is not three letters",
        "国籍代码格式错误",
        "GB/T 2659 alpha-3.",
        _named("nationality", "^[A-Z]{3}$"),
        0.02,
    ),
    Rule(
        "code.item_form",
        _C,
        _W,
        "A service item of a wrong form",
        "事项编码格式错误",
        "Major 2 and item 2 digits.",
        _named("item_code", "^[0-9]{4}$"),
        0.02,
    ),
    Rule(
        "code.event_type_form",
        _C,
        _W,
        "A warning's event type of a wrong form",
        "预警事件类型编码格式错误",
        "GB/T 35965.2: two digits, a letter, two digits.",
        _named("event_type", "^[0-9]{2}[A-Z][0-9]{2}$"),
        0.02,
    ),
    Rule(
        "code.rating_range",
        _C,
        _W,
        "A rating outside 1 to 5",
        "满意度评分超出1至5",
        "The form offers five stars.",
        on_feeds(
            {
                "city_management.case": [between("satisfaction", 1, 5)],
                "community.request": [between("rating", 1, 5)],
            }
        ),
        0.01,
    ),
)
