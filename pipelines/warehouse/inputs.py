"""What each table was built from, so that a table none of whose inputs changed is left alone.

    versions of lake tables, SQL, parameters -> fingerprint -> <lake>/warehouse_inputs.json

A cache, not data: without it every table is built again and found the same. Needs no secrets.
"""

import hashlib
import json
from collections.abc import Mapping

from foundation.lake import Lake
from pipelines.warehouse.models import Model, ordered
from schemas.derive import table_schema

_FILE = "warehouse_inputs.json"


class InputCache:
    """Fingerprints of the last build. ``parameters``: fingerprint by ``parameter.name``."""

    def __init__(self, lake: Lake, parameters: Mapping[str, str]) -> None:
        self._lake, self._parameters = lake, parameters
        self._path = lake.root / _FILE
        self._models = {model.name: model for model in ordered()}
        self._known = self._load()
        self._dirty = False
        self._versions: dict[str, str] = {}

    def is_current(self, model: Model) -> bool:
        """Whether the table is as the last build left it, and was built from just these inputs."""
        exists = self._state(model.name) != "none"
        return exists and self._known.get(model.name) == self._fingerprint(model)

    def remember(self, model: Model) -> None:
        """Note what the table was just built from, and how it stands now."""
        self._versions.pop(model.name, None)
        self._known[model.name] = self._fingerprint(model)
        self._dirty = True

    def is_held(self, stage: Model, table: Model) -> bool:
        """Whether the table still holds what the stage yielded, and no input of it has changed."""
        return self._known.get(stage.name) == self._held(stage, table)

    def hold(self, stage: Model, table: Model) -> None:
        """Note that the table, as it stands now, holds what the stage yields."""
        self._known[stage.name] = self._held(stage, table)
        self._dirty = True

    def _held(self, stage: Model, table: Model) -> str:
        return f"{self._fingerprint(stage)}@{self._state(table.name)}"

    def save(self) -> None:
        """Write the file, if anything was built."""
        if not self._dirty:
            return
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(self._known, indent=0, sort_keys=True), encoding="utf-8")
        aside.replace(self._path)

    def _load(self) -> dict[str, str]:
        try:
            loaded = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) else {}

    def _fingerprint(self, model: Model) -> str:
        shape = str(table_schema(model.table)) if model.table else ""
        parts = [model.sql, shape, self._state(model.name) if model.table else ""]
        parts += [f"{name}={self._state(name)}" for name in model.inputs]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _state(self, name: str) -> str:
        if name in self._parameters:
            return self._parameters[name]
        if name.startswith("stage."):
            return self._fingerprint(self._models[name])
        if name not in self._versions:
            table = self._lake.table(*name.split("."))
            self._versions[name] = str(table.version) if table.exists else "none"
        return self._versions[name]
