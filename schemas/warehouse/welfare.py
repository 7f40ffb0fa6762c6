"""Warehouse tables of welfare: grants, payments, disability, left-behind children.

    civil_affairs.* + identity.crosswalk -> warehouse.*

Needs no secrets.
"""

from schemas.columns import INTERNAL, month, text
from schemas.model import Table
from schemas.warehouse.build import FEED, copied, resident, seen_as, table

_MEMBER = "civil_affairs.assistance_member"
_PAYMENT = "civil_affairs.assistance_payment"
_DISABILITY = "civil_affairs.disability_certificate"
_ALLOWANCE = "civil_affairs.elderly_allowance"
_CHILD = "civil_affairs.left_behind_child"

BENEFIT_GRANT = table(
    "benefit_grant",
    "one row a person and a benefit that was granted",
    "救助与津贴",
    ("resident_id", "benefit_kind", "grant_no"),
    (
        resident(),
        text(
            "",
            "benefit_kind",
            "assistance, elderly_allowance, care_subsidy or living_subsidy",
            "待遇类型",
            INTERNAL,
        ),
        text(
            f"{_MEMBER}.family_no {_ALLOWANCE}.allowance_no {_DISABILITY}.certificate_no",
            "grant_no",
            "family and member, allowance, or the last part of the certificate number",
            "待遇编号",
            INTERNAL,
        ),
        FEED,
        *copied(_MEMBER, "assistance_type", "family_no"),
        *copied(_ALLOWANCE, "monthly_amount_cny"),
        month(
            f"{_MEMBER}.from_month {_ALLOWANCE}.from_month {_DISABILITY}.issued_on",
            "from_month",
            "first month",
            "起始年月",
            INTERNAL,
        ),
        month(
            f"{_MEMBER}.to_month {_ALLOWANCE}.to_month {_DISABILITY}.expires_on",
            "to_month",
            "last month, of an allowance the month in which it stopped; null if open",
            "终止年月",
            INTERNAL,
        ),
        *copied(_ALLOWANCE, "stop_reason"),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("benefit_kind",),),
    is_recorded=True,
    valid=("from_month", "to_month"),
)

BENEFIT_PAYMENT = table(
    "benefit_payment",
    "one row a family and month that was paid",
    "救助金发放",
    ("payment_no",),
    (
        *copied(_PAYMENT, "payment_no", "family_no"),
        resident(description="the applicant"),
        resident("account_holder_resident_id", "who holds the account", "开户人居民标识"),
        *copied(_PAYMENT, "paid_month", "assistance_type", "basic_amount_cny"),
        *copied(_PAYMENT, "extra_amount_cny", "total_amount_cny", "payment_status"),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",), ("paid_month",)),
)

DISABILITY = table(
    "disability",
    "one row a certificate of disability",
    "残疾人证",
    ("resident_id", "certificate_no_suffix"),
    (
        resident(),
        text(
            f"{_DISABILITY}.certificate_no",
            "certificate_no_suffix",
            "kind, level and reissue: the certificate number after the identity number",
            "证号后缀",
            INTERNAL,
        ),
        *copied(_DISABILITY, "disability_kind", "disability_level", "issued_on", "expires_on"),
        *copied(_DISABILITY, "has_care_subsidy", "has_living_subsidy"),
        resident("guardian_resident_id", "the guardian", "监护人居民标识"),
    ),
    references={"resident_id": "resident.resident_id"},
)

LEFT_BEHIND_CHILD = table(
    "left_behind_child",
    "one row a child whose parents work elsewhere",
    "留守儿童",
    ("child_no",),
    (
        *copied(_CHILD, "child_no"),
        resident(description="the child"),
        resident("guardian_resident_id", "the guardian", "监护人居民标识"),
        seen_as(copied(_CHILD, "guardian_relation")[0], INTERNAL),
        *copied(_CHILD, "is_father_away", "is_mother_away", "school"),
    ),
    references={
        "resident_id": "resident.resident_id",
        "guardian_resident_id": "resident.resident_id",
    },
    indexes=(("resident_id",),),
)

WELFARE: tuple[Table, ...] = (BENEFIT_GRANT, BENEFIT_PAYMENT, DISABILITY, LEFT_BEHIND_CHILD)
