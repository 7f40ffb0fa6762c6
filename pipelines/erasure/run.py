"""Erase a person everywhere: on record first, to the end whatever happens, with a proof.

    plan -> audit log -> journal -> list of the erased -> records -> identity -> warehouse
         -> PostgreSQL -> feedback, open files, alerts -> old files, pages, WAL -> searched again
         -> certificate

Each step finds what is left of its work, so one that was killed is simply run again: by
`hub erase --resume`, or by whoever writes next, before anything is published. The caller holds the
home's lock. Secrets: the suppression key, the warehouse's url.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.clock import utc_now
from foundation.engine import register
from foundation.errors import HubError
from pipelines.conform.run import conform_feed
from pipelines.conform.standing import standing
from pipelines.erasure import derived, server
from pipelines.erasure.certificate import certificates, certify
from pipelines.erasure.journal import Journal, Order, end, pending
from pipelines.erasure.match import attach_matching
from pipelines.erasure.person import find_identifiers, resident_ids
from pipelines.erasure.records import erase_records
from pipelines.erasure.runs import erase_runs
from pipelines.erasure.search import search
from pipelines.erasure.suppressed import KINDS, Entry, Suppressed, keep, prepared
from pipelines.feedback.run import give_back
from pipelines.hub import Hub
from pipelines.publish.open_files import MANIFEST, write_open_files
from pipelines.publish.run import publish_night
from pipelines.resolve import resolve_all
from pipelines.unfinished import unfinished
from pipelines.warehouse.run import build
from schemas import FEEDS


@dataclass(frozen=True)
class Plan:
    """Whom an erasure would reach. ids: the asked one first. listed: the list of the erased with
    this person on it. identifiers: how many of each kind. found: rows, files and bytes by place."""

    ids: tuple[str, ...]
    listed: Suppressed
    identifiers: dict[str, int]
    found: dict[str, int]
    person_nos: tuple[str, ...] = ()


def plan(hub: Hub, resident_id: str) -> Plan:
    """What is there of a resident, in counts; writes nothing but, at first, the suppression key.

    Raises ConfigError if the hub knows no such resident.
    """
    con = hub.connect()
    try:
        ids = _erased_before(hub, resident_id) or resident_ids(con, hub, resident_id)
        listed = prepared(hub.home)
        attach_matching(con, listed)
        said = find_identifiers(con, hub, ids)
    finally:
        con.close()
    identifiers = {kind: sum(k == kind for k, _ in said) for kind in KINDS}
    alone = Suppressed(frozenset(), listed.keys).with_said(said)
    listed = Suppressed(listed.entries | alone.entries, listed.keys)
    ordered = (resident_id, *(one for one in ids if one != resident_id))
    person_nos = tuple(text for kind, text in said if kind == "person_no")
    found = search(hub, alone, ids, hub.warehouse_url())
    return Plan(ordered, listed, identifiers, found, person_nos)


def _erased_before(hub: Hub, resident_id: str) -> tuple[str, ...]:
    """Whom a certificate names: erased again after a backup was restored, be it of a part."""
    found = [one["residents"] for one in certificates(hub.home) if resident_id in one["residents"]]
    return tuple(found[-1]) if found else ()


def erase(hub: Hub, resident_id: str, order: str, reason: str, by: str) -> Path:
    """Erase a resident; returns the certificate's path. Raises HubError where nothing was deleted
    (no such resident, the audit log cannot be written), or where the next run goes on."""
    _refuse_half_a_night(hub)
    resume(hub)
    ready = plan(hub, resident_id)
    asked = Order(ready.ids, order, reason, by)
    url = hub.warehouse_url()
    seq = server.note(url, "erase", asked, f"order:{order}")
    began = utc_now().isoformat(timespec="seconds")
    entries = tuple((e.key_id, e.kind, e.digest) for e in sorted(ready.listed.entries))
    facts = (ready.found, ready.identifiers, entries, ready.person_nos)
    Journal(asked, seq, began, *facts).write(hub.home)
    return _to_the_end(hub)


def resume(hub: Hub) -> Path | None:
    """Do an erasure to its end that began and was killed; None if there is none."""
    return _to_the_end(hub) if pending(hub.home) else None


def _refuse_half_a_night(hub: Hub) -> None:
    night = unfinished(hub.home)
    if night:
        raise HubError(
            "hub erase",
            f"the night that began at {night.since} was not published",
            "nothing was erased",
            "run `hub sync`, which does what is left of it, then erase",
        )


def _to_the_end(hub: Hub) -> Path:
    journal = pending(hub.home)
    assert journal is not None, "an erasure is resumed only if there is one"
    snapshot = hub.lake.snapshot()
    if snapshot and snapshot.note:  # what is published stays of its own night
        hub = replace(hub, as_of=date.fromisoformat(snapshot.note))
    url, ids = hub.warehouse_url(), list(journal.order.ids)
    before = prepared(hub.home)
    listed = Suppressed(before.entries | {Entry(*e) for e in journal.entries}, before.keys)
    keep(hub.home, listed)
    con = hub.connect()
    try:
        attach_matching(con, listed)
        register(con, "erased_id", pa.table({"resident_id": pa.array(ids, pa.string())}))
        _from_records(con, hub)
        _from_derived(con, hub, url, ids)
    finally:
        con.close()
    _from_files(hub)
    erase_runs(hub.home, [*ids, *journal.person_nos])
    hub.lake.maintain(keep_hours=0)
    has_wal = server.rewrite(hub, url)
    after = search(hub, listed, ids, url)
    path = certify(hub, url, journal, after, has_wal)
    end(hub.home)
    return path


def _from_records(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """Out of raw, conformed and quarantine; what is left of shared records is judged again."""
    derived.erase_decisions(con, hub)
    for feed in FEEDS.values():
        erase_records(con, hub, feed)
        if standing(hub.lake, feed).is_behind:
            conform_feed(hub, feed)


def _from_derived(con: duckdb.DuckDBPyConnection, hub: Hub, url: str, ids: list[str]) -> None:
    resolve_all(hub)
    derived.erase_history(con, hub)
    derived.flatten(con, hub, "conformed", "quarantine", "identity")
    build(hub)
    derived.erase_ledgers(con, hub)
    if derived.flatten(con, hub, "warehouse"):
        build(hub)  # finds all as it is, and remembers the files that it lies in now
    publish_night(hub, upkeep=False)
    server.erase_ledgers(url, ids)
    derived.shorten_changes(con, hub)
    derived.erase_alerts(con, hub)
    last = hub.lake.snapshot()
    if last and last.versions != hub.lake.versions():
        hub.lake.commit_snapshot(last.number, last.note)


def _from_files(hub: Hub) -> None:
    """The departments get a new file where something of theirs was in it, and open files are made
    anew."""
    give_back(hub)
    folder = hub.home.path / "open"
    if (folder / MANIFEST).exists():
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        # Whole: their logs keep the least and greatest value of each column of every version.
        shutil.rmtree(folder / "delta", ignore_errors=True)
        write_open_files(hub, folder, sensitive="resident_tag" in said["tables"])
