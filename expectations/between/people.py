"""Rules between departments about people: the dead who act, who is married, who is counted where.

    stage.dead_mention, stage.registered, warehouse.resident_value + conformed.* -> contradictions

What the departments know apart is wrong only together. Needs no secrets.
"""

from collections.abc import Iterator
from typing import NamedTuple

from expectations.between.rule import Between, Side
from expectations.between.shared import DEAD_BY, sql
from schemas import FEEDS
from schemas.derive import literal, quoted
from schemas.model import Feed, Slot

_REGISTER = "public_security.resident_register"
_FLOATING = "public_security.floating_population"
_CREMATION = "civil_affairs.cremation"
_MEMBER = "civil_affairs.assistance_member"
_PAYMENT = "civil_affairs.assistance_payment"
_CERTIFICATE = "civil_affairs.disability_certificate"
_ALLOWANCE = "civil_affairs.elderly_allowance"
_MARRIAGE = "civil_affairs.marriage_registration"
_CHILD = "civil_affairs.left_behind_child"
_VISIT = "community.resident_visit"
_DEATHS = (f"{_REGISTER}.death_date", f"{_CREMATION}.death_date")

# A death is to be reported within a month, and a monthly list follows a month later.
_LATE = "d.dead_by + interval 31 day < today.as_of"
_OPEN = "(r.to_month is null or r.to_month >= '2999')"
_STATED_AT = "cast(r.{} + interval 8 hour as date)"
# A verdict on the dead turns as their death grows old (see models.py), or as a duty of theirs ends.
_OLD = (
    DEAD_BY,
    f"last_day({DEAD_BY})",
    f"{DEAD_BY} + interval 31 day",
    f"{DEAD_BY} + interval 183 day",
)
_DUE = {_REGISTER: [f"case when person_status = '1' then {day} end" for day in _OLD]}
_DUE |= {
    _CREMATION: list(_OLD),
    "community.grid_worker": ["valid_to"],
    "public_security.rental_housing": ["let_to"],
}
_OF_THE_DEAD = "\n".join(
    [
        "-- grain: resident_id",
        *(f"-- due conformed.{FEEDS[f].table}: {day}" for f, days in _DUE.items() for day in days),
    ]
)


class _Act(NamedTuple):
    """Something that the dead no longer do: where it is said, what shows it, and when it counts."""

    feed: str
    slot: str
    shown: str
    condition: str


def _dead(*acts: _Act) -> tuple[tuple[Side, ...], str]:
    """The sides and the SQL of a rule on people who are dead, by register or by cremation."""
    shown = dict.fromkeys((act.feed, act.shown) for act in acts)
    sides = tuple(
        Side(death, f"{feed}.{column}")
        for feed, column in shown
        for death in _DEATHS
        if not death.startswith(f"{feed}.")
    )
    return sides, f"{_OF_THE_DEAD}\n" + "\nunion all\n".join(map(_acted, acts))


def _acted(act: _Act) -> str:
    return f"""select
    d.resident_id as subject, d.resident_id, d.feed, d.record_key, d.value,
    d.other_feed as other_feed, d.other_record_key, r.{quoted(act.shown)} as other_value
from stage.dead_mention as d
inner join conformed.{FEEDS[act.feed].table} as r on r._key = d.other_record_key
cross join parameter.as_of as today
where d.other_feed = {literal(act.feed)} and d.slot = {literal(act.slot)} and {act.condition}"""


def _rule(
    kind: str,
    titles: tuple[str, str],
    why: str,
    fault: str,
    found: tuple[tuple[Side, ...], str],
    tolerance: float = 0.001,
) -> Between:
    return Between(kind, *titles, why, fault, *found, tolerance)


