"""Short builders for columns, so that a feed's declaration reads as a table.

    text("XM", "name", "name as registered", "姓名", PERSONAL)  ->  Column

Arguments in order: the department's column, our name, description, Chinese title, sensitivity.
Needs no secrets. Used by ``schemas.feeds.*`` only.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.codes import CODE_LISTS
from schemas.model import Column, Frozen, Sensitivity, Type

PUBLIC = Sensitivity.PUBLIC
INTERNAL = Sensitivity.INTERNAL
PERSONAL = Sensitivity.PERSONAL
SENSITIVE = Sensitivity.SENSITIVE


def _of(kind: Type) -> Any:
    def build(
        source: str,
        name: str,
        description: str,
        title_zh: str,
        sensitivity: Sensitivity = INTERNAL,
        **more: Any,
    ) -> Column:
        return Column(source, name, kind, description, title_zh, sensitivity, **more)

    return build


text = _of(Type.TEXT)
integer = _of(Type.INTEGER)
decimal = _of(Type.DECIMAL)
flag = _of(Type.BOOLEAN)
date = _of(Type.DATE)
month = _of(Type.MONTH)
timestamp = _of(Type.TIMESTAMP)
text_list = _of(Type.TEXT_LIST)


def fuzzy_date(
    source: str, name: str, description: str, title_zh: str, sensitivity: Sensitivity = PERSONAL
) -> Column:
    """A date as people write it; conform adds ``_precision`` and ``_text``."""
    return Column(source, name, Type.DATE, description, title_zh, sensitivity, fuzzy=True)


def code(
    source: str,
    name: str,
    code_list: str,
    title_zh: str,
    sensitivity: Sensitivity = INTERNAL,
    code_map: Mapping[str, str] | None = None,
) -> Column:
    """A coded column; description and standard come from the code list."""
    listed = CODE_LISTS[code_list]
    return Column(
        source,
        name,
        Type.CODE,
        listed.title,
        title_zh,
        sensitivity,
        code_list=code_list,
        code_map=Frozen(dict(code_map or {})),
        standard=listed.standard,
    )


def shared(column: Column, *departments: str) -> Column:
    """The column; a value that contradicts these departments' own record may be told to them."""
    return replace(column, shareable_with=frozenset(departments))


def named(code_list: str) -> dict[str, str]:
    """The map from a list's Chinese names to its codes, for departments that write names."""
    return {name: code for code, name in CODE_LISTS[code_list].codes.items()}


SEX_NAMES = {"男": "1", "女": "2", "男性": "1", "女性": "2", "未知": "0"}
