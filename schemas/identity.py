"""The identity zone: who is who, as tables. Declared once; the resolver writes exactly these.

    conformed.* -> mention -> edge, conflict -> crosswalk (+ history), lineage, review_task <-
    decision

A mention is one appearance of a person in one row (feeds.md, "Mentions"). ``mention_id`` is a
number
computed from department, feed, record key and slot, so it is the same in every run.
``resident_id`` is
random and says nothing. Needs no secrets.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    PUBLIC,
    SENSITIVE,
    code,
    date,
    decimal,
    flag,
    integer,
    text,
    text_list,
    timestamp,
)
from schemas.model import Column, Table
from schemas.organisations import ORGANISATION_TABLES
from schemas.places import PLACE_TABLES

_WHO: tuple[Column, ...] = (
    integer("", "mention_id", "number of the mention, from its four parts", "提及编号", INTERNAL),
    text("", "department", "department that delivered the row", "部门", PUBLIC),
    text("", "feed", "feed of the row", "数据集", PUBLIC),
    text("", "record_key", "key of the row at the department", "记录主键", PERSONAL),
    text("", "slot", "which person of the row", "角色", PUBLIC),
)
_RESIDENT = text("", "resident_id", "the hub's id of the person", "居民编号", INTERNAL)
_RECORDED_FROM = timestamp(
    "", "recorded_from", "since when the hub believes it", "记录起始", INTERNAL
)
_RECORDED_TO = timestamp(
    "", "recorded_to", "when the hub stopped believing it", "记录截止", INTERNAL
)

MENTION = Table(
    "identity",
    "mention",
    "one row an appearance of a person in a conformed row, with its values made comparable",
    "人员提及",
    (
        *_WHO,
        text("", "name_text", "name as written", "姓名原文", PERSONAL),
        text("", "name", "name made comparable, null if it names nobody", "姓名", PERSONAL),
        text("", "surname", "family name", "姓", PERSONAL),
        text("", "pinyin", "pinyin with surname readings, no tones", "拼音", PERSONAL),
        text("", "sound", "pinyin with near-homophones folded", "近音码", PERSONAL),
        text("", "surname_sound", "the family name's part of it", "姓近音码", PERSONAL),
        text("", "glyphs", "name with look-alike characters folded", "近形码", PERSONAL),
        text("", "former_name", "former name made comparable", "曾用名", PERSONAL),
        text("", "id_text", "number as written, cleaned", "证件号原文", PERSONAL),
        text("", "number", "valid 18-digit number", "公民身份号码", PERSONAL, standard="GB 11643"),
        text("", "document_no", "number of another document", "其他证件号码", PERSONAL),
        text("", "id_defect", "what is or was wrong with the number", "证件号缺陷", INTERNAL),
        text("", "id_prefix", "what Excel left of a number", "证件号前段", PERSONAL),
        code("", "sex", "sex", "性别", PERSONAL),
        date("", "birth_date", "date of birth, stated, else from the number", "出生日期", PERSONAL),
        text("", "birth_precision", "day, month, year or age", "出生日期精度", INTERNAL),
        date("", "id_birth_date", "date of birth in the number's digits", "证件出生日期", PERSONAL),
        code("", "id_sex", "sex", "证件性别", PERSONAL),
        text("", "ethnicity", "ethnicity as delivered", "民族", SENSITIVE),
        text("", "relation", "relation to the head as delivered", "与户主关系", PERSONAL),
        text("", "phone", "complete telephone number", "电话", PERSONAL),
        text("", "phone_mask", "first three and last four digits", "电话掩码", PERSONAL),
        text("", "address", "address as written", "地址原文", PERSONAL),
        text("", "home_key", "address written one way", "住址键", PERSONAL),
        integer("", "home_number", "number of the home_key, from its text", "住址编号", PERSONAL),
        text("", "standard_address_id", "standard address, if known", "标准地址标识", PERSONAL),
        text("", "dwelling_id", "dwelling that the address means", "房屋标识", PERSONAL),
        text("", "area", "town and community of the address", "所在社区", PERSONAL),
        text("", "near", "compound, village group or grid", "小区或村组", PERSONAL),
        text("", "person_no", "the register's id of a person (RYID)", "人员标识", INTERNAL),
        text("", "family_no", "booklet, assisted family or card", "家庭编号", PERSONAL),
        text(
            "",
            "row_hash",
            "hash of the conformed row that it was read from",
            "来源行校验",
            INTERNAL,
        ),
    ),
    ("mention_id",),
)

CROSSWALK = Table(
    "identity",
    "crosswalk",
    "one row a mention: the resident whom it is believed to be now",
    "人员对照",
    (
        *_WHO,
        _RESIDENT,
        text(
            "",
            "method",
            "number, person_no, document, repeated, link, decision or single",
            "判定方式",
            PUBLIC,
        ),
        decimal(
            "",
            "weight",
            "match weight of the link that placed it",
            "匹配权重",
            INTERNAL,
            unit="bit",
        ),
        integer(
            "",
            "speaker_mention_id",
            "the mention that speaks for all that are strongly tied to this one",
            "代表提及",
            INTERNAL,
        ),
        text("", "tie", "how strong identifiers tie it to that one", "强标识依据", PUBLIC),
        flag("", "is_strong", "its number or register id is its own", "有本人标识", PUBLIC),
        _RECORDED_FROM,
    ),
    ("mention_id",),
    indexes=(("resident_id",),),
)

CROSSWALK_HISTORY = Table(
    "identity",
    "crosswalk_history",
    "one row a belief about a mention that ended; with crosswalk it answers for any past day",
    "人员对照历史",
    (*CROSSWALK.columns, _RECORDED_TO),
    ("mention_id", "recorded_from"),
)

NODE = Table(
    "identity",
    "node",
    "one row a group of mentions that strong identifiers tie, and what it may have one of",
    "强标识组",
    (
        integer("", "speaker_mention_id", "its smallest mention number", "代表提及", INTERNAL),
        integer("", "mentions", "mentions in it", "提及数", INTERNAL),
        flag("", "has_number", "one of them has a valid number of its own", "有身份号码", PUBLIC),
        flag("", "has_person_no", "one of them has a register id", "有人员标识", PUBLIC),
        code("", "sex", "sex", "性别", PERSONAL),
        date("", "firm_birth", "birth date that no wrong digit made", "确切出生日期", PERSONAL),
        text("", "name", "name beside the number", "姓名", PERSONAL),
        date("", "birth", "birth date in the number", "号码出生日期", PERSONAL),
    ),
    ("speaker_mention_id",),
)

EDGE = Table(
    "identity",
    "edge",
    "one row a scored link between two mentions that speak for all that is strongly tied to them",
    "候选匹配",
    (
        integer("", "left_mention_id", "one mention", "左提及", INTERNAL),
        integer("", "right_mention_id", "the other mention", "右提及", INTERNAL),
        decimal(
            "", "weight", "match weight after all hypotheses", "匹配权重", INTERNAL, unit="bit"
        ),
        decimal("", "score", "match weight of the pair alone", "两两权重", INTERNAL, unit="bit"),
        decimal(
            "", "stranger_weight", "weight against a stranger", "对陌生人权重", INTERNAL, unit="bit"
        ),
        decimal(
            "", "relative_weight", "weight against a relative", "对亲属权重", INTERNAL, unit="bit"
        ),
        text("", "levels", "comparison=level, joined by blanks", "比较级别", INTERNAL),
        text("", "outcome", "joined, same_already, refused or weak", "结果", PUBLIC),
        text("", "reason", "why it was refused", "原因", PUBLIC),
    ),
    ("left_mention_id", "right_mention_id"),
)

DECISION = Table(
    "identity",
    "decision",
    "one row a steward's decision about two mentions; decisions outrank the model",
    "人工裁定",
    (
        text("", "decision_id", "id of the decision", "裁定编号", INTERNAL),
        integer("", "left_mention_id", "the smaller mention number", "左提及", INTERNAL),
        integer("", "right_mention_id", "the larger mention number", "右提及", INTERNAL),
        text("", "verdict", "same or not_same", "裁定", PUBLIC),
        text("", "decided_by", "who decided", "裁定人", INTERNAL),
        timestamp("", "decided_at", "when it was decided", "裁定时间", INTERNAL),
        text("", "reason", "why", "理由", PERSONAL),
        timestamp("", "withdrawn_at", "when it was withdrawn", "撤回时间", INTERNAL),
        text("", "withdrawn_by", "who withdrew it", "撤回人", INTERNAL),
    ),
    ("decision_id",),
)

LINEAGE = Table(
    "identity",
    "lineage",
    "one row an event in the life of a resident id",
    "居民编号沿革",
    (
        text("", "event_id", "id of the event", "事件编号", INTERNAL),
        text("", "event", "new, merge, split, move or retire", "事件", PUBLIC),
        text("", "old_resident_id", "id before, null for new", "原编号", INTERNAL),
        text("", "new_resident_id", "id after, null for retire", "新编号", INTERNAL),
        integer("", "mentions", "mentions that moved", "涉及提及数", INTERNAL),
        timestamp("", "recorded_at", "when", "记录时间", INTERNAL),
    ),
    ("event_id",),
)

REVIEW_TASK = Table(
    "identity",
    "review_task",
    "one row a pair of mentions that a steward should look at",
    "待核查任务",
    (
        text("", "task_id", "id of the task, from its two mentions", "任务编号", INTERNAL),
        integer("", "left_mention_id", "one mention", "左提及", INTERNAL),
        integer("", "right_mention_id", "the other mention", "右提及", INTERNAL),
        text("", "reason", "what stands against joining them", "原因", PUBLIC),
        decimal("", "weight", "match weight", "匹配权重", INTERNAL, unit="bit"),
        text("", "levels", "comparison=level, joined by blanks", "比较级别", INTERNAL),
        integer("", "mentions", "mentions of both sides", "涉及提及数", INTERNAL),
    ),
    ("task_id",),
)

CONFLICT = Table(
    "identity",
    "conflict",
    "one row a group of mentions under one number that is not the number's main holder",
    "证件冲突",
    (
        text("", "conflict_id", "id of the conflict", "冲突编号", INTERNAL),
        text("", "kind", "citizen or document", "证件种类", PUBLIC),
        text("", "number", "the number in dispute", "证件号码", PERSONAL),
        integer("", "holder_mention_id", "a mention of the main holder", "主持有提及", INTERNAL),
        integer("", "other_mention_id", "a mention of the other group", "另一提及", INTERNAL),
        text("", "reading", "two_holders or borrowed", "判断", PUBLIC),
        integer("", "mentions", "mentions of the other group", "涉及提及数", INTERNAL),
        text_list("", "departments", "departments that name the other group", "涉及部门", PUBLIC),
    ),
    ("conflict_id",),
)

TERM = Table(
    "identity",
    "term",
    "one row a frequent value under one version of the model, with its share of all",
    "词频",
    (
        text("", "model_version", "version of the model", "模型版本", INTERNAL),
        text("", "kind", "name or birth_date", "种类", INTERNAL),
        text("", "term", "the value", "值", PERSONAL),
        decimal("", "share", "share of residents who have it", "占比", INTERNAL, unit="1"),
    ),
    ("model_version", "kind", "term"),
)

COMMON = Table(
    "identity",
    "common",
    "one row a value that too many share to point at anybody, under one version of the model;"
    " once too common, it stays so until the model is trained again",
    "泛用值",
    (
        text("", "model_version", "version of the model", "模型版本", INTERNAL),
        text("", "kind", "shared (by many names) or crowded (a block)", "种类", PUBLIC),
        text("", "value", "hash of the value", "值校验", INTERNAL),
    ),
    ("model_version", "kind", "value"),
)

TOUCHED = Table(
    "identity",
    "touched",
    "one row a mention that changed since the last resolution, as it was then",
    "变动提及",
    (
        *_WHO,
        text("", "number", "valid number before", "原公民身份号码", PERSONAL),
        text("", "document_no", "other document before", "原其他证件号码", PERSONAL),
        text("", "family_no", "family number before", "原家庭编号", PERSONAL),
        text("", "sound", "sound of the name before", "原近音码", PERSONAL),
        text("", "phone", "complete telephone number before", "原电话", PERSONAL),
    ),
    ("mention_id",),
)

RESOLUTION = Table(
    "identity",
    "resolution",
    "one row a step: what it read last, so that an unchanged night does nothing",
    "归并状态",
    (
        text("", "step", "the step, resolve", "步骤", PUBLIC),
        text("", "inputs", "fingerprints of what was read, as JSON", "输入指纹", INTERNAL),
        text("", "report", "the step's report, as JSON", "报告", INTERNAL),
        timestamp("", "recorded_at", "when", "记录时间", INTERNAL),
    ),
    ("step",),
)

IDENTITY_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        MENTION,
        CROSSWALK,
        CROSSWALK_HISTORY,
        NODE,
        EDGE,
        DECISION,
        LINEAGE,
        REVIEW_TASK,
        CONFLICT,
        TERM,
        COMMON,
        TOUCHED,
        RESOLUTION,
        *PLACE_TABLES,
        *ORGANISATION_TABLES,
    )
}
TABLES = IDENTITY_TABLES
