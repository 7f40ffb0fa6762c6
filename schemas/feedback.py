"""What goes back to the departments, as tables of the hub's own records.

    conformed._warnings, quarantine._rules, warehouse.discrepancy, hub.feed_status
      -> feedback_item (a ledger: opened, closed) -> feedback_status (open now, days to fix)

Files and tables hold values of a department's own rows, and of others' only what their column's
``shareable_with`` names that department for. Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, SENSITIVE, date, decimal, integer, text
from schemas.model import Table

_DEPARTMENT = text("", "department", "department that it goes back to", "部门", PUBLIC)

FEEDBACK_ITEM = Table(
    "hub",
    "feedback_item",
    "one row a matter in a department's data and the time it was open; one that came back has two",
    "反馈事项",
    (
        text("", "item_id", "id that stays the same from night to night", "事项编号", INTERNAL),
        date("", "opened_on", "business date on which it was first seen", "首次发现", PUBLIC),
        _DEPARTMENT,
        text("", "feed", "department.feed of the row", "数据集", PUBLIC),
        text("", "matter", "rule, between.<kind>, feed.failed or feed.held", "问题代码", PUBLIC),
        text("", "severity", "error, contradiction or warning", "级别", PUBLIC),
        integer("", "priority", "1 is the most urgent", "优先级", PUBLIC),
        text("", "record_key", "key of the row at the department", "记录主键", PERSONAL),
        text("", "row_hash", "hash of what was found in the row", "内容校验", INTERNAL),
        text("", "own_value", "the fields in question, as delivered", "本部门数据", SENSITIVE),
        text("", "other_department", "who says otherwise", "对方部门", PUBLIC),
        text("", "other_value", "what it says, where that may be shown", "对方数据", SENSITIVE),
        date("", "closed_on", "business date on which it was gone, null if open", "办结", PUBLIC),
        text("", "closed_how", "corrected, removed, settled or rule_changed", "办结方式", PUBLIC),
    ),
    ("item_id", "opened_on"),
)

FEEDBACK_STATUS = Table(
    "hub",
    "feedback_status",
    "one row a department and severity: what is open, and how long it took to mend",
    "反馈办理情况",
    (
        _DEPARTMENT,
        text("", "severity", "error, contradiction or warning", "级别", PUBLIC),
        integer("", "open_items", "open now", "未办结", PUBLIC),
        date("", "oldest_open_on", "since when the oldest is open", "最早发现", PUBLIC),
        integer("", "closed_items", "closed so far", "已办结", PUBLIC),
        integer("", "corrected_items", "closed as the row was mended", "已更正", PUBLIC),
        decimal("", "median_days", "days to mend, median", "更正天数中位数", PUBLIC, unit="day"),
        decimal(
            "", "p90_days", "days in which 90 % were mended", "九成更正天数", PUBLIC, unit="day"
        ),
    ),
    ("department", "severity"),
)

FEEDBACK_TABLES: dict[str, Table] = {
    table.name: table for table in (FEEDBACK_ITEM, FEEDBACK_STATUS)
}
