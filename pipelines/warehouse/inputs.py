"""What each table was built from, so that a table none of whose inputs changed is left alone.

    files of lake tables, SQL, parameters -> InputCache -> <lake>/warehouse_inputs.json

A table's state is the names of its files: upkeep commits versions that change none. Of the inputs
from other zones it keeps the version too, by which changes.py finds what has changed since.
A cache, not data: without it every table is built again and found the same. Needs no secrets.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from foundation.lake import Lake
from pipelines.warehouse.models import Model, lake_inputs, ordered
from schemas.derive import table_schema

_FILE = "warehouse_inputs.json"
_DATE = "parameter.as_of"
_FORMAT = 3


@dataclass(frozen=True)
class Built:
    """How a table was left: fingerprints of its SQL, of its inputs and of itself, and its rows."""

    recipe: str
    inputs: str
    state: str
    rows: int


@dataclass
class _Known:
    format: int = _FORMAT
    tables: dict[str, Built] = field(default_factory=dict)
    roots: dict[str, tuple[int, str]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)


class InputCache:
    """What the last build knew. ``parameters``: fingerprint by ``parameter.name``."""

    def __init__(self, lake: Lake, parameters: Mapping[str, str]) -> None:
        self._lake, self._parameters = lake, parameters
        self._path = lake.root / _FILE
        self._models = {model.name: model for model in ordered()}
        self._known = self._load()
        self._dirty = False
        self._states: dict[str, str] = {}
        self._recipes: dict[str, str] = {}
        self.moved = [name for name in lake_inputs() if self._has_moved(name)]

    def is_current(self, model: Model) -> bool:
        """Whether the table is as the last build left it, and was built from just these inputs."""
        last = self._known.tables.get(model.name)
        return self.is_kept(model) and last is not None and last.inputs == self._inputs(model)

    def is_kept(self, model: Model) -> bool:
        """Whether the table is as the last build left it, and its SQL and parameters too."""
        last = self._known.tables.get(model.name)
        now = self.state(model.name)
        return last is not None and now == last.state and last.recipe == self._recipe(model)

    def rows(self, model: Model) -> int:
        """How many rows the last build left."""
        return self._known.tables[model.name].rows

    def version(self, root: str) -> int | None:
        """The version of an input from another zone that the last build read."""
        known = self._known.roots.get(root)
        return known[0] if known and known[0] >= 0 else None

    def remember(self, model: Model, rows: int) -> None:
        """Note what the table was just built from, and how it stands now."""
        self._states.pop(model.name, None)
        recipe, inputs = self._recipe(model), self._inputs(model)
        self._known.tables[model.name] = Built(recipe, inputs, self.state(model.name), rows)
        self._dirty = True

    def is_held(self, stage: Model, table: Model) -> bool:
        """Whether the table still holds what the stage yielded, and no input of it has changed."""
        return self._known.held.get(stage.name) == self._held(stage, table)

    def is_held_but_for_inputs(self, stage: Model, table: Model) -> bool:
        """Whether only what the stage reads has changed since the table held what it yielded, be it
        the business date of a stage that says when its rows are due."""
        then = self._known.held.get(stage.name, "").split()
        now = self._held(stage, table).split()
        is_same = bool(then) and (then[0], then[-1]) == (now[0], now[-1])
        return is_same and (bool(stage.due) or then[1] == now[1])

    @property
    def days(self) -> list[str]:
        """The business dates, in order, of what is held of stages with due rows, and today's."""
        held = (self._known.held.get(m.name, "").split() for m in self._models.values() if m.due)
        return sorted({words[1] for words in held if words} | {self._parameters[_DATE]})

    def hold(self, stage: Model, table: Model) -> None:
        """Note that the table, as it stands now, holds what the stage yields."""
        self._known.held[stage.name] = self._held(stage, table)
        self._dirty = True

    def release(self, stage: Model) -> None:
        """Note that what the table holds of the stage is older than its other rows."""
        self._known.held.pop(stage.name, None)
        self._dirty = True

    def _held(self, stage: Model, table: Model) -> str:
        recipe, day = self._recipe(stage), "-"
        if stage.due:
            recipe, day = self._recipe_of(stage, but=_DATE), self._parameters[_DATE]
        return f"{recipe} {day} {self._inputs(stage)} {self.state(table.name)}"

    def save(self) -> None:
        """Write the file, if anything was built or an input was written anew."""
        if not (self._dirty or self.moved):
            return
        self._known.roots = {
            name: (self._version(name), self.state(name)) for name in lake_inputs()
        }
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(asdict(self._known), indent=0, sort_keys=True), "utf-8")
        aside.replace(self._path)

    def state(self, name: str) -> str:
        """A fingerprint of a lake table's files, or ``none``."""
        if name not in self._states:
            table = self._lake.table(*name.split("."))
            files = (
                sorted(path.rpartition("/")[2] for path in table.files()) if table.exists else ()
            )
            self._states[name] = _digest(files) if table.exists else "none"
        return self._states[name]

    def _version(self, name: str) -> int:
        table = self._lake.table(*name.split("."))
        return table.version if table.exists else -1

    def _has_moved(self, name: str) -> bool:
        known = self._known.roots.get(name)
        return known is None or known[1] != self.state(name)

    def _load(self) -> _Known:
        try:
            loaded = json.loads(self._path.read_text(encoding="utf-8"))
            tables = {name: Built(**built) for name, built in loaded["tables"].items()}
            roots = {name: (int(pair[0]), str(pair[1])) for name, pair in loaded["roots"].items()}
            known = _Known(loaded["format"], tables, roots, dict(loaded["held"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return _Known()
        return known if known.format == _FORMAT else _Known()

    def _recipe(self, model: Model) -> str:
        """Of the SQL and parameters of the model and of every model before it."""
        if model.name not in self._recipes:
            self._recipes[model.name] = self._recipe_of(model)
        return self._recipes[model.name]

    def _recipe_of(self, model: Model, but: str = "") -> str:
        """The same; ``but``: a parameter that the model itself may read otherwise."""
        shape = str(table_schema(model.table)) if model.table else ""
        before = [self._recipe(self._models[n]) for n in model.inputs if n in self._models]
        given = [self._parameters[n] for n in model.inputs if n in self._parameters and n != but]
        return _digest([model.sql, shape, *before, *given])

    def _inputs(self, model: Model) -> str:
        return _digest(self._input(name) for name in model.inputs)

    def _input(self, name: str) -> str:
        if name in self._parameters:
            return ""
        stage = name.startswith("stage.")
        return f"{name}={self._inputs(self._models[name]) if stage else self.state(name)}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
