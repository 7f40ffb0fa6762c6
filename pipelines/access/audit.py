"""The audit log: whether its chain holds, who looked at a person, its head copied outside.

    access.log -> verify, looks_at -> rows      access.log -> copy_head -> home/audit/heads.jsonl

The owner of the database can rewrite the chain whole; the heads outside of it show that.
Secrets: the password in the url.
"""

import json
import os
from pathlib import Path
from typing import Any

from foundation.clock import utc_now
from foundation.errors import WarehouseError
from foundation.home import Home
from pipelines.access.server import owner

_HEAD = "select seq, encode(hash, 'hex') as hash from access.log order by seq desc limit 1"
# Whoever was looked at under an id that was later merged into this one was this person too.
_LOOKS = """with recursive known (resident_id) as (
        select %s::text
        union
        select l.old_resident_id
        from warehouse.resident_lineage as l
        join known as k on k.resident_id = l.new_resident_id
    )
    select l.seq, l.happened_at, l.login, l.role, l.action, l.purpose, l.scope
    from access.log as l
    where l.resident_ids && array(select resident_id from known)
    order by l.seq"""


def copy_head(home: Home, url: str) -> None:
    """Append the chain's newest entry (seq, hash) to the heads, unless it stands there already."""
    with owner(url, "the audit's head was not copied; what is published stays") as connection:
        head = connection.execute(_HEAD).fetchone()
    path = _heads(home)
    known = _read(path)
    if head is None or (known and (known[-1]["seq"], known[-1]["hash"]) == tuple(head.values())):
        return
    line = json.dumps(head | {"at": utc_now().isoformat(timespec="seconds")}) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def verify(home: Home, url: str) -> list[dict[str, Any]]:
    """What is wrong with the log: dicts of seq and fault; empty if the chain holds and every head
    that was copied is in it."""
    heads = _read(_heads(home))
    with owner(url, "nothing was verified") as connection:
        faults = connection.execute("select seq, fault from access.verify_audit()").fetchall()
        seqs = [head["seq"] for head in heads]
        there = connection.execute(
            "select seq, encode(hash, 'hex') as hash from access.log where seq = any(%s)", [seqs]
        ).fetchall()
    hashes = {row["seq"]: row["hash"] for row in there}
    return faults + [
        {"seq": head["seq"], "fault": "is not the entry whose hash was copied outside"}
        for head in heads
        if hashes.get(head["seq"]) != head["hash"]
    ]


def looks_at(url: str, resident_id: str) -> list[dict[str, Any]]:
    """Every entry that opened this resident's data, also under ids that were merged into this one:
    seq, happened_at, login, role, action, purpose, scope; the oldest first."""
    with owner(url, "nothing was read") as connection:
        return connection.execute(_LOOKS, [resident_id]).fetchall()


def _heads(home: Home) -> Path:
    return home.audit / "heads.jsonl"


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    except FileNotFoundError:
        return []
    except ValueError:
        raise WarehouseError(
            str(path),
            "a line of it is not as the hub writes them",
            "nothing was verified, and no head was added",
            "put the file back from its copy; the log itself is in the database",
        ) from None
