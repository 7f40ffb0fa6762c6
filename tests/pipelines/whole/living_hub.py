"""A hub of its own over a small county: run its commands, look at what they left."""

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from foundation.home import Home
from foundation.lake import Lake
from foundation.postgres import EmbeddedPostgres
from pipelines.cli.main import main
from sandbox.advance import advance
from sandbox.serve import Served
from sandbox.toml import to_toml

Written = dict[str, set[tuple[str, str]]]


@dataclass
class Finished:
    """A command that ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class LivingHub:
    """One home, the county that delivers to it, and everything that its commands printed."""

    home: Home
    county: Path
    served: Served
    said: list[str] = field(default_factory=list)

    @property
    def day(self) -> str:
        return str(self.served.state.today)

    @property
    def postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.home.postgres)

    def configure(self, **departments: dict[str, Any]) -> None:
        """Write hub.toml as the county says, with some options of some departments replaced."""
        sections = self.served.sources()
        for name, options in departments.items():
            sections["departments"][name] |= options
        self.home.config_file.write_text(to_toml(sections), encoding="utf-8")
        self.home.config_file.chmod(0o600)

    def words(self, *arguments: str) -> list[str]:
        """The words of `hub ARGUMENTS` for this home, on the county's present day."""
        return ["--home", str(self.home.path), "--as-of", self.day, *arguments]

    def run(self, *arguments: str) -> Finished:
        """`hub ARGUMENTS` in this process, which has it loaded, on the county's present day."""
        out, err, code = StringIO(), StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("COLUMNS", "200")
            for name in ("HUB_HOME", "DAGSTER_HOME"):  # a command sets them for Dagster
                patch.setenv(name, "")
            try:
                main(self.words(*arguments))
            except SystemExit as left:
                code = int(left.code or 0)
        return self._finished(code, out.getvalue(), err.getvalue())

    def run_alone(self, *arguments: str) -> Finished:
        """`hub ARGUMENTS` in a process of its own, as cron runs it."""
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *self.words(*arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
            check=False,
        )
        return self._finished(done.returncode, done.stdout, done.stderr)

    def _finished(self, code: int, out: str, err: str) -> Finished:
        self.said += [out, err]
        return Finished(code, out, err)

    def sync(self, *options: str, is_alone: bool = False) -> dict[str, Any]:
        """`hub sync --json`, with its exit code as ``code``."""
        run = self.run_alone if is_alone else self.run
        done = run("sync", "--json", *options)
        assert done.out.startswith("{"), done.err
        outcome: dict[str, Any] = done.json
        return outcome | {"code": done.code, "by_feed": {r["feed"]: r for r in outcome["feeds"]}}

    def advance(self) -> None:
        advance(self.county, self.served.folder)

    def lake_state(self) -> dict[str, tuple[int, int]]:
        """Version and rows of every lake table."""
        tables = Lake(self.home.lake).tables()
        return {table.full_name: (table.version, table.num_rows) for table in tables}

    def written(self) -> Written:
        """Where every row of the warehouse lies and which transaction wrote it, by table."""
        with psycopg.connect(self.postgres.url) as connection:
            names = connection.execute(
                "select tablename from pg_tables where schemaname = 'warehouse' order by 1"
            ).fetchall()
            return {name: _written(connection, name) for (name,) in names}


@dataclass
class Night:
    """One sync: what it printed, and the tables before and after it."""

    hub: LivingHub
    day: str
    outcome: dict[str, Any]
    lake_before: dict[str, tuple[int, int]]
    lake_after: dict[str, tuple[int, int]]
    written_before: Written
    written_after: Written

    @property
    def feeds(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.outcome["by_feed"]
        return found

    def rewritten(self) -> dict[str, int]:
        """Rows of PostgreSQL written or removed in this night, of the tables that have any."""
        changed = {
            name: len(rows ^ self.written_before.get(name, set()))
            for name, rows in self.written_after.items()
        }
        return {name: rows for name, rows in changed.items() if rows}


def following(before: Night, *options: str, is_alone: bool = False) -> Night:
    """The night after ``before``, with nothing in between but what the caller did."""
    hub = before.hub
    day, outcome = hub.day, hub.sync(*options, is_alone=is_alone)
    return Night(
        hub, day, outcome, before.lake_after, hub.lake_state(), before.written_after, hub.written()
    )


def _written(connection: psycopg.Connection[Any], table: str) -> set[tuple[str, str]]:
    query = f'select ctid::text, xmin::text from warehouse."{table}"'
    return set(connection.execute(query).fetchall())