_CARD = "emergency.evacuation_card"
_DEAD_RULES = (
    _rule(
        "dead_and_paid",
        ("Dead and yet paid", "死亡后仍领取待遇"),
        "Money goes to an account that somebody else empties.",
        "Two records of a death outweigh a list that is copied from month to month.",
        _dead(
            _Act(
                _PAYMENT,
                "self",
                "paid_month",
                "r.payment_status = 'paid' and r.paid_month > strftime(d.dead_by, '%Y-%m')",
            ),
            _Act(
                _ALLOWANCE,
                "self",
                "to_month",
                f"{_OPEN} and strftime(d.dead_by, '%Y-%m') < strftime(today.as_of, '%Y-%m')",
            ),
        ),
    ),
    _rule(
        "dead_and_granted",
        ("Dead, and the grant goes on", "死亡后待遇资格未终止"),
        "The next payment follows from it.",
        "The list of grants was not told of the death.",
        _dead(
            _Act(_MEMBER, "self", "to_month", f"{_OPEN} and {_LATE}"),
            _Act(
                _CERTIFICATE,
                "self",
                "has_care_subsidy",
                f"(r.has_care_subsidy or r.has_living_subsidy) and {_LATE}",
            ),
        ),
    ),
    _rule(
        "dead_and_active",
        ("Dead at one department, alive at another", "一部门登记死亡、另一部门显示在世"),
        "Either the death is somebody else's, or the living record is.",
        "A visit is often copied from the last one; the register waits for the family.",
        _dead(
            _Act(
                _VISIT,
                "self",
                "visited_at",
                "not coalesce(r.is_deleted, false)"
                f" and {_STATED_AT.format('visited_at')} > d.dead_by",
            ),
            _Act(
                _REGISTER,
                "self",
                "person_status",
                f"d.feed = {literal(_CREMATION)} and r.is_current"
                f" and not coalesce(r.is_reversed, false) and r.person_status = '0' and {_LATE}",
            ),
        ),
    ),
    _rule(
        "dead_and_floating",
        ("Dead, with a registration in force", "死亡人员的流动人口登记仍有效"),
        "The rented dwelling counts somebody who is not there.",
        "Nobody reported the death to the station that registered the person.",
        _dead(_Act(_FLOATING, "self", "floating_status", f"r.floating_status = '12' and {_LATE}")),
    ),
    _rule(
        "dead_and_served",
        ("Dead, and yet used a service", "死亡后仍办理服务事项"),
        "Somebody else acted in the name of the dead.",
        "The number was taken from an old form.",
        _dead(
            _Act(
                "community.service_use",
                "user",
                "used_at",
                f"{_STATED_AT.format('used_at')} > d.dead_by",
            )
        ),
    ),
    _rule(
        "dead_and_married",
        ("Married after death", "死亡后登记结婚"),
        "One of the two numbers is another person's.",
        "The number was mistyped at the counter, or was used by somebody else.",
        _dead(
            *(
                _Act(
                    _MARRIAGE,
                    slot,
                    "registered_on",
                    "r.marriage_act = 'marriage' and r.registered_on > d.dead_by",
                )
                for slot in ("male", "female")
            )
        ),
    ),
    _rule(
        "dead_on_card",
        ("Dead, and counted on an evacuation card", "避险明白卡列有已死亡人员"),
        "Rescuers look for somebody who is not there.",
        "The card was copied from last year's.",
        _dead(
            *(
                _Act(
                    _CARD,
                    str(n),
                    "card_no",
                    f"{_STATED_AT.format('updated_at')} > d.dead_by and {_LATE}",
                )
                for n in range(1, 9)
            )
        ),
        0.01,
    ),
    _rule(
        "dead_on_duty",
        ("Dead, and answers for a grid or a site", "负责人已死亡"),
        "A warning reaches nobody.",
        "The duty was not passed on.",
        _dead(
            _Act(
                "community.grid_worker",
                "worker",
                "worker_no",
                f"(r.valid_to is null or r.valid_to > today.as_of) and {_LATE}",
            ),
            _Act(
                "emergency.hazard_site",
                "watcher",
                "hazard_site_code",
                f"r.hazard_state = 'active' and {_LATE}",
            ),
            _Act("emergency.shelter", "manager", "shelter_id", _LATE),
        ),
    ),
    _rule(
        "dead_landlord",
        ("A dead landlord who lets", "出租房房主已死亡"),
        "Nobody answers for the dwelling's safety.",
        "The heirs have not reported themselves; they have half a year.",
        _dead(
            _Act(
                "public_security.rental_housing",
                "landlord",
                "rental_no",
                "(r.let_to is null or r.let_to > today.as_of)"
                " and d.dead_by + interval 183 day < today.as_of",
            )
        ),
        0.01,
    ),
    _rule(
        "dead_operator",
        ("A shop run by the dead", "商户经营者已死亡"),
        "The licence is not passed on.",
        "The list of shops was confirmed without a look at the licence.",
        _dead(
            _Act(
                "city_management.shop",
                "operator",
                "shop_id",
                f"{_STATED_AT.format('updated_at')} > d.dead_by and {_LATE}",
            )
        ),
        0.01,
    ),
    _rule(
        "dead_guardian",
        ("A guardian who is dead", "监护人已死亡"),
        "A child or a disabled person has nobody who answers for them.",
        "The list keeps the guardian of the first year.",
        _dead(
            _Act(_CHILD, "guardian", "guardian_name", "d.dead_by < today.as_of"),
            _Act(_CERTIFICATE, "guardian", "guardian_name", "d.dead_by < today.as_of"),
        ),
        0.005,
    ),
)


def _standing(attribute: str) -> Iterator[tuple[Feed, Slot, str]]:
    """Feeds with a column of the attribute, the slot and the column."""
    for feed in FEEDS.values():
        for slot in feed.mentions:
            column = getattr(slot, attribute)
            if column and slot.slot in ("self", "1", "operator", "user", "male", "wisher"):
                yield feed, slot, f"{feed.id}.{column}"


