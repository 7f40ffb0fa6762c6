"""Rules on records that name other records: what refers to nothing, or to what has been ended.

    conformed.<feed>.<column> against conformed.<other>.<key> and quarantine.<other>._key

A record is judged only when the hub's copy of the feed that it names is younger than the record
(stage.horizon): an events run, which reads some feeds only, finds nothing missing. What lies in
quarantine exists. Needs no secrets.
"""

from collections.abc import Iterable

from expectations.between.rule import Between, Side
from expectations.between.shared import sql
from schemas import FEEDS
from schemas.derive import literal, quoted
from schemas.model import Type

_CASE = "city_management.case"
_STEP = "city_management.case_step"
_COMPONENT = "city_management.component"
_REGISTER = "public_security.resident_register"
_FLOATING = "public_security.floating_population"
_RENTAL = "public_security.rental_housing"
_ADDRESS = "public_security.standard_address"
_DIVISION = "community.division"
_GRIDDED = (
    _ADDRESS,
    _CASE,
    _COMPONENT,
    "city_management.video_alert",
    "city_management.shop",
    "community.resident_visit",
    "community.request",
)


def _moment(feed_id: str) -> str:
    """The column that says when a record was written."""
    feed = FEEDS[feed_id]
    if feed.cursor_name:
        return feed.cursor_name
    return next(c.name for c in feed.columns if c.type is Type.TIMESTAMP)


def _unmatched(column: str, named: str, condition: str, names_feeds: bool) -> str:
    """Records of ``column``'s feed whose value is no ``named`` of the other feed."""
    (other_feed, _, own), (feed, _, key) = column.rpartition("."), named.rpartition(".")
    feeds = f"{literal(feed)} as feed, {literal(other_feed)} as other_feed,"
    return f"""select
    r._key as subject, cast(null as varchar) as resident_id, {feeds * names_feeds}
    cast(null as varchar) as record_key, cast(null as varchar) as value,
    r._key as other_record_key, r.{quoted(own)} as other_value
from conformed.{FEEDS[other_feed].table} as r
inner join stage.horizon as known
    on known.feed = {literal(feed)}
    and cast(r.{_moment(other_feed)} + interval 8 hour as date) < known.whole_before
left join (
    select {quoted(key)} as named from conformed.{FEEDS[feed].table}
    union
    select _key from quarantine.{FEEDS[feed].table}
) as there on there.named = r.{quoted(own)}
where r.{quoted(own)} is not null and there.named is null{condition}"""


def _refers(
    kind: str,
    titles: tuple[str, str],
    why: str,
    columns: Iterable[str],
    named: str,
    *,
    tolerance: float = 0.01,
    condition: str = "",
) -> Between:
    listed = tuple(columns)
    parts = (_unmatched(column, named, condition, len(listed) > 1) for column in listed)
    return Between(
        kind,
        *titles,
        why,
        "The record that is named is kept by others; the one that names it was mistyped, or names"
        " what has been deleted since.",
        tuple(Side(named, column) for column in listed),
        "\nunion all\n".join(parts),
        tolerance,
    )


