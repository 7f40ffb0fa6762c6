"""Warehouse tables about the data: contradictions, results of rules, freshness.

    warehouse.* -> discrepancy; hub.feed_status, hub.rule_result -> freshness, quality_result

Needs no secrets.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    PUBLIC,
    date,
    integer,
    text,
    text_list,
    timestamp,
)
from schemas.model import Table
from schemas.warehouse.build import resident, table

DISCREPANCY = table(
    "discrepancy",
    "one row a subject (a resident, or a record about none) and a matter on which one feed"
    " contradicts another",
    "数据矛盾",
    ("discrepancy_kind", "subject", "feed", "other_feed"),
    (
        text(
            "",
            "discrepancy_kind",
            "the rule between departments, without its prefix: expectations.between.BETWEEN",
            "矛盾类型",
            INTERNAL,
        ),
        text(
            "",
            "subject",
            "the resident, or the key of a record that is about no person",
            "矛盾对象",
            INTERNAL,
        ),
        resident(description="the resident; null where the matter is about none"),
        text("", "feed", "department.feed that speaks against the other", "来源", PUBLIC),
        text(
            "",
            "other_feed",
            "department.feed that is contradicted and likely wrong: the matter goes back there",
            "对方来源",
            PUBLIC,
        ),
        text("", "department", "department that it goes back to", "退回部门", PUBLIC),
        text("", "value", "what the first says", "取值", PERSONAL),
        text("", "other_value", "what the other says", "对方取值", PERSONAL),
        text("", "record_key", "key of a record of the first feed", "来源记录主键", PERSONAL),
        text_list(
            "",
            "other_record_keys",
            "keys of the other feed's records that are contradicted, in order",
            "对方记录主键",
            PERSONAL,
        ),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",), ("feed",), ("other_feed",)),
)

FRESHNESS = table(
    "freshness",
    "one row a feed: how old is what we know from it",
    "数据时效",
    ("feed",),
    (
        text("hub.feed_status.feed", "feed", "department.feed", "来源", PUBLIC),
        text("hub.feed_status.feed", "department", "the department", "部门", PUBLIC),
        date("hub.feed_status.night", "night", "last night that ran it", "业务日期", PUBLIC),
        timestamp("hub.feed_status.last_success_at", "last_success_at", "last success", "最近成功"),
        text("hub.feed_status.state", "state", "ok, failed or held on that night", "状态", PUBLIC),
        date(
            "hub.feed_status.stale_since",
            "stale_since",
            "first night without a success",
            "滞后起始",
        ),
        integer("hub.feed_status.delivered", "delivered_rows", "rows delivered", "交付行数"),
        integer("hub.feed_status.conformed", "current_rows", "rows held now", "现有行数"),
        integer("hub.feed_status.quarantined", "quarantined_rows", "rows refused", "隔离行数"),
    ),
)

QUALITY_RESULT = table(
    "quality_result",
    "one row a rule and a feed, as of the last night that judged it",
    "质量结果",
    ("feed", "rule_id"),
    (
        text("hub.rule_result.feed", "feed", "department.feed", "来源", PUBLIC),
        text("hub.rule_result.rule_id", "rule_id", "the rule", "规则", PUBLIC),
        date("hub.rule_result.night", "night", "the night", "业务日期", PUBLIC),
        integer("hub.rule_result.broken", "broken_rows", "rows that broke it", "违反行数"),
        integer("hub.rule_result.total", "judged_rows", "rows judged", "检查行数"),
        text("hub.rule_result.outcome", "outcome", "success, failed, could_not_run", "结果"),
    ),
)

QUALITY: tuple[Table, ...] = (DISCREPANCY, FRESHNESS, QUALITY_RESULT)
