"""Urgent answers are told once each, and nothing is told of a person but the surrogate."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from receiver import SECRET, Receiver
from warehouse_county import AS_OF, hub_in

from foundation.errors import ConfigError
from foundation.home import Home
from pipelines.alerts.ledger import ALERT, DEAD_LETTER, urgent
from pipelines.alerts.run import AlertReport, alert
from pipelines.alerts.webhook import signature
from pipelines.hub import Hub
from pipelines.records import stored

Opener = Callable[..., Hub]
_RUN = """
import sys
from datetime import date
from foundation.home import Home
from pipelines.alerts.run import alert
from pipelines.hub import Hub
alert(Hub.open(Home(sys.argv[1]), date.fromisoformat(sys.argv[2])))
"""


def test_every_urgent_answer_of_the_county_is_told(hub_on: Opener, receiver: Receiver) -> None:
    report = alert(hub_on())
    assert {body["question"] for body in receiver.bodies} == urgent().keys()
    assert report.opened == report.delivered == len(receiver.heard)
    assert not report.failed


def test_the_next_run_tells_nothing_again(hub_on: Opener, receiver: Receiver) -> None:
    alert(hub_on())
    told = len(receiver.heard)
    assert alert(hub_on()) == AlertReport(True)
    assert alert(hub_on(AS_OF + timedelta(days=1))) == AlertReport(True)
    assert len(receiver.heard) == told


def test_what_is_over_is_closed_and_opens_anew_later(
    hub_on: Opener, receiver: Receiver, warehouse: str
) -> None:
    alert(hub_on())
    with psycopg.connect(warehouse, autocommit=True) as server:
        server.execute("update warehouse.wish set wish_status = 'done'")
        try:
            assert alert(hub_on(AS_OF + timedelta(days=1))).closed == 1
        finally:
            server.execute("update warehouse.wish set wish_status = 'open'")
    again = alert(hub_on(AS_OF + timedelta(days=2)))
    assert (again.opened, again.delivered) == (1, 1)
    wishes = [row for row in stored(hub_on(), ALERT) if "wish" in row["question"]]
    assert sorted(str(row["closed_on"]) for row in wishes) == ["2026-04-01", "None"]


def test_a_run_killed_after_sending_sends_the_same_key_again(
    hub_on: Opener, receiver: Receiver
) -> None:
    hub = hub_on()
    words = [sys.executable, "-c", _RUN, str(hub.home.path), AS_OF.isoformat()]
    process = subprocess.Popen(words)
    receiver.on_request = lambda count: os.kill(process.pid, signal.SIGKILL) if count == 2 else None
    assert process.wait() == -signal.SIGKILL
    receiver.on_request = lambda count: None
    alert(hub)
    rows = stored(hub, ALERT)
    assert {row["delivery"] for row in rows} == {"delivered"}
    assert set(receiver.keys) == {row["alert_id"] for row in rows}
    bodies = {key: {b for h, b in receiver.heard if h["Idempotency-Key"] == key}
              for key in receiver.keys}  # fmt: skip
    assert all(len(same) == 1 for same in bodies.values())


def test_a_passing_failure_is_tried_again(hub_on: Opener, receiver: Receiver) -> None:
    receiver.statuses = [503, 429]
    report = alert(hub_on())
    assert report.delivered == report.opened
    assert len(receiver.heard) == report.opened + 2
    assert receiver.keys[:3] == [receiver.keys[0]] * 3


def test_a_refused_alert_becomes_a_dead_letter(hub_on: Opener, receiver: Receiver) -> None:
    receiver.statuses = [410]
    report = alert(hub_on())
    assert (report.given_up, report.delivered) == (1, report.opened - 1)
    [letter] = stored(hub_on(), DEAD_LETTER)
    assert (letter["alert_id"], letter["reason"]) == (receiver.keys[0], "HTTP 410")


def test_a_receiver_that_is_down_is_asked_on_later_nights_and_then_given_up(
    hub_on: Opener, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 100
    first = alert(hub_on(tries=1, nights=2))
    assert (first.failed, first.given_up) == (3, 0)  # three failures: it is down
    second = alert(hub_on(AS_OF + timedelta(days=1), tries=1, nights=2))
    assert second.given_up == len(stored(hub_on(), DEAD_LETTER)) > 0
    receiver.statuses = []
    last = alert(hub_on(AS_OF + timedelta(days=2), tries=1, nights=2))
    assert last.delivered == first.opened - second.given_up


def test_what_is_sent_is_signed(hub_on: Opener, receiver: Receiver) -> None:
    alert(hub_on())
    for headers, body in receiver.heard:
        expected = signature(SECRET.encode(), headers["X-Hub-Timestamp"], body)
        assert headers["X-Hub-Signature"] == f"sha256={expected}"


def test_nothing_of_a_person_is_sent(hub_on: Opener, receiver: Receiver, warehouse: str) -> None:
    alert(hub_on())
    with psycopg.connect(warehouse) as server:
        people = server.execute(
            "select name, id_no, phone, name_masked, birth_date::text from warehouse.resident"
        ).fetchall()
    sent = b"".join(body for _, body in receiver.heard).decode()
    assert not [value for row in people for value in row if value and value in sent]
    subjects = {name for body in receiver.bodies for name in body["subject"]}
    assert subjects <= {
        *("resident_id", "grid_code", "warning_id", "hazard_site_code", "wish_no", "benefit_kind")
    }


def test_without_a_receiver_nothing_is_kept(tmp_path: Path) -> None:
    hub = hub_in(tmp_path)
    assert alert(hub) == AlertReport(False)
    assert stored(hub, ALERT) == []


def test_a_plain_address_elsewhere_is_refused(hub_on: Opener, receiver: Receiver) -> None:
    receiver.url = "http://example.invalid/alerts"
    with pytest.raises(ConfigError, match="https"):
        alert(hub_on())


def test_a_secret_in_clear_is_refused(hub_on: Opener) -> None:
    home: Home = hub_on().home
    text = home.config_file.read_text().replace('{file = "alerts_secret"}', '"open"')
    home.config_file.write_text(text)
    with pytest.raises(ConfigError, match="in clear"):
        Hub.open(home)
