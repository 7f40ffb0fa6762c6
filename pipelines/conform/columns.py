"""The typed projection of a feed: raw text in, the hub's names and types out.

    Feed.columns -> `candidate`: typed columns, raw_<name> of those that are not text, identity

SQL derives from the declaration; the conversions themselves are macros.sql. Needs no secrets.
Alone: ``python -c "from pipelines.conform.columns import *; print(projection(...))"``.
"""

from collections.abc import Iterator

from schemas import CODE_LISTS
from schemas.derive import literal, quoted
from schemas.model import Column, Feed, Type

ROW_IDENTITY = ("_key", "_hash", "_batch", "_row", "_received_at")
_PLAIN = {
    Type.INTEGER: "to_whole(half_width({}))",
    Type.DECIMAL: "to_real(half_width({}))",
    Type.BOOLEAN: "to_flag(half_width({}))",
    Type.DATE: "to_day(half_width({}), getvariable('as_of'))",
    Type.MONTH: "to_month(half_width({}))",
    Type.TIMESTAMP: "to_instant(half_width({}))",
    Type.TEXT_LIST: "to_list({})",
}


def raw_name(column: Column) -> str:
    """The column of `candidate` with the delivered text of a column that is not text."""
    return f"raw_{column.name}"


def projection(feed: Feed, relation: str) -> str:
    """``SELECT`` that makes `candidate` of raw rows; variable ``as_of`` is the business date.

    Text loses its outer blanks, and empty text is null. A value that cannot be converted is
    null while its ``raw_`` text is not: that is what rules count.
    """
    tidied = ", ".join(_tidied(column) for column in feed.columns)
    typed = ", ".join(part for column in feed.columns for part in _typed(column))
    identity = ", ".join(ROW_IDENTITY)
    dated = "".join(f", {_date_of(column)}" for column in feed.columns if column.fuzzy)
    source = f"(select *{dated} from (select {tidied}, {identity} from {relation}))"
    return f"select {typed}, {identity} from {source}"


def _date_of(column: Column) -> str:
    """The struct of a fuzzy date, made once and read twice."""
    raw = quoted(raw_name(column))
    return f"fuzzy_date(half_width({raw}), getvariable('as_of')) as {_dated(column)}"


def _dated(column: Column) -> str:
    return quoted(f"_date_{column.name}")


def _tidied(column: Column) -> str:
    name = column.name if column.type is Type.TEXT else raw_name(column)
    return f"tidy({quoted(column.source)}) as {quoted(name)}"


def _typed(column: Column) -> Iterator[str]:
    name, raw = quoted(column.name), quoted(raw_name(column))
    if column.type is Type.TEXT:
        yield name
        return
    if column.fuzzy:
        yield f"{_dated(column)}.day as {name}"
        yield f"{_dated(column)}.precision as {quoted(column.name + '_precision')}"
        yield f"{raw} as {quoted(column.name + '_text')}"
    elif column.type is Type.CODE:
        yield f"{_code(column, raw)} as {name}"
    else:
        yield f"{_PLAIN[column.type].format(raw)} as {name}"
    yield raw


def _code(column: Column, raw: str) -> str:
    """The department's value through its map, else a listed code; an open list keeps others."""
    listed = CODE_LISTS[column.code_list] if column.code_list else None
    codes = {**{code: code for code in (listed.codes if listed else ())}, **column.code_map}
    arms = " ".join(f"when {literal(value)} then {literal(code)}" for value, code in codes.items())
    otherwise = raw if listed is None or listed.open_ended else "null"
    return f"case {raw} {arms} else {otherwise} end" if arms else otherwise
