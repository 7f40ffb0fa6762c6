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
# Over the text in half width, or, of a date, over what known_date made of it.
_PLAIN = {
    Type.INTEGER: "to_whole({})",
    Type.DECIMAL: "to_real({})",
    Type.BOOLEAN: "to_flag({})",
    Type.DATE: "to_day({})",
    Type.MONTH: "to_month({})",
    Type.TIMESTAMP: "to_instant({})",
}


def raw_name(column: Column) -> str:
    """The column of `candidate` with the delivered text of a column that is not text."""
    return f"raw_{column.name}"


def projection(feed: Feed, relation: str) -> str:
    """``SELECT`` that makes `candidate` of raw rows; variable ``as_of`` is the business date.

    Text loses its outer blanks, and empty text is null. A value that cannot be converted is
    null while its ``raw_`` text is not: that is what rules count.
    """
    # A step for each conversion that later ones read many times: a macro copies its argument, and
    # planning one nested projection took longer than the few rows of a night.
    tidied = ", ".join(_tidied(column) for column in feed.columns)
    half = "".join(f", half_width({_raw(c)}) as {_half(c)}" for c in feed.columns if _is_parsed(c))
    dates = [column for column in feed.columns if _is_date(column)]
    said = "".join(f", said_date({_half(c)}, getvariable('as_of')) as {_said(c)}" for c in dates)
    dated = "".join(f", known_date({_said(c)}) as {_date(c)}" for c in dates)
    typed = ", ".join(part for column in feed.columns for part in _typed(column))
    identity = ", ".join(ROW_IDENTITY)
    source = f"(select {tidied}, {identity} from {relation})"
    for step in (half, said, dated):
        source = f"(select *{step} from {source})" if step else source
    return f"select {typed}, {identity} from {source}"


def _raw(column: Column) -> str:
    return quoted(raw_name(column))


def _half(column: Column) -> str:
    return quoted(f"_half_{column.name}")


def _said(column: Column) -> str:
    return quoted(f"_said_{column.name}")


def _date(column: Column) -> str:
    return quoted(f"_date_{column.name}")


def _is_date(column: Column) -> bool:
    return column.fuzzy or column.type is Type.DATE


def _is_parsed(column: Column) -> bool:
    return column.fuzzy or column.type in _PLAIN


def _tidied(column: Column) -> str:
    name = column.name if column.type is Type.TEXT else raw_name(column)
    return f"tidy({quoted(column.source)}) as {quoted(name)}"


def _typed(column: Column) -> Iterator[str]:
    name, raw = quoted(column.name), _raw(column)
    if column.type is Type.TEXT:
        yield name
        return
    if column.fuzzy:
        yield f"{_date(column)}.day as {name}"
        yield f"{_date(column)}.precision as {quoted(column.name + '_precision')}"
        yield f"{raw} as {quoted(column.name + '_text')}"
    else:
        yield f"{_converted(column)} as {name}"
    yield raw


def _converted(column: Column) -> str:
    if column.type is Type.CODE:
        return _code(column, _raw(column))
    if column.type is Type.TEXT_LIST:
        return f"to_list({_raw(column)})"
    return _PLAIN[column.type].format(_date(column) if _is_date(column) else _half(column))


def _code(column: Column, raw: str) -> str:
    """The department's value through its map, else a listed code; an open list keeps others."""
    listed = CODE_LISTS[column.code_list] if column.code_list else None
    codes = {**{code: code for code in (listed.codes if listed else ())}, **column.code_map}
    arms = " ".join(f"when {literal(value)} then {literal(code)}" for value, code in codes.items())
    otherwise = raw if listed is None or listed.open_ended else "null"
    return f"case {raw} {arms} else {otherwise} end" if arms else otherwise
