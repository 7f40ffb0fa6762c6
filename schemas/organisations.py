"""The identity zone's tables of organisations: where each appears, and which appearances are one.

    conformed.city_management_shop, conformed.public_security_rental_housing
    -> organisation_mention -> organisation_crosswalk (+ history), organisation_edge,
    organisation_lineage

``schemas.identity`` lists them with the other identity tables. Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, decimal, integer, text, timestamp
from schemas.model import Column, Table

_WHERE: tuple[Column, ...] = (
    integer("", "mention_id", "number of the mention, from its four parts", "提及编号", INTERNAL),
    text("", "department", "department that delivered the row", "部门", PUBLIC),
    text("", "feed", "feed of the row", "数据集", PUBLIC),
    text("", "record_key", "key of the row at the department", "记录主键", PERSONAL),
    text("", "slot", "which body of the row", "角色", PUBLIC),
)
_SINCE = timestamp("", "recorded_from", "since when the hub believes it", "记录起始", INTERNAL)
_UNTIL = timestamp("", "recorded_to", "when the hub stopped believing it", "记录截止", INTERNAL)

ORGANISATION_MENTION = Table(
    "identity",
    "organisation_mention",
    "one row an appearance of an organisation in a conformed row, made comparable",
    "机构提及",
    (
        *_WHERE,
        text("", "name_text", "name as written", "名称原文", PUBLIC),
        text("", "name", "name made comparable", "名称", PUBLIC),
        text("", "core", "name without place and legal form", "字号", PUBLIC),
        text("", "uscc", "valid credit code", "统一社会信用代码", PUBLIC, standard="GB 32100"),
        text("", "operator", "name of who runs it", "经营者姓名", PERSONAL),
        text("", "operator_no", "number of who runs it", "经营者证件号码", PERSONAL),
        text("", "phone", "complete telephone number", "电话", PERSONAL),
        text("", "home", "address written one way", "地址键", PERSONAL),
        text("", "dwelling", "standard address that the address means", "标准地址标识", PERSONAL),
        text("", "grid", "grid", "网格编码", PUBLIC),
        timestamp("", "updated_at", "when the department changed the row", "更新时间", INTERNAL),
    ),
    ("mention_id",),
)

ORGANISATION_CROSSWALK = Table(
    "identity",
    "organisation_crosswalk",
    "one row an appearance: the organisation that it is believed to be now",
    "机构对照",
    (
        *_WHERE,
        text("", "organisation_id", "the hub's id of the organisation", "机构编号", INTERNAL),
        text("", "method", "strong:uscc, link or single", "判定方式", PUBLIC),
        decimal("", "weight", "weight of the link", "匹配权重", INTERNAL, unit="bit"),
        _SINCE,
    ),
    ("mention_id",),
    indexes=(("organisation_id",),),
)

ORGANISATION_CROSSWALK_HISTORY = Table(
    "identity",
    "organisation_crosswalk_history",
    "one row a belief about an appearance that ended",
    "机构对照历史",
    (*ORGANISATION_CROSSWALK.columns, _UNTIL),
    ("mention_id", "recorded_from"),
)

ORGANISATION_EDGE = Table(
    "identity",
    "organisation_edge",
    "one row a scored link between two appearances that stand for all tied to them",
    "机构候选匹配",
    (
        integer("", "left_mention_id", "one mention", "左提及", INTERNAL),
        integer("", "right_mention_id", "the other mention", "右提及", INTERNAL),
        decimal("", "weight", "weight after rivals", "匹配权重", INTERNAL, unit="bit"),
        text("", "levels", "comparison=level, joined by blanks", "比较级别", INTERNAL),
        text("", "outcome", "joined, same_already, refused or weak", "结果", PUBLIC),
        text("", "reason", "why it was refused", "原因", PUBLIC),
    ),
    ("left_mention_id", "right_mention_id"),
)

ORGANISATION_LINEAGE = Table(
    "identity",
    "organisation_lineage",
    "one row an event in the life of an organisation's id",
    "机构编号沿革",
    (
        text("", "event_id", "id of the event", "事件编号", INTERNAL),
        text("", "event", "new, merge, split, move or retire", "事件", PUBLIC),
        text("", "old_organisation_id", "id before, null for new", "原编号", INTERNAL),
        text("", "new_organisation_id", "id after, null for retire", "新编号", INTERNAL),
        integer("", "mentions", "mentions that moved", "涉及提及数", INTERNAL),
        timestamp("", "recorded_at", "when", "记录时间", INTERNAL),
    ),
    ("event_id",),
)

ORGANISATION_TABLES = (
    ORGANISATION_MENTION,
    ORGANISATION_CROSSWALK,
    ORGANISATION_CROSSWALK_HISTORY,
    ORGANISATION_EDGE,
    ORGANISATION_LINEAGE,
)
