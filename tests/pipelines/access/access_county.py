"""A county of two grids, a login for every role, and what must not be found of one person."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from warehouse_county import COMMUNITY, GRID, County, add_person, add_visit, small_county

from foundation.home import Home
from pipelines.access.logins import Grant

OTHER_COMMUNITY = "360731001002"
OTHER_GRID = f"{OTHER_COMMUNITY}001"
PASSWORD = "a password of the tests"
# Everything that tells who the hidden person is; r-zhang's are in the grid that roles may see.
HIDDEN = ("欧阳不可见", "360731198711224416", "18970654321", "贡江镇红旗社区梅江苑9栋901室")
OWN = (
    "张伟",
    "张玮",
    "36213219400501001X",
    "13700000009",
    "13800000001",
    "滨江花园1栋501",
    "E12345678",
)

GRANTS = {
    "analyst": Grant("t_analyst", "analyst", (), False, "test", "reads the whole masked"),
    "trusted": Grant("t_trusted", "analyst", (), True, "test", "reads benefits too"),
    "grid_worker": Grant("t_grid_worker", "grid_worker", (GRID,), False, "test", "own grid"),
    "carer": Grant("t_carer", "grid_worker", (GRID,), True, "test", "own grid, tags too"),
    "community": Grant("t_community", "community", (COMMUNITY,), False, "test", "own community"),
    "department": Grant("t_department", "department", ("civil_affairs",), True, "test", "own data"),
    "emergency": Grant("t_emergency", "department", ("emergency",), True, "test", "own data"),
    "steward": Grant("t_steward", "steward", (), False, "test", "mends doubtful matches"),
    "auditor": Grant("t_auditor", "auditor", (), False, "test", "looks who looked"),
}
LIMITED = ("grid_worker", "carer", "community", "department", "emergency")


@dataclass(frozen=True)
class Warehouse:
    """The published county: its owner's url, and how a role connects."""

    url: str
    home: Home

    @contextmanager
    def as_role(self, role: str, **options: Any) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the role's own login, with its password; autocommit unless told."""
        who = {"user": GRANTS[role].login, "password": PASSWORD, "autocommit": True}
        with psycopg.connect(self.url, **who | options) as connection:
            yield connection

    def owner(self) -> psycopg.Connection[Any]:
        """A connection of the owner's, autocommit."""
        return psycopg.connect(self.url, autocommit=True)


def county_of_two_grids() -> County:
    """The small county, and a person with benefits, tags and a phone in another community."""
    county = small_county()
    for code, kind, name, parent in (
        (OTHER_COMMUNITY, "community", "红旗社区", "360731001"),
        (OTHER_GRID, "grid", "第二网格", OTHER_COMMUNITY),
    ):
        county.row(
            "community.division",
            division_code=code, division_kind=kind, name=name, parent_code=parent,
        )  # fmt: skip
    county.row(
        "public_security.standard_address",
        standard_address_id="d-hidden", grid_code=OTHER_GRID, community_name="红旗社区",
        compound_name="梅江苑", building="9栋", floor=9, room="901", full_address=HIDDEN[3],
        longitude_deg=115.41, latitude_deg=25.95, has_lift=True, building_floors=9,
        address_status="1",
    )  # fmt: skip
    add_person(
        county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-low", sex="2",
        number=OWN[6],
    )  # fmt: skip
    name, number, phone, _ = HIDDEN
    add_person(
        county, "r-hidden",
        name=name, birth=date(1987, 11, 22), dwelling="d-hidden", number=number,
    )  # fmt: skip
    add_visit(
        county, "visit-hidden", "r-hidden", "d-hidden",
        name=name, phone=phone, tags_text="精神障碍",
    )  # fmt: skip
    for row in county.rows["identity.address_match"]:
        if row["dwelling_id"] == "d-hidden":
            row["grid_code"] = OTHER_GRID
    county.rows["conformed.community_resident_visit"][-1]["grid_code"] = OTHER_GRID
    certificate = county.row(
        "civil_affairs.disability_certificate",
        certificate_no=f"{number}53", name=name, disability_kind="6", disability_level="1",
        issued_on=date(2021, 1, 1), has_care_subsidy=True, has_living_subsidy=True,
    )  # fmt: skip
    county.mention("civil_affairs.disability_certificate", certificate, "r-hidden", name=name)
    return county
