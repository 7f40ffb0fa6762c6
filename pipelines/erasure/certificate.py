"""The proof of an erasure: what each place held before and holds now, sealed in the audit log.

    journal + search -> <home>/erasure/<number>.json, .txt -> its hash in access.log -> copied head

Counts and surrogates only. The hash in the log is of the certificate without its seal, so both can
be compared at any time: check(). Secrets: the password in the url.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from foundation.clock import utc_now
from foundation.errors import ConfigError
from foundation.home import Home, write_private
from pipelines.access.audit import copy_head
from pipelines.access.server import owner
from pipelines.erasure import server
from pipelines.erasure.journal import Journal
from pipelines.hub import Hub

ACTION = "erased"
_SEALED = "select seq, encode(hash, 'hex') as hash from access.log where action = %s and scope = %s"


def certify(hub: Hub, url: str, journal: Journal, after: Mapping[str, int], has_wal: bool) -> Path:
    """Write the certificate, its seal first; repeated after a kill, the first seal holds.

    Where something is left it says what.
    """
    target = hub.home.erasure / f"{journal.audit_seq}.json"
    said = _said(journal, after, has_wal)
    draft = target.with_suffix(".draft")
    if draft.exists():
        said = json.loads(draft.read_text(encoding="utf-8"))
    else:
        write_private(draft, _text(said))
    scope = f"certificate:{digest(said)}"
    if not _seal(url, scope):
        server.note(url, ACTION, journal.order, scope)
    [seal] = _seal(url, scope)[:1]
    write_private(target, _text(said | {"seal": seal | {"sha256": digest(said)}}))
    write_private(target.with_suffix(".txt"), in_words(said))
    copy_head(hub.home, url)
    draft.unlink(missing_ok=True)
    return target


def _said(journal: Journal, after: Mapping[str, int], has_wal: bool) -> dict[str, Any]:
    asked = journal.order
    places = sorted({*after, *(place for place, n in journal.before.items() if n)})
    return {
        "residents": list(asked.ids),
        "order": asked.order,
        "reason": asked.reason,
        "by": asked.by,
        "audit_seq": journal.audit_seq,
        "begun_at": journal.begun_at,
        "done_at": utc_now().isoformat(timespec="seconds"),
        "identifiers": journal.identifiers,
        "places": {p: [journal.before.get(p, 0), after.get(p, 0)] for p in places},
        "left": sum(after.values()),
        "wal": "rewritten" if has_wal else "of the server's administrator",
    }


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=1)


def digest(said: Mapping[str, Any]) -> str:
    """SHA-256 of a certificate without its seal, 64 hex digits."""
    own = {name: value for name, value in said.items() if name != "seal"}
    text = json.dumps(own, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def certificates(home: Home) -> list[dict[str, Any]]:
    """All that were written, the oldest first."""
    paths = sorted((home.path / "erasure").glob("*.json"), key=lambda path: path.stem.zfill(20))
    return [json.loads(p.read_text(encoding="utf-8")) for p in paths if p.stem.isdigit()]


def certificate_of(home: Home, named: str) -> dict[str, Any]:
    """The newest certificate of a resident id, or the one in a file. Raises ConfigError if there is
    none."""
    if named.endswith(".json") and Path(named).is_file():
        said: dict[str, Any] = json.loads(Path(named).read_text(encoding="utf-8"))
        return said
    found = [one for one in certificates(home) if named in one["residents"]]
    if found:
        return found[-1]
    raise ConfigError(
        named, "there is no certificate of an erasure", "nothing was verified",
        "name a resident who was erased, or a certificate's file",
    )  # fmt: skip


def check(said: Mapping[str, Any], url: str) -> list[str]:
    """What is wrong with a certificate: empty if the audit log has its seal."""
    faults = []
    if said.get("seal", {}).get("sha256") != digest(said):
        faults.append("the certificate was changed after it was written")
    sealed = {(row["seq"], row["hash"]) for row in _seal(url, f"certificate:{digest(said)}")}
    if (said.get("seal", {}).get("seq"), said.get("seal", {}).get("hash")) not in sealed:
        faults.append("the audit log does not have its seal")
    return faults


def _seal(url: str, scope: str) -> list[dict[str, Any]]:
    with owner(url, "nothing was verified") as connection:
        return connection.execute(_SEALED, [ACTION, scope]).fetchall()


def in_words(said: Mapping[str, Any]) -> str:
    """The certificate for people, in both languages."""
    return "\n".join((*_chinese(said), "", *_english(said), "", *_places(said), ""))


def _chinese(said: Mapping[str, Any]) -> Iterable[str]:
    yield "个人信息删除证明"
    yield f"居民编号：{'、'.join(said['residents'])}"
    yield f"依据文号：{said['order']}　事由：{said['reason']}　经办人：{said['by']}"
    yield f"开始：{said['begun_at']}　完成：{said['done_at']}　审计序号：{said['audit_seq']}"
    left = said["left"]
    yield (
        "复查结果：各处均未再发现该居民的信息。"
        if not left
        else f"复查结果：仍有 {left} 处，见下表。"
    )
    wal = said["wal"] == "rewritten"
    handled = "已全部重写" if wal else "由数据库管理员按其保存期限处理"
    yield f"数据库预写日志：{handled}。备份不在本证明之内。"


def _english(said: Mapping[str, Any]) -> Iterable[str]:
    yield "Certificate of erasure"
    yield f"resident: {', '.join(said['residents'])}"
    yield f"order: {said['order']}, reason: {said['reason']}, by: {said['by']}"
    yield f"begun {said['begun_at']}, done {said['done_at']}, audit entry {said['audit_seq']}"
    left = said["left"]
    yield "searched again: nothing is left." if not left else f"searched again: {left} are left."
    yield f"write-ahead log: {said['wal']}. Backups are outside of this certificate."


def _places(said: Mapping[str, Any]) -> Iterable[str]:
    yield "place 位置 | before 删除前 | after 删除后"
    for place, (before, after) in said["places"].items():
        yield f"{place} | {before} | {after}"
