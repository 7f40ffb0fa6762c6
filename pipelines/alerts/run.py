"""The night's alerts: open and close them, tell each once.

    answers.* -> ledger.settle -> hub.alert -> webhook -> hub.alert, hub.alert_dead_letter

Off unless hub.toml has [alerts]. A receiver that fails keeps nothing from being published: what was
not told waits for the next night. Secrets: [alerts] secret. Alone: ``alert(hub)``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.alerts.ledger import DEAD, DELIVERED, give_up, note, settle, urgent, waiting
from pipelines.alerts.webhook import Outcome, Webhook
from pipelines.hub import Hub
from pipelines.records import Row

_AT_ONCE = 50  # alerts sent before they are noted: so many are sent again after a kill
_DOWN_AFTER = 3  # failures in a row, then the receiver is taken to be down


@dataclass(frozen=True)
class AlertReport:
    """A night's alerts in counts; ``is_on``: hub.toml names a receiver."""

    is_on: bool
    opened: int = 0
    closed: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for metadata and ``--json``."""
        return asdict(self)


def alert(hub: Hub) -> AlertReport:
    """Bring the ledger of alerts to tonight's answers and tell what waits.

    Raises WarehouseError when the answers cannot be read, ConfigError when [alerts] is wrong.
    """
    if hub.config.alerts.url is None:
        return AlertReport(False)
    webhook = Webhook(hub.config.alerts)
    try:
        opened, closed = settle(hub, hub.warehouse_url())
        delivered, failed, given_up = _tell(hub, webhook)
    finally:
        webhook.close()
    return AlertReport(True, opened, closed, delivered, failed, given_up)


def _tell(hub: Hub, webhook: Webhook) -> tuple[int, int, int]:
    counts = {"delivered": 0, "failed": 0, "dead": 0}
    in_a_row = 0
    found = waiting(hub)
    for start in range(0, len(found), _AT_ONCE):
        rows: list[Row] = []
        reasons: dict[str, str] = {}
        for row in found[start : start + _AT_ONCE]:
            if in_a_row == _DOWN_AFTER:
                break
            outcome = webhook.tell(row["alert_id"], payload(row))
            in_a_row = 0 if outcome.told or outcome.is_final else in_a_row + 1
            rows.append(_after(hub, row, outcome))
            became = rows[-1]["delivery"]
            counts[became if became in counts else "failed"] += 1
            if became == DEAD:
                reasons[row["alert_id"]] = outcome.reason
        give_up(hub, reasons)
        note(hub, rows)
    return counts["delivered"], counts["failed"], counts["dead"]


def payload(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the receiver hears: which alert, what it is about in surrogates, since which night."""
    kind = urgent()[row["question"]]
    return {
        "alert_id": row["alert_id"],
        "question": row["question"],
        "title": kind.title,
        "title_zh": kind.title_zh,
        "subject": json.loads(row["subject"]),
        "opened_on": row["opened_on"].isoformat(),
    }


def _after(hub: Hub, row: Row, outcome: Outcome) -> Row:
    if outcome.told:
        return {**row, "delivery": DELIVERED}
    nights = row["failed_nights"] + int(row["failed_on"] != hub.as_of)
    is_dead = outcome.is_final or nights >= hub.config.alerts.nights
    failed = {"failed_nights": nights, "failed_on": hub.as_of}
    return {**row, **failed, "delivery": DEAD if is_dead else row["delivery"]}
