"""Which exchange database serves which department, and bringing them all to a day.

    STATE/secrets/*_url ── exchanges ──► PostgresExchange, MariaExchange ── bring_all ──► rows moved

Secrets: the administrators' URLs and each department's reading password, all in STATE/secrets/.
Alone: ``bring_all(State.load("STATE"))``.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import pymysql
from adbc_driver_manager import Error as AdbcError
from sqlalchemy.engine import URL

from foundation.errors import HubError
from sandbox.delivery import Delivery
from sandbox.state import State
from sandbox.transports.mariadb import MariaExchange
from sandbox.transports.postgres import PostgresExchange
from schemas import FEEDS

POSTGRES, MARIADB = "postgres_url", "mariadb_url"


class Exchange(Protocol):
    """A department's database."""

    @property
    def reading_url(self) -> URL:
        """Where the hub reads, password included."""

    def bring(self, delivery: Delivery, department: str, day: date) -> int:
        """Make it hold the department's feeds as of ``day``; returns the rows moved."""

    def drop(self) -> None:
        """Remove everything of this county from the server."""


def exchanges(state: State) -> dict[str, Exchange]:
    """The departments' databases: community on MariaDB where its URL is kept."""
    delivery = Delivery.of_state(state)
    code = delivery.county.division_code
    found: dict[str, Exchange] = {}
    for department in dict.fromkeys(feed.department for feed in delivery.feeds("sql")):
        name, password = f"county_{code}_{state.id}_{department}", state.secret(department)
        if department == "community" and state.secret_path(MARIADB).exists():
            found[department] = MariaExchange(state.secret(MARIADB), name, password, state.folder)
        else:
            found[department] = PostgresExchange(state.secret(POSTGRES), name, password)
    return found


def bring_all(state: State) -> dict[str, int]:
    """Bring every database to the state's day; returns the rows moved by department."""
    delivery = Delivery.of_state(state)
    return {
        department: bring(exchange, delivery, department, state.day)
        for department, exchange in exchanges(state).items()
    }


def bring(exchange: Exchange, delivery: Delivery, department: str, day: date) -> int:
    """Bring one database to ``day``. Raises HubError, free of row values."""
    try:
        return exchange.bring(delivery, department, day)
    except (AdbcError, pymysql.Error) as error:
        code = getattr(error, "sqlstate", None) or error.args[0]
        raise HubError(
            f"sandbox {department}",
            f"the exchange database refused the rows of {day} ({type(error).__name__} {code})",
            "it still holds its earlier day",
            "see that the server is up and that its account may create schemas and roles",
        ) from None


def known_departments() -> list[str]:
    """All departments, in the order of their feeds."""
    return list(dict.fromkeys(feed.department for feed in FEEDS.values()))