BETWEEN = (
    _refers(
        "case_component",
        ("A case about a component that is not there", "案件部件编码无对应部件"),
        "The owner of the lamp or cover cannot be found.",
        [f"{_CASE}.component_code"],
        f"{_COMPONENT}.component_code",
        tolerance=0.02,
    ),
    _refers(
        "case_duplicate",
        ("A repetition of a case that is not there", "重复案件指向的案件不存在"),
        "The reporter waits for a case that nobody handles.",
        [f"{_CASE}.duplicate_of"],
        f"{_CASE}.case_id",
    ),
    _refers(
        "step_case",
        ("A step of a case that is not there", "流转记录对应案件不存在"),
        "Times by unit cannot be computed.",
        [f"{_STEP}.case_id"],
        f"{_CASE}.case_id",
    ),
    _refers(
        "request_case",
        ("A request passed on as a case that is not there", "诉求转派的城管案件不存在"),
        "The resident's request was lost between the two systems.",
        ["community.request.city_case_id"],
        f"{_CASE}.case_id",
    ),
    _refers(
        "topic_request",
        ("A topic from a request that is not there", "议题来源诉求不存在"),
        "Nobody can be told what came of it.",
        ["community.deliberation.from_request_no"],
        "community.request.request_no",
    ),
    _refers(
        "topic_compound",
        ("A topic of a compound that is not there", "议题所属小区不存在"),
        "The neighbours cannot be invited.",
        ["community.deliberation.compound_code"],
        f"{_DIVISION}.division_code",
    ),
    _refers(
        "visit_worker",
        ("A visit by a worker who is not there", "采集人工号不存在"),
        "Nobody answers for the record.",
        ["community.resident_visit.worker_no"],
        "community.grid_worker.worker_no",
        tolerance=0.02,
    ),
    _refers(
        "grid_unknown",
        ("A grid that is not there", "网格编码不存在"),
        "The record reaches no grid worker and is in no count.",
        [f"{feed}.grid_code" for feed in _GRIDDED],
        f"{_DIVISION}.division_code",
        tolerance=0.02,
    ),
    _refers(
        "worker_scope",
        ("A worker for a place that is not there", "负责范围编码不存在"),
        "The place has nobody who answers for it.",
        ["community.grid_worker.scope_code"],
        f"{_DIVISION}.division_code",
        condition=" and r.worker_role <> 'unit_head'",
    ),
    _refers(
        "standard_address",
        ("A standard address that is not there", "标准地址标识不存在"),
        "The dwelling cannot be found by it.",
        [f"{feed}.standard_address_id" for feed in (_REGISTER, _FLOATING, _RENTAL)],
        f"{_ADDRESS}.standard_address_id",
    ),
    _refers(
        "address_merged",
        ("Merged into an address that is not there", "地址合并目标不存在"),
        "Whoever lived there lives nowhere.",
        [f"{_ADDRESS}.merged_into_id"],
        f"{_ADDRESS}.standard_address_id",
    ),
    _refers(
        "tenant_letting",
        ("A tenant of a letting that is not there", "流动人口的出租房编号不存在"),
        "The landlord cannot be asked.",
        [f"{_FLOATING}.rental_no"],
        f"{_RENTAL}.rental_no",
    ),
    _refers(
        "transfer_warning",
        ("Moved to safety for a warning that is not there", "转移记录的预警不存在"),
        "It cannot be told when the household may go home.",
        ["emergency.transfer_record.warning_id"],
        "emergency.warning.warning_id",
    ),
    _refers(
        "transfer_shelter",
        ("Moved to a shelter that is not there", "转移记录的安置点不存在"),
        "The family cannot be found.",
        ["emergency.transfer_record.shelter_id"],
        "emergency.shelter.shelter_id",
    ),
    _refers(
        "card_site",
        ("A card for a site that is not there", "明白卡的隐患点不存在"),
        "The household is warned of nothing.",
        ["emergency.evacuation_card.hazard_site_code"],
        "emergency.hazard_site.hazard_site_code",
    ),
    Between(
        "card_site_ended",
        "A card for a site that has been struck off",
        "明白卡对应的隐患点已核销",
        "The household is told to flee from what is safe.",
        "The card was copied from last year's.",
        (Side("emergency.hazard_site.hazard_state", "emergency.evacuation_card.hazard_site_code"),),
        sql("card_site_ended"),
        0.05,
    ),
    Between(
        "warning_reference",
        "A warning that refers to nothing",
        "预警引用的信息不存在",
        "Readers cannot tell which warning is updated or cancelled.",
        "The identifier was typed by hand.",
        (Side("emergency.warning.warning_id", "emergency.warning.reference_ids"),),
        sql("warning_reference"),
        0.01,
    ),
    Between(
        "payment_family",
        "Paid without a grant",
        "发放家庭不在救助名单",
        "The family left the list, or never was on it.",
        "Payments are made from a list of their own.",
        (
            Side(
                "civil_affairs.assistance_member.family_no",
                "civil_affairs.assistance_payment.family_no",
            ),
        ),
        sql("payment_family"),
        0.01,
    ),
)
