"""How the warehouse stood when a build began, so that a killed build is taken back.

    versions of warehouse.* -> <lake>/warehouse_build.json -> build -> gone; if it stayed, restore

A build tells publishing what it changed in one commit, its last. One that was killed before that
has written tables of which nobody was told: the next takes them back first. Needs no secrets.
"""

import json
from pathlib import Path

from foundation.errors import LakeError
from foundation.lake import Lake

_FILE = "warehouse_build.json"


class Journal:
    """The note of one lake; it is there only while a build writes."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._path: Path = lake.root / _FILE
        self._unsure: list[str] = []

    def begin(self, number: int) -> None:
        """Note the version of every table before build `number` writes its first."""
        versions = {table.name: table.version for table in self._lake.tables("warehouse")}
        aside = self._path.with_suffix(".new")
        note = {"number": number, "versions": versions, "unsure": self._unsure}
        aside.write_text(json.dumps(note), "utf-8")
        aside.replace(self._path)

    def end(self) -> None:
        """The build is told: nothing is to be taken back."""
        self._path.unlink(missing_ok=True)

    def take_back(self, told: int) -> list[str]:
        """Restore what a build that came after `told`, the last that was told, had written.

        Returns the tables that cannot be as they were: they are to be published whole.
        """
        try:
            noted = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        if noted["number"] > told:
            versions: dict[str, int] = noted["versions"]
            tables = {table.name: table.version for table in self._lake.tables("warehouse")}
            moved = [name for name, version in tables.items() if version != versions.get(name)]
            lost = {name for name in moved if not self._restored(name, versions.get(name))}
            # If the build that makes good is killed too, the next still has these to tell.
            self._unsure = sorted(lost.union(noted["unsure"]))
        if not self._unsure:
            self.end()
        return self._unsure

    def _restored(self, name: str, version: int | None) -> bool:
        table = self._lake.table("warehouse", name)
        if version is None or not all(Path(path).exists() for path in table.files(version)):
            return False
        try:
            table.restore(version)
        except LakeError:
            return False
        return True
