"""A resident is erased from a living hub: nothing is left in any byte, nobody else is touched."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from killed import Killed, killed_at
from living_hub import LivingHub

from foundation.engine import quote, run
from foundation.home import Home
from pipelines.erasure import server
from pipelines.erasure.journal import pending
from pipelines.erasure.run import erase, resume
from pipelines.hub import Hub
from pipelines.identity.state import attach_identity
from sandbox.build import build_county
from sandbox.serve import serve
from schemas import FEEDS
from schemas.model import Type

pytestmark = pytest.mark.timeout(1800)  # two syncs and two erasures, in the first test's set-up
ORDER = ("--order", "PIPL-2026-001", "--reason", "本人申请", "--by", "李主任")
_SAID = """
with own as (
  select m.*, c.resident_id from identity.mention as m
  join identity.crosswalk as c using (mention_id))
select distinct unnest([name_text, name, id_text, number, phone, address, person_no]) as said
from own where resident_id {} $id
"""
# Two of the register who have a number and a telephone: those whom most feeds know.
_KNOWN = """
select c.resident_id from identity.crosswalk as c join identity.mention as m using (mention_id)
group by c.resident_id
having count(m.phone) > 0 and count(distinct m.number) = 1 and bool_or(c.feed = 'resident_register')
order by count(distinct c.feed) desc, min(m.number) limit 2
"""
_OTHERS = {
    "identifier": "select * from warehouse.identifier where resident_id <> all(%s)",
    "resident_name": "select * from warehouse.resident_name where resident_id <> all(%s)",
    "resident": """select resident_id, name, sex, birth_date, id_no, phone, living_dwelling_id
        from warehouse.resident where resident_id <> all(%s)""",
    "crosswalk": """select department, feed, record_key, slot, resident_id
        from warehouse.crosswalk where resident_id <> all(%s)""",
    "residency": """select resident_id, dwelling_id, residency_role, department, feed
        from warehouse.residency where resident_id <> all(%s)""",
}


@dataclass
class Erased:
    """A hub of which two residents were erased: one by command, one killed and resumed."""

    hub: LivingHub
    ids: list[str]
    needles: set[str]
    dry: dict[str, Any]
    certificate: dict[str, Any]
    others_before: dict[str, set[Any]]
    others_after: dict[str, set[Any]]
    night: dict[str, Any]
    kills: list[bool] = field(default_factory=list)


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erased]:
    base = tmp_path_factory.mktemp("erased")
    build_county(300, 11, base / "county", days=2, as_of=date(2026, 6, 30))
    served = serve(base / "county", state=base / "state", drop=base / "drop", mariadb_url="")
    hub = LivingHub(Home(base / "home"), base / "county", served)
    hub.home.lake  # noqa: B018 - makes the home
    hub.configure()
    try:
        yield _erased(hub)
    finally:
        hub.postgres.remove()
        served.stop(purge=True)


def _erased(hub: LivingHub) -> Erased:
    assert hub.sync()["success"]
    assert hub.run("export").code == 0
    ids, needles = _people(hub)
    before = _others(hub, ids)
    dry = hub.run("erase", ids[0], "--dry-run", "--json")
    assert dry.code == 0, dry.err
    done = hub.run("erase", ids[0], *ORDER, "--json")
    kills = _killed(hub, ids[1])
    night = hub.sync("--full")
    return Erased(hub, ids, needles, dry.json, done.json, before, _others(hub, ids), night, kills)


def _people(hub: LivingHub) -> tuple[list[str], set[str]]:
    """Two residents, and what is said of them and of nobody else, be it as a part of more."""
    opened = Hub.open(hub.home, date.fromisoformat(hub.day))
    with opened.connect() as con:
        attach_identity(con, opened.lake, "mention", "crosswalk")
        ids = [one for (one,) in run(con, _KNOWN)]
        own = {said for one in ids for (said,) in run(con, _SAID.format("="), {"id": one}) if said}
        rest = f"{_SAID.format('<>')} and resident_id <> $other"
        others = {s for (s,) in run(con, rest, {"id": ids[0], "other": ids[1]}) if s}
        elsewhere = "\n".join([*others, *_said_of_no_person(con, opened)])
    return ids, {said for said in own if len(said) > 2 and said not in elsewhere}


def _said_of_no_person(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[str]:
    """Every text of the feeds that mention nobody: houses, streets, where a camera stands."""
    for feed in FEEDS.values():
        table = hub.lake.table("conformed", feed.table)
        texts = [quote(column.name) for column in feed.columns if column.type is Type.TEXT]
        if texts and not feed.mentions and table.exists:
            said = f"select distinct unnest([{', '.join(texts)}]) from ({table.select(con)})"
            yield from (text for (text,) in run(con, said) if text)


def _others(hub: LivingHub, ids: list[str]) -> dict[str, set[Any]]:
    with psycopg.connect(hub.postgres.url) as connection:
        return {
            name: set(map(str, connection.execute(query, [ids]).fetchall()))
            for name, query in _OTHERS.items()
        }


def _killed(hub: LivingHub, resident_id: str) -> list[bool]:
    """Kill an erasure at its first commits, in its middle and before its end; whether it waited."""
    opened = replace(Hub.open(hub.home), as_of=date.fromisoformat(hub.day))
    waited = []
    with hub.home.lock():
        with killed_at(2, after=True):
            erase(opened, resident_id, "PIPL-2026-002", "本人申请", "李主任")
        waited.append(pending(hub.home) is not None)
        for commit, after in ((7, False),):
            with killed_at(commit, after):
                resume(opened)
            waited.append(pending(hub.home) is not None)
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            patch.setattr(server, "rewrite", _die)
            resume(opened)
        waited.append(pending(hub.home) is not None)
    return waited


def _die(*_: Any) -> bool:
    raise Killed


def test_a_dry_run_counts_and_names_nothing(erased: Erased) -> None:
    text = json.dumps(erased.dry, ensure_ascii=False)
    assert not [said for said in erased.needles if said in text and said not in erased.ids]
    places = erased.dry["places"]
    assert places["raw.public_security_resident_register"] >= 1
    assert places["postgresql/resident"] == 1 and places["files/postgresql"] >= 1


def test_no_byte_of_the_home_names_the_erased(erased: Erased) -> None:
    """Parquet and workbooks opened; the database's pages, statistics and WAL as they lie there."""
    assert len(erased.needles) >= 8
    forms = {said: {said.encode(), said.encode("gb18030"), said.encode("unicode_escape")}
             for said in erased.needles}  # fmt: skip
    left = {
        (str(place), kind)
        for place, content in _everything(erased.hub)
        for kind, said in enumerate(sorted(forms))
        if any(form in content for form in forms[said])
    }
    assert not left  # the values themselves are not shown: a test's report is a log, too