def _attribute(attribute: str) -> tuple[tuple[Side, ...], str]:
    """Each feed that gives the attribute, against each other that gives another value of it."""
    named = list(_standing(attribute))
    spoken = {feed.id: column for feed, _, column in _standing("name")}
    spoken |= {feed.id: column for feed, _, column in named}
    sides = tuple(
        Side(speaks, contradicted)
        for feed, _, contradicted in named
        for speaker, speaks in spoken.items()
        if speaker != feed.id
    )
    judged = ", ".join(literal(feed.id) for feed, _, _ in named)
    return sides, sql("contested").format(attribute=literal(attribute), judged=judged)


_ATTRIBUTE_RULES = tuple(
    _rule(attribute, titles, why, "The value is from a source that is less trusted, or older.",
          _attribute(attribute), tolerance)
    for attribute, titles, why, tolerance in (
        ("sex", ("Two sexes", "性别不一致"),
         "One record was mistyped, or is another person's.", 0.01),
        ("birth_date", ("Two dates of birth", "出生日期不一致"),
         "Age decides on benefits, school and service.", 0.03),
        ("id_no", ("Two identity numbers", "证件号码不一致"),
         "A person with two numbers is counted and paid twice.", 0.03),
        ("name", ("Another name under the same number", "同一证件号码姓名不一致"),
         "A payment bounces, or the number is another person's.", 0.05),
    )
)  # fmt: skip


def _one(speaks: str, contradicted: str, name: str) -> tuple[tuple[Side, ...], str]:
    return (Side(speaks, contradicted),), sql(name)


_LIFE_RULES = (
    _rule(
        "death_dates",
        ("Two dates of death", "死亡日期不一致"),
        "Payments stop by the one or by the other.",
        "A cremation is recorded by the day; the register is told later.",
        _one(f"{_CREMATION}.death_date", f"{_REGISTER}.death_date", "death_dates"),
    ),
    _rule(
        "married_to_two",
        ("Married to two", "重复结婚登记"),
        "A divorce was not recorded, or a number is another person's.",
        "The later registration was made without a look at the earlier one.",
        _one(f"{_MARRIAGE}.registered_on", f"{_MARRIAGE}.registered_on", "married_to_two"),
        0.005,
    ),
    _rule(
        "married_under_age",
        ("Married under age, by the register's date of birth", "按户籍出生日期未达法定婚龄"),
        "22 for men, 20 for women.",
        "The number at the counter is another person's.",
        _one(f"{_REGISTER}.birth_date", f"{_MARRIAGE}.registered_on", "married_under_age"),
        0.005,
    ),
    _rule(
        "marital_status",
        ("A marital status that the registrations contradict", "婚姻状况与婚姻登记不符"),
        "Assistance counts the income of a spouse.",
        "The register learns of a marriage only when somebody comes to tell.",
        _one(f"{_MARRIAGE}.marriage_act", f"{_REGISTER}.marital_status", "marital_status"),
        0.05,
    ),
    _rule(
        "benefit_band",
        ("A band of age that the register contradicts", "津贴年龄段与户籍年龄不符"),
        "The amount follows the band.",
        "The band was set from a number or by hand, and not moved on.",
        _one(f"{_REGISTER}.birth_date", f"{_ALLOWANCE}.age_band", "benefit_band"),
        0.02,
    ),
    _rule(
        "disability_number",
        ("A certificate's number that is not the person's", "残疾人证号与公民身份号码不符"),
        "The certificate cannot be found by the person's number.",
        "The number inside the certificate was mistyped, or is a former one.",
        _one(f"{_REGISTER}.id_no", f"{_CERTIFICATE}.certificate_no", "disability_number"),
        0.02,
    ),
    _rule(
        "guardian_under_age",
        ("A guardian who is a child", "监护人未成年"),
        "A child cannot answer for a child.",
        "The guardian was written down by name only.",
        _one(f"{_REGISTER}.birth_date", f"{_CHILD}.guardian_name", "guardian_under_age"),
        0.005,
    ),
    _rule(
        "head_dead",
        ("A household whose head is dead", "户主已死亡未变更"),
        "The booklet has to be passed on.",
        "The household has not come to change its head.",
        _one(f"{_REGISTER}.person_status", f"{_REGISTER}.relation", "head_dead"),
        0.005,
    ),
    _rule(
        "two_spouses",
        ("Two spouses in one booklet", "同户存在两名配偶"),
        "One of the relations is wrong.",
        "The relation was not changed after a divorce or a death.",
        _one(f"{_REGISTER}.relation", f"{_REGISTER}.relation", "two_spouses"),
    ),
    _rule(
        "parent_too_young",
        ("A parent less than 14 years older than the child", "父母与子女年龄差过小"),
        "The relation or a date of birth is wrong.",
        "The relation was copied from another household.",
        _one(f"{_REGISTER}.birth_date", f"{_REGISTER}.relation", "parent_too_young"),
        0.002,
    ),
)

BETWEEN = (*_DEAD_RULES, *_ATTRIBUTE_RULES, *_LIFE_RULES)
