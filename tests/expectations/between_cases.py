"""For every rule between departments, what breaks it and what nearly does.

A case says its facts of resident ``r`` (every key holds ``r``, so that all cases share one world);
``broken`` chooses between the two, which differ in one thing. The subject is ``r``.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from between_world import CREMATION, FLOATING, REGISTER, World, ago, at

Case = Callable[[World, str, bool], None]
CASES: dict[str, Case] = {}
MEMBER = "civil_affairs.assistance_member"
PAYMENT = "civil_affairs.assistance_payment"
ALLOWANCE = "civil_affairs.elderly_allowance"
CERTIFICATE = "civil_affairs.disability_certificate"
MARRIAGE = "civil_affairs.marriage_registration"
CHILD = "civil_affairs.left_behind_child"
VISIT = "community.resident_visit"
RENTAL = "public_security.rental_housing"
ADDRESS = "public_security.standard_address"
CASE, STEP = "city_management.case", "city_management.case_step"
WARNING, TRANSFER = "emergency.warning", "emergency.transfer_record"
DEATH = date(2026, 1, 10)


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@case
def dead_and_paid(w: World, r: str, broken: bool) -> None:
    w.dead(r)  # the month of death itself is paid
    w.says(PAYMENT, r, r, payment_status="paid", paid_month="2026-02" if broken else "2026-01")


@case
def dead_and_granted(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    w.says(MEMBER, f"{r}|1", r, to_month="3000-12" if broken else "2026-01")


@case
def dead_and_active(w: World, r: str, broken: bool) -> None:
    w.dead(r, DEATH, "month")  # died in January, on no known day
    visited = date(2026, 2, 1) if broken else date(2026, 1, 31)
    w.says(VISIT, r, r, visited_at=at(visited), is_deleted=False)


@case
def dead_and_floating(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    w.says(FLOATING, r, r, floating_status="12" if broken else "22")


@case
def dead_and_served(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    used = date(2026, 1, 11) if broken else DEATH
    w.says("community.service_use", r, r, "user", used_at=at(used))


@case
def dead_and_married(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    act = "marriage" if broken else "divorce"
    w.says(MARRIAGE, r, r, "female", marriage_act=act, registered_on=date(2026, 3, 1))


@case
def dead_on_card(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    updated = date(2026, 3, 1) if broken else date(2025, 12, 1)
    w.says("emergency.evacuation_card", r, r, "3", updated_at=at(updated))


@case
def dead_on_duty(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    ended = None if broken else date(2026, 2, 1)
    key = f"{r}|360731|grid_worker"
    w.row("community.division", f"360731{r}", updated_at=at(ago(90)))
    w.says("community.grid_worker", key, r, "worker", scope_code=f"360731{r}", valid_to=ended)


@case
def dead_landlord(w: World, r: str, broken: bool) -> None:
    w.dead(r, ago(200) if broken else ago(150))
    w.says(RENTAL, r, r, "landlord", let_from=date(2020, 1, 1))


@case
def dead_operator(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    updated = date(2026, 3, 1) if broken else date(2025, 12, 1)
    w.says("city_management.shop", r, r, "operator", updated_at=at(updated))


@case
def dead_guardian(w: World, r: str, broken: bool) -> None:
    w.dead(r)
    w.says(CHILD, r, r if broken else f"{r}-else", "guardian", guardian_name="某")


def _attribute(attribute: str, believed: str, other: Any, **more: Any) -> Case:
    def said(w: World, r: str, broken: bool) -> None:
        w.person(r)
        values = {} if broken else more
        w.who(VISIT, w.row(VISIT, f"visit-{r}"), r, **{attribute: other, **values})
        w.add(
            "warehouse.resident_value",
            resident_id=r,
            attribute="id_no" if attribute == "number" else attribute,
            value=believed,
            is_golden=True,
            department="public_security",
            feed="resident_register",
        )

    return said


CASES["sex"] = _attribute("sex", "1", "2", sex="9")
CASES["birth_date"] = _attribute(
    "birth_date", "1980-01-02", date(1980, 1, 3), birth_date=date(1980, 1, 2)
)
CASES["id_no"] = _attribute("number", "110101198001020015", "110101198001020023", number=None)


@case
def name(w: World, r: str, broken: bool) -> None:
    w.who(CREMATION, f"said-{r}", r, name="王芳", number=r)
    w.who(VISIT, w.row(VISIT, f"visit-{r}"), r, name="王方", number=r)
    w.add("warehouse.resident_value", resident_id=r, attribute="name", value="王芳",
          is_golden=True, department="civil_affairs", feed="cremation")  # fmt: skip
    kind = "other" if broken else "former"
    w.add("warehouse.resident_name", resident_id=r, name="王方", name_kind=kind)


@case
def death_dates(w: World, r: str, broken: bool) -> None:
    w.dead(r, date(2026, 1, 10))
    said = {"death_date": date(2026, 1, 1), "person_status": "1"}
    w.person(r, death_date_precision="day" if broken else "month", **said)


def _married(w: World, key: str, man: str, woman: str, on: date, act: str = "marriage") -> None:
    w.row(MARRIAGE, key, marriage_act=act, registered_on=on)
    w.who(MARRIAGE, key, man, "male")
    w.who(MARRIAGE, key, woman, "female")
    w.add("warehouse.life_event", department="civil_affairs", feed="marriage_registration",
          record_key=key, event_kind=act, resident_id=man, other_resident_id=woman,
          occurred_on=on)  # fmt: skip


@case
def married_to_two(w: World, r: str, broken: bool) -> None:
    _married(w, f"m1-{r}", r, f"{r}-first", date(2010, 1, 1))
    if not broken:
        _married(w, f"d1-{r}", r, f"{r}-first", date(2015, 1, 1), "divorce")
    _married(w, f"m2-{r}", r, f"{r}-second", date(2020, 1, 1))


@case
def married_under_age(w: World, r: str, broken: bool) -> None:
    w.person(r, birth_date=date(2000, 5, 2) if broken else date(2000, 5, 1))
    _married(w, f"m-{r}", r, f"{r}-wife", date(2022, 5, 1))


@case
def marital_status(w: World, r: str, broken: bool) -> None:
    w.person(r, marital_status="10" if broken else "20")
    _married(w, f"m-{r}", r, f"{r}-wife", date(2020, 1, 1))


@case
def benefit_band(w: World, r: str, broken: bool) -> None:
    # 90 in May of this year; the list may lag two months behind, not three.
    w.person(r, birth_date=date(1936, 4, 1) if broken else date(1936, 5, 31))
    w.says(ALLOWANCE, r, r, age_band="80")


@case
def disability_number(w: World, r: str, broken: bool) -> None:
    w.person(r, id_no="11010119800102001X")
    number = "110101198001020" + ("028" if broken else "01x")
    w.says(CERTIFICATE, f"{number}42{r}", r)


@case
def guardian_under_age(w: World, r: str, broken: bool) -> None:
    w.person(r, birth_date=date(2008, 7, 1) if broken else date(2008, 6, 30))
    w.says(CHILD, r, r, "guardian", guardian_name="某")


@case
def head_dead(w: World, r: str, broken: bool) -> None:
    booklet = {"booklet_no": f"b-{r}"}
    w.person(r, relation="02", person_status="1", valid_from_at=at(ago(60)), **booklet)
    w.person(f"{r}-child", relation="20" if broken else "02", **booklet)


@case
def two_spouses(w: World, r: str, broken: bool) -> None:
    booklet = {"booklet_no": f"b-{r}", "relation": "12"}
    w.person(f"{r}-a", key=f"v-{r}-a", **booklet)
    w.person(r, key=f"v-{r}-b", person_status="0" if broken else "2", **booklet)


@case
def parent_too_young(w: World, r: str, broken: bool) -> None:
    booklet = {"booklet_no": f"b-{r}"}
    w.person(f"{r}-father", relation="02", birth_date=date(1980, 1, 1), **booklet)
    w.person(r, relation="22", birth_date=date(1993 if broken else 1994, 12, 31), **booklet)


def _home(w: World, resident: str, feed: str, dwelling: str) -> None:
    department, name = feed.split(".")
    w.add("warehouse.residency", resident_id=resident, dwelling_id=dwelling, department=department,
          feed=name, residency_role="lives", is_current=True, seen_on=ago(30))  # fmt: skip


@case
def residence(w: World, r: str, broken: bool) -> None:
    w.person(r)
    w.says(VISIT, r, r, visited_at=at(ago(30)))
    _home(w, r, REGISTER, f"d1-{r}")
    _home(w, r, VISIT, f"d2-{r}" if broken else f"d1-{r}")


@case
def two_registers(w: World, r: str, broken: bool) -> None:
    w.person(r, key=f"v1-{r}", person_no=f"p1-{r}", valid_from_at=at(date(2000, 1, 1)))
    w.person(r, key=f"v2-{r}", person_no=f"p2-{r}" if broken else f"p1-{r}")


@case
def two_residences(w: World, r: str, broken: bool) -> None:
    for n, state in (("1", "12" if broken else "22"), ("2", "12")):
        key = w.says(
            FLOATING, f"{r}-{n}", r, floating_status=state, registered_on=ago(100 - int(n))
        )
        w.add("identity.address_match", department="public_security", feed="floating_population",
              record_key=key, slot="self", dwelling_id=f"d{n}-{r}")  # fmt: skip


@case
def moved_out_yet_met(w: World, r: str, broken: bool) -> None:
    w.person(r, person_status="2", valid_from_at=at(ago(100)))
    seen = {"visited_at": at(ago(10)), "is_deleted": False}
    w.says(VISIT, r, r, residence_kind="local" if broken else "empty", **seen)


@case
def moved_out_yet_granted(w: World, r: str, broken: bool) -> None:
    w.person(r, person_status="2", valid_from_at=at(ago(70 if broken else 60)))
    w.says(ALLOWANCE, r, r, to_month=None)


@case
def floating_yet_local(w: World, r: str, broken: bool) -> None:
    w.person(r, person_status="0" if broken else "2")
    w.says(FLOATING, r, r, floating_status="12", home_division_code="440305")


@case
def occupants(w: World, r: str, broken: bool) -> None:
    w.row(RENTAL, r, registered_occupants=1 if broken else 2, updated_at=at(ago(90)))
    w.add("warehouse.rental", rental_no=r, dwelling_id=f"d-{r}")
    for n in "12":
        w.row(FLOATING, f"{r}-{n}", rental_no=r, floating_status="12", updated_at=at(ago(90)))


@case
def let_yet_ended(w: World, r: str, broken: bool) -> None:
    w.row(RENTAL, r, let_to=ago(50))
    since = ago(49 if broken else 50)
    w.row(FLOATING, r, rental_no=r, floating_status="12", registered_on=since)


def _reference(feed: str, column: str, named: str) -> Case:
    """A record of yesterday that names a record that is there, or not."""

    def said(w: World, r: str, broken: bool) -> None:
        if not broken:
            w.row(named, f"there-{r}")
        w.row(feed, r, **{column: f"there-{r}", "updated_at": at(ago(1))})

    return said


COMPONENT, DIVISION = "city_management.component", "community.division"
CASES["case_component"] = _reference(CASE, "component_code", COMPONENT)
CASES["case_duplicate"] = _reference(CASE, "duplicate_of", CASE)
CASES["step_case"] = _reference(STEP, "case_id", CASE)
CASES["request_case"] = _reference("community.request", "city_case_id", CASE)
CASES["topic_request"] = _reference(
    "community.deliberation", "from_request_no", "community.request"
)
CASES["topic_compound"] = _reference("community.deliberation", "compound_code", DIVISION)
CASES["grid_unknown"] = _reference("city_management.video_alert", "grid_code", DIVISION)
CASES["standard_address"] = _reference(RENTAL, "standard_address_id", ADDRESS)
CASES["address_merged"] = _reference(ADDRESS, "merged_into_id", ADDRESS)
CASES["tenant_letting"] = _reference(FLOATING, "rental_no", RENTAL)
CASES["transfer_warning"] = _reference(TRANSFER, "warning_id", WARNING)
CASES["transfer_shelter"] = _reference(TRANSFER, "shelter_id", "emergency.shelter")
CASES["card_site"] = _reference(
    "emergency.evacuation_card", "hazard_site_code", "emergency.hazard_site"
)


@case
def visit_worker(w: World, r: str, broken: bool) -> None:
    worker = "nobody" if broken else r
    w.row("community.grid_worker", f"{r}|s-{r}|unit_head", worker_role="unit_head")
    w.row(VISIT, r, worker_no=worker, updated_at=at(ago(1)))


@case
def worker_scope(w: World, r: str, broken: bool) -> None:
    # A unit head's scope is no division of its own.
    role = "building_head" if broken else "unit_head"
    w.row("community.grid_worker", f"w|{r}|{role}", worker_role=role, updated_at=at(ago(1)))


@case
def card_site_ended(w: World, r: str, broken: bool) -> None:
    w.row("emergency.hazard_site", r, hazard_state="cancelled", updated_at=at(ago(50)))
    written = at(ago(49 if broken else 51))
    w.row("emergency.evacuation_card", r, hazard_site_code=r, updated_at=written)


def _warning(w: World, key: str, action: str, refers: str | None, days: int) -> None:
    w.row(WARNING, key, warning_action=action, reference_ids=refers, sent_at=at(ago(days)))


@case
def warning_reference(w: World, r: str, broken: bool) -> None:
    known = f"{r}_20260601000000_1"
    _warning(w, f"old-{r}", "Alert", None, 60)
    # What was sent before the oldest message that is known cannot be looked up.
    _warning(w, r, "Update", known if broken else f"{r}_20200101000000_1", 20)


@case
def payment_family(w: World, r: str, broken: bool) -> None:
    w.row(MEMBER, f"family-{r}|1")
    said = {"payment_status": "paid", "paid_month": "2026-06"}
    w.row(PAYMENT, r, family_no=f"gone-{r}" if broken else f"family-{r}", **said)


@case
def closed_before_dispatched(w: World, r: str, broken: bool) -> None:
    w.row(CASE, r, closed_at=at(ago(10), 3 if broken else 4))
    w.row(STEP, r, case_id=r, case_step="dispatch", began_at=at(ago(10), 4))


@case
def closed_without_step(w: World, r: str, broken: bool) -> None:
    w.row(CASE, r, case_status="closed", updated_at=at(ago(1)))
    w.row(STEP, r, case_id=r, case_step="handle" if broken else "close", seq=1)


@case
def steps_out_of_order(w: World, r: str, broken: bool) -> None:
    w.row(STEP, f"{r}-before", case_id=r, seq=1, began_at=at(ago(10), 4))
    w.row(STEP, r, case_id=r, seq=2, began_at=at(ago(10), 3 if broken else 4))


@case
def case_closed_request_open(w: World, r: str, broken: bool) -> None:
    w.row(CASE, f"c-{r}", case_status="closed", closed_at=at(ago(9 if broken else 7)))
    w.row("community.request", r, city_case_id=f"c-{r}", request_status="handling")


@case
def request_done_case_open(w: World, r: str, broken: bool) -> None:
    w.row(CASE, f"c-{r}", case_status="dispatched" if broken else "handled")
    told = {"request_status": "feedback", "feedback_at": at(ago(5))}
    w.row("community.request", r, city_case_id=f"c-{r}", **told)


@case
def moved_before_warning(w: World, r: str, broken: bool) -> None:
    w.row(WARNING, f"w-{r}", sent_at=at(ago(5), 4))
    w.row(TRANSFER, r, warning_id=f"w-{r}", began_at=at(ago(5), 3 if broken else 4))


@case
def shelter_overfull(w: World, r: str, broken: bool) -> None:
    w.row("emergency.shelter", r, capacity=7 if broken else 8, updated_at=at(ago(90)))
    for n, ended in (("1", None), ("2", None), ("3", at(ago(1)))):
        w.row(TRANSFER, f"{r}-{n}", shelter_id=r, people_moved=4, ended_at=ended)


@case
def updated_after_cancel(w: World, r: str, broken: bool) -> None:
    _warning(w, f"a-{r}", "Alert", None, 10)
    _warning(w, f"c-{r}", "Cancel", f"a-{r}", 8)
    _warning(w, r, "Update", f"a-{r}", 7 if broken else 9)