def _everything(hub: LivingHub) -> Iterator[tuple[Path, bytes]]:
    con = duckdb.connect()
    for root in (hub.home.path, hub.postgres.data.parent):
        for path in root.rglob("*"):
            if path.is_file() and ".secrets" not in path.parts:
                yield path.relative_to(root), _content(con, path)


def _content(con: duckdb.DuckDBPyConnection, path: Path) -> bytes:
    if path.suffix == ".parquet" and "_delta_log" not in path.parts:
        rows = con.execute("from read_parquet($1, hive_partitioning = false)", [str(path)])
        return path.read_bytes() + str(rows.fetchall()).encode()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return b"".join(book.read(name) for name in book.namelist())
    if path.name == "warehouse.duckdb":
        con.execute(f"attach '{path}' as looked_at (read_only)")
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'looked_at'"
        ).fetchall()
        said = [str(con.execute(f"from looked_at.{name}").fetchall()) for (name,) in names]
        con.execute("detach looked_at")
        return "\n".join(said).encode()
    return path.read_bytes()


def test_the_next_night_counts_the_erased_and_brings_nobody_back(erased: Erased) -> None:
    assert erased.night["success"], erased.night["failure"]
    rows = erased.night["feeds"]
    for row in rows:
        stored = row["known"] + row["conformed"] + row["quarantined"]
        assert row["delivered"] == stored + row["suppressed"], row["feed"]
    assert sum(row["suppressed"] for row in rows) >= 2
    with psycopg.connect(erased.hub.postgres.url) as connection:
        query = "select count(*) from warehouse.resident where resident_id = any(%s)"
        assert connection.execute(query, [erased.ids]).fetchall() == [(0,)]


def test_nobody_else_is_changed(erased: Erased) -> None:
    for name, rows in erased.others_before.items():
        assert len(rows ^ erased.others_after[name]) == 0, name


def test_a_killed_erasure_waits_and_the_next_sync_does_it_to_its_end(erased: Erased) -> None:
    assert erased.kills == [True] * 3
    assert pending(erased.hub.home) is None
    done = erased.hub.run("erase", erased.ids[1], "--verify", "--json")
    assert done.code == 0, done.out + done.err
    assert not done.json["left"] and not done.json["faults"]


def test_the_certificate_is_sealed_in_the_audit_log_and_says_what_was_where(
    erased: Erased,
) -> None:
    said = erased.certificate
    assert said["left"] == 0
    assert said["places"]["postgresql/resident"] == [1, 0]
    assert said["places"]["raw.public_security_resident_register"][0] >= 1
    with psycopg.connect(erased.hub.postgres.url) as connection:
        log = connection.execute(
            "select action, scope, resident_ids from access.log where action like 'erase%'"
        ).fetchall()
    assert ("erase", "order:PIPL-2026-001", [erased.ids[0]]) in log
    assert ("erased", f"certificate:{said['seal']['sha256']}", [erased.ids[0]]) in log
    assert erased.hub.run("audit", "verify").code == 0
    changed = Path(said["certificate"]).with_name("forged.json")
    changed.write_text(json.dumps(said | {"done_at": "2020-01-01"}), encoding="utf-8")
    forged = erased.hub.run("erase", str(changed), "--verify", "--json")
    changed.unlink()
    assert forged.code == 1 and len(forged.json["faults"]) == 2


def test_without_an_order_or_with_a_number_in_it_nothing_is_erased(erased: Erased) -> None:
    for words in (ORDER[2:], ("--order", "11010519491231002X", *ORDER[2:])):
        done = erased.hub.run("erase", "R0", *words)
        assert done.code == 1 and "Nothing was erased" in done.err


def test_where_the_log_cannot_be_written_nothing_is_erased(erased: Erased) -> None:
    hub, files = erased.hub, erased.hub.home.path / "erasure" / "suppressed.json"
    with psycopg.connect(hub.postgres.url) as connection:
        [(other,)] = connection.execute(
            "select min(resident_id) from warehouse.resident"
        ).fetchall()
        connection.execute("lock table access.log in share row exclusive mode")
        lake, listed = hub.lake_state(), files.read_text()
        done = hub.run("erase", other, *ORDER)
        assert done.code == 1 and "Nothing was erased" in done.err, done.err
    assert (hub.lake_state(), files.read_text()) == (lake, listed)
    assert pending(hub.home) is None


def test_a_rebuild_afterwards_ends_in_the_same_tables(erased: Erased) -> None:
    assert erased.hub.sync("--rebuild")["success"]
    after = _others(erased.hub, erased.ids)
    assert after == erased.others_after
