"""A model from a file: Python that defines MODEL, or TOML with the same fields.

    shops.toml | shops.py -> LinkModel, or an error that names the place in the file

A Python model is a program and runs with your rights: load only what you would run. Needs no
secrets. Alone: ``load_model(Path("shops.toml"))``.
"""

import importlib.util
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from foundation.errors import ConfigError
from pipelines.link.builtin import BUILTIN
from pipelines.link.check import check_model
from pipelines.link.model import (
    Blocking,
    Column,
    Comparison,
    Constraint,
    Level,
    LinkModel,
    OneOf,
    OnePer,
    Strong,
    Survivor,
    Within,
)

_T = TypeVar("_T")
_CONSTRAINTS: dict[str, type[OneOf | Within | OnePer]] = {
    "one_of": OneOf,
    "within": Within,
    "one_per": OnePer,
}
_TUPLES = (
    "columns",
    "contradicted_by",
    "values",
    "order",
    "thresholds",
    "sizes",
    "m",
    "u",
    "learn_from",
)


def load_model(file: Path) -> LinkModel:
    """The model of a .toml or .py file; raises ConfigError that names the place."""
    if not file.is_file():
        raise wrong(str(file), "there is no such file", "name a .toml or .py model file")
    model = _from_toml(file) if file.suffix == ".toml" else _from_python(file)
    check_model(model, str(file))
    return model


def wrong(where: str, what: str, remedy: str) -> ConfigError:
    """An error in a model."""
    return ConfigError(where, what, "nothing was linked", remedy)


def _from_python(file: Path) -> LinkModel:
    spec = importlib.util.spec_from_file_location(f"link_model_{file.stem}", file)
    if file.suffix != ".py" or spec is None or spec.loader is None:
        raise wrong(str(file), "a model is a .toml or .py file", "rename it")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = getattr(error, "lineno", None) or _line_in(file, error)
        what = f"{type(error).__name__}: {error}"
        raise wrong(f"{file}:{line}" if line else str(file), what, "mend the file") from None
    model = getattr(module, "MODEL", None)
    if not isinstance(model, LinkModel):
        raise wrong(str(file), "it defines no MODEL of type LinkModel", "see docs/link.md")
    return model


def _line_in(file: Path, error: BaseException) -> int | None:
    """The last line of the model file on the way to the error."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _from_toml(file: Path) -> LinkModel:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise wrong(str(file), f"it is not TOML: {error}", "mend the file") from None
    place = f"{file}: "
    parts: dict[str, Any] = {
        "columns": _columns(said.pop("columns", {}), f"{place}columns"),
        "strong": _each(said, "strong", place, lambda one, at: _make(Strong, one, at)),
        "comparisons": _each(said, "comparisons", place, _comparison),
        "blocking": _each(said, "blocking", place, lambda one, at: _make(Blocking, one, at)),
        "constraints": _each(said, "constraints", place, _constraint),
        "survivorship": _survivors(said.pop("survivorship", {}), f"{place}survivorship"),
        "needs": tuple(tuple(group) for group in said.pop("needs", ())),
        "em_blocks": tuple(tuple(block) for block in said.pop("em_blocks", ())),
        "key": tuple(said.pop("key", ())),
    }
    return _make(LinkModel, {**said, **parts}, str(file))


def _each(
    said: dict[str, Any], name: str, place: str, make: Callable[[dict[str, Any], str], _T]
) -> tuple[_T, ...]:
    given = said.pop(name, [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong(place + name, "it is not a list of tables", f"write [[{name}]]")
    return tuple(make(dict(one), f"{place}{name}[{i}]") for i, one in enumerate(given, 1))


def _columns(said: Mapping[str, Any], place: str) -> tuple[Column, ...]:
    made = []
    for name, value in said.items():
        given = {"sql": value} if isinstance(value, str) else dict(value)
        made.append(_make(Column, {"name": name, **given}, f"{place}.{name}"))
    return tuple(made)


def _survivors(said: Mapping[str, Any], place: str) -> tuple[Survivor, ...]:
    made = []
    for name, value in said.items():
        given = {"keep": value} if isinstance(value, str) else dict(value)
        made.append(_make(Survivor, {"column": name, **given}, f"{place}.{name}"))
    return tuple(made)


def _constraint(said: dict[str, Any], place: str) -> Constraint:
    kind = said.pop("kind", None)
    if kind not in _CONSTRAINTS:
        known = ", ".join(_CONSTRAINTS)
        raise wrong(f"{place}.kind", f"{kind!r} is no kind of constraint", f"write one of {known}")
    return _make(_CONSTRAINTS[kind], said, place)


def _comparison(said: dict[str, Any], place: str) -> Comparison:
    kind = said.pop("kind", None)
    if kind is not None:
        return _builtin(kind, said, place)
    levels = said.pop("levels", [])
    made = tuple(_make(Level, one, f"{place}.levels[{i}]") for i, one in enumerate(levels, 1))
    otherwise = {"name": "different", "sql": "true", **said.pop("otherwise", {})}
    rest = {**said, "levels": made, "otherwise": _make(Level, otherwise, f"{place}.otherwise")}
    return _make(Comparison, rest, place)


def _builtin(kind: str, said: dict[str, Any], place: str) -> Comparison:
    if kind not in BUILTIN:
        known = ", ".join(BUILTIN)
        raise wrong(f"{place}.kind", f"{kind!r} is no comparison", f"write one of {known}")
    column = said.pop("column", None)
    if not isinstance(column, str):
        raise wrong(f"{place}.column", "it names no column", "name the column to compare")
    try:
        return BUILTIN[kind](column, **said)
    except (TypeError, ValueError) as error:
        raise wrong(place, str(error), "see docs/link.md for the options") from None


def _make(kind: type[_T], said: Mapping[str, Any], place: str) -> _T:
    """A declaration of plain values; raises for a field that it has not or lacks."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in said:
        if name not in known:
            raise wrong(f"{place}.{name}", "there is no such setting", f"known: {', '.join(known)}")
    for name, field in known.items():
        if name not in said and field.default is MISSING and field.default_factory is MISSING:
            raise wrong(place, f"{name} is missing", f"add {name}")
    return kind(**{name: _frozen(name, value) for name, value in said.items()})


def _frozen(name: str, value: Any) -> Any:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if name in _TUPLES and isinstance(value, str):
        return (value,)
    return tuple(value) if is_list else value
