"""What each department holds of the county: one builder a department, one Draft a feed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from sandbox.departments.city_management import city_management
from sandbox.departments.civil_affairs import civil_affairs
from sandbox.departments.community import community
from sandbox.departments.emergency import emergency
from sandbox.departments.public_security import public_security
from sandbox.draft import Draft
from sandbox.world import World

BUILDERS: Final[tuple[Callable[[World], Iterator[Draft]], ...]] = (
    public_security,
    civil_affairs,
    city_management,
    emergency,
    community,
)
