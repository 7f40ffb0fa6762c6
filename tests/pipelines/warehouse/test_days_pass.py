"""A verdict that turns on the business date is found on that night, although nobody was touched."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from looking import looking
from warehouse_county import AS_OF, County, add_person, at, hub_in, small_county

from foundation.engine import attach, run
from pipelines.hub import Hub
from pipelines.warehouse.models import Model, ordered
from pipelines.warehouse.run import _Builder, build

REGISTER, CREMATION = "public_security.resident_register", "civil_affairs.cremation"
CHILD, GRANT = "civil_affairs.left_behind_child", "civil_affairs.assistance_member"
ALLOWANCE, MARRIAGE = "civil_affairs.elderly_allowance", "civil_affairs.marriage_registration"
RENTAL, WORKER = "public_security.rental_housing", "community.grid_worker"
# One day, a month, half a year, a leap day; and back.
NIGHTS = (1, 2, 33, 64, 62, 184, 700, 701)
TURNING = {
    *("dead_and_granted", "dead_and_paid", "dead_on_duty", "dead_landlord", "dead_guardian"),
    *("guardian_under_age", "benefit_band", "marital_status", "moved_out_yet_granted"),
}


def says(county: County, feed: str, resident: str, slot: str = "self", **values: Any) -> None:
    county.mention(feed, county.row(feed, **values), resident, slot)


def person(county: County, resident: str, born: date, status: str = "0", **values: Any) -> None:
    add_person(county, resident, name="某某", birth=born, dwelling="d-far", status=status)
    row = county.rows["conformed.public_security_resident_register"][-1]
    row |= {"birth_date": born, "birth_date_precision": "day", **values}


def dead(county: County, who: str, day: date, precision: str) -> None:
    said = {"death_date": day, "death_date_precision": precision, "cremated_on": day}
    says(county, CREMATION, who, cremation_no=f"c-{who}", **said)
    says(county, GRANT, who, family_no=f"f-{who}", member_no="1", to_month=None)
    says(county, ALLOWANCE, who, allowance_no=f"a-{who}", to_month=None, age_band="80")
    says(county, CHILD, who, "guardian", child_no=f"k-{who}", guardian_name="某")
    says(county, RENTAL, who, "landlord", rental_no=f"l-{who}", let_to=day + timedelta(300))
    until = day + timedelta(60)
    scope = {"worker_no": f"w-{who}", "scope_code": f"s-{who}", "worker_role": "grid_worker"}
    says(county, WORKER, who, "worker", **scope, valid_to=until)


def waiting(county: County, who: str, ago: timedelta) -> None:
    """Somebody who moved, somebody who married, a guardian and an old person, each on the verge."""
    moved = at(f"{AS_OF - ago}T00:00:00")
    person(county, f"m-{who}", date(1980, 1, 1), "2", valid_from_at=moved)
    says(county, GRANT, f"m-{who}", family_no=f"m-{who}", member_no="1", to_month=None)
    person(county, f"h-{who}", date(1990, 1, 1), marital_status="10")
    act = {"marriage_act": "marriage", "registered_on": AS_OF - ago}
    says(county, MARRIAGE, f"h-{who}", "female", registration_no=f"h-{who}", **act)
    person(county, f"g-{who}", AS_OF.replace(year=AS_OF.year - 18) + ago)
    says(county, CHILD, f"g-{who}", "guardian", child_no=f"g-{who}", guardian_name="某")
    for age, born in ((80, AS_OF.year - 80), (90, AS_OF.year - 90)):
        person(county, f"o{age}-{who}", AS_OF.replace(year=born) + ago)
        said = {"allowance_no": f"o{age}-{who}", "age_band": str(age), "to_month": None}
        says(county, ALLOWANCE, f"o{age}-{who}", **said)


def on_the_verge() -> County:
    county = small_county()
    for number in range(12):
        day = AS_OF - timedelta(17 * number)
        dead(county, f"d{number}", day, ("day", "month", "year")[number % 3])
        waiting(county, f"n{number}", timedelta(8 * number))
    person(county, "leap", date(1948, 2, 29))  # 80 in a leap year, 700 nights later
    said = {"allowance_no": "leap", "age_band": "80", "to_month": "2028-03"}
    says(county, ALLOWANCE, "leap", **said)
    return county


def forget_rules(hub: Hub) -> None:
    """Have the next build run every rule over everybody."""
    file = hub.lake.root / "warehouse_inputs.json"
    known = json.loads(file.read_text()) | {"held": {}}
    del known["tables"]["warehouse.discrepancy"]
    file.write_text(json.dumps(known))


def discrepancies(hub: Hub) -> set[tuple[Any, ...]]:
    with looking() as con:
        attach(con, hub.lake, ["warehouse.discrepancy"])
        sql = "select discrepancy_kind, subject, value, other_value, other_record_keys::varchar"
        return set(run(con, f"{sql} from warehouse.discrepancy"))


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stages that builds made of everybody."""
    made: list[str] = []
    stage = _Builder._stage

    def noted(self: _Builder, names: Any) -> None:
        made.extend(names)
        stage(self, names)

    monkeypatch.setattr(_Builder, "_stage", noted)
    return made


def test_nights_on_which_only_days_pass_equal_a_whole_build(
    tmp_path: Path, staged: list[str]
) -> None:
    hub, county = hub_in(tmp_path), on_the_verge()
    county.write(hub.lake)
    build(hub)
    last, turned = discrepancies(hub), set[str]()
    for days in NIGHTS:
        staged.clear()
        tonight = replace(hub, as_of=AS_OF + timedelta(days))
        build(tonight)
        assert "stage.registered" not in staged and "stage.dead_mention" not in staged
        found = discrepancies(tonight)
        turned |= {kind for kind, *_ in found ^ last}
        forget_rules(hub)
        assert not build(tonight).tables["discrepancy"].touched, days
        assert "stage.registered" in staged
        last = found
    assert turned >= TURNING


@pytest.mark.parametrize(
    "model",
    [m for m in ordered() if m.grain and "parameter.as_of" in m.inputs],
    ids=lambda m: m.name,
)
def test_a_model_in_parts_that_reads_the_date_says_what_is_due(model: Model) -> None:
    assert model.due
