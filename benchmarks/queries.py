"""How long an application waits for the questions it asks all day, with 16 of them at once.

    a served hub -> 16 clients (processes) -> p99 of each query; then every answer, once, whole

person_by_id, person_by_name (and birth date), occupants, grid_profile and a warning's list for a
community are asked with keys drawn at random; connections stay open, each query runs in autocommit
with psycopg's server-side preparation. The warning is one for the whole county, put beside those of
the day for the time of the measurement, since on some days there is none. answers_max_s: the
slowest whole answer, read to its end. ``folder`` keeps the county and the hub, and uses again what
it finds. Needs no secrets.
Alone: ``hub bench queries --residents 100000 --json``.
"""

import multiprocessing
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from adbc_driver_postgresql import dbapi
from psycopg.rows import dict_row

from benchmarks._served import served_hub
from foundation.postgres import EmbeddedPostgres
from pipelines.warehouse.answers import answers
from pipelines.warehouse.find import person_query
from pipelines.warehouse.reading import server_url
from schemas.derive import quoted

CLIENTS = 16
_START_S = 3  # until all are connected and have asked a few times
_SAMPLE = 4_000  # keys drawn of each kind
_PERSON = "select id_no, name, birth_date from warehouse.resident where id_no ~ '^[0-9]{17}[0-9X]$'"
_HOME = (
    "select living_dwelling_id as key from warehouse.resident where living_dwelling_id is not null"
)
# What is asked by a key, and where the keys come from.
_BY_KEY = {
    "occupants": ("select * from answers.who_lives_here where dwelling_id = %(key)s", _HOME),
    "grid_profile": (
        "select * from answers.grid_profile where grid_code = %(key)s",
        "select grid_code as key from warehouse.grid",
    ),
    "warning": (
        "select * from answers.warning_people_inside"
        " where warning_id = %(key)s and community_code = %(community)s",
        "select distinct warning_id as key, community_code as community"
        " from answers.warning_people_inside",
    ),
}
_WARNING = "bench"
_WARN = f"""
    with a_warning as (
        insert into warehouse.warning (warning_id, warning_status, warning_action, event_type,
            warning_severity, sent_at, effective_at, expires_at)
        select '{_WARNING}', 'Actual', 'Alert', '11A51', 'Red', as_of, as_of, as_of + 2
        from warehouse.publication
    )
    insert into warehouse.warning_area (warning_id, area_code)
    select '{_WARNING}', min(substr(grid_code, 1, 6)) from warehouse.grid"""
Asked = tuple[str, dict[str, Any]]


def run(
    residents: int = 1_000_000, seconds: int = 10, seed: int = 7, folder: str | None = None
) -> dict[str, Any]:
    """Measure each query for `seconds` with all clients, one query after the other."""
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-queries-"))
    hub = served_hub(base, residents, seed)
    try:
        return {
            "residents": residents,
            "clients": CLIENTS,
            **measured(hub.warehouse_url(), seconds),
        }
    finally:
        if folder is None:
            EmbeddedPostgres(hub.home.postgres).remove()
            shutil.rmtree(base, ignore_errors=True)


def measured(url: str, seconds: int) -> dict[str, Any]:
    """The figures of one server: milliseconds by query, seconds by answer."""
    figures: dict[str, Any] = {}
    rates: dict[str, int] = {}
    with _warned(url):
        for name, questions in _questions(url).items():
            times = sorted(_asked_by_all(url, questions, seconds))
            figures[f"{name}_p99_ms"] = round(times[int(len(times) * 0.99)] * 1000, 2)
            rates[name] = round(len(times) / seconds)
        whole = _whole_answers(url)
    slowest = sorted(whole.items(), key=lambda item: -item[1])[:5]
    return {
        **figures,
        "answers_max_s": max(whole.values()),
        "queries_per_second": rates,
        "slowest_answers": dict(slowest),
    }


@contextmanager
def _warned(url: str) -> Iterator[None]:
    """A warning for the whole county stands on the business date, until the end of the block."""
    with psycopg.connect(server_url(url), autocommit=True) as connection:
        try:
            connection.execute(_WARN)
            yield
        finally:
            for table in ("warning_area", "warning"):
                connection.execute(f"delete from warehouse.{table} where warning_id = '{_WARNING}'")


def _questions(url: str) -> dict[str, list[Asked]]:
    """For each query, what the clients draw from."""
    people = _drawn(url, f"{_PERSON} and name is not null and birth_date is not null")
    named = [
        person_query(row["name"], birth_date=row["birth_date"])
        for row in people
        if not row["name"].isascii()
    ]
    return {
        "person_by_id": [person_query(row["id_no"]) for row in people],
        "person_by_name": named,
        **{
            name: [(sql, row) for row in _drawn(url, keys)] for name, (sql, keys) in _BY_KEY.items()
        },
    }


def _drawn(url: str, source: str) -> list[dict[str, Any]]:
    sql = f"select * from ({source}) as one order by random() limit {_SAMPLE}"
    with psycopg.connect(server_url(url), row_factory=dict_row) as connection:
        return connection.execute(sql).fetchall()


def _asked_by_all(url: str, questions: list[Asked], seconds: int) -> list[float]:
    """The time of each query, of all clients, each in a process of its own, starting together.

    Raises what a client raised.
    """
    context = multiprocessing.get_context("fork")  # no thread of ours holds anything here
    begin = time.monotonic() + _START_S
    with ProcessPoolExecutor(CLIENTS, mp_context=context) as pool:
        asked = [
            pool.submit(_client, seed, url, questions, begin, seconds) for seed in range(CLIENTS)
        ]
        return [moment for client in asked for moment in client.result()]


def _client(seed: int, url: str, questions: list[Asked], begin: float, seconds: int) -> list[float]:
    """Ask at random until the time is over; what was asked before all were ready does not count."""
    drawing, times = random.Random(seed), []
    with psycopg.connect(server_url(url), autocommit=True) as connection:
        for sql, values in drawing.choices(questions, k=10):
            connection.execute(sql, values).fetchall()
        time.sleep(max(0.0, begin - time.monotonic()))
        while (began := time.monotonic()) < begin + seconds:
            sql, values = drawing.choice(questions)
            connection.execute(sql, values).fetchall()
            times.append(time.monotonic() - began)
    return times


def _whole_answers(url: str) -> dict[str, float]:
    """Seconds of each answer, asked whole and read to its end."""
    seconds: dict[str, float] = {}
    with dbapi.connect(server_url(url)) as connection, connection.cursor() as cursor:
        for name in answers():
            began = time.monotonic()
            cursor.execute(f"select * from answers.{quoted(name)}")
            for _ in cursor.fetch_record_batch():
                pass
            seconds[name] = round(time.monotonic() - began, 3)
    return seconds
