"""The identity zone's tables of places: what an address means, and who lives together.

    conformed.* + standard_address + division -> address_match, address_alias
    register, visits, crosswalk, address_match -> home, household, household_member

``schemas.identity`` lists them with the other identity tables. Needs no secrets.
"""

from schemas.columns import INTERNAL, PERSONAL, PUBLIC, code, decimal, flag, integer, text
from schemas.model import Table

_LEVELS = (
    "room, unit, building, compound, community; null if the text does not settle the community"
)

ADDRESS_MATCH = Table(
    "identity",
    "address_match",
    "one row an address that a record gives for a person or a place, and what the text means",
    "地址匹配",
    (
        text("", "department", "department that delivered the row", "部门", PUBLIC),
        text("", "feed", "feed of the row", "数据集", PUBLIC),
        text("", "record_key", "key of the row at the department", "记录主键", PERSONAL),
        text("", "slot", "which person of the row", "角色", PUBLIC),
        text("", "dwelling_id", "the standard address in force", "住房标识", PERSONAL),
        text("", "level", _LEVELS, "匹配层级", PUBLIC),
        decimal("", "confidence", "how sure the match is, 0 to 1", "置信度", INTERNAL, unit="1"),
        text("", "reason", "why it was not placed deeper, or what is odd about it", "原因", PUBLIC),
        text("", "town_name", "town as it is called now", "乡镇街道", PUBLIC),
        text("", "community_name", "community or village as it is called now", "社区村", PUBLIC),
        text("", "compound_name", "compound", "小区名称", PUBLIC),
        text("", "grid_code", "grid, where the place lies in one", "网格编码", PUBLIC),
    ),
    ("department", "feed", "record_key", "slot"),
)

ADDRESS_ALIAS = Table(
    "identity",
    "address_alias",
    "one row another name of a community or compound, to be read and corrected",
    "地名别称",
    (
        text("", "kind", "town, community or compound", "类别", PUBLIC),
        text("", "alias", "the other name", "别称", PUBLIC),
        text("", "town_name", "town in which it is said", "乡镇街道", PUBLIC),
        text(
            "",
            "community_code",
            "the community meant, or that holds the compound",
            "社区编码",
            PUBLIC,
        ),
        text("", "name", "the name in force", "现名", PUBLIC),
        text("", "origin", "division, address or steward", "来源", PUBLIC),
        integer("", "support", "standard addresses that lie there", "支持数", INTERNAL),
        flag("", "is_refused", "a steward refused it: it is not used", "是否弃用", INTERNAL),
    ),
    ("kind", "alias", "town_name", "community_code", "name"),
)

HOME = Table(
    "identity",
    "home",
    "one row a resident whose home is known, a dormitory or a home for the elderly too",
    "现住住房",
    (
        text("", "resident_id", "the hub's id of the person", "居民编号", INTERNAL),
        text("", "dwelling_id", "where the person lives", "住房标识", PERSONAL),
        text("", "source", "feed whose word it is, or booklet: with its others", "依据", PUBLIC),
    ),
    ("resident_id",),
)

HOUSEHOLD = Table(
    "identity",
    "household",
    "one row a household: registered (a booklet) or living (who lives in a dwelling)",
    "户",
    (
        text("", "household_id", "opaque id, kept from night to night", "户标识", INTERNAL),
        text("", "kind", "registered or living", "户类型", PUBLIC),
        text("", "booklet_no", "register booklet", "户号", PERSONAL),
        text("", "dwelling_id", "its dwelling", "住房标识", PERSONAL),
        text("", "head_resident_id", "its head", "户主居民标识", INTERNAL),
        integer("", "members", "members", "人数", INTERNAL, unit="person"),
    ),
    ("household_id",),
    indexes=(("dwelling_id",), ("booklet_no",)),
)

HOUSEHOLD_MEMBER = Table(
    "identity",
    "household_member",
    "one row a member of a household",
    "户成员",
    (
        text("", "household_id", "household", "户标识", INTERNAL),
        text("", "resident_id", "the hub's id of the person", "居民编号", INTERNAL),
        code("", "relation", "relation", "与户主关系", PERSONAL),
        flag("", "is_head", "the head", "是否户主", INTERNAL),
        text("", "source", "feed whose word put the person there", "依据", PUBLIC),
        text("", "doubt", "what speaks against the relation: sex or age", "存疑", INTERNAL),
    ),
    ("household_id", "resident_id"),
    references={"household_id": "household.household_id"},
    indexes=(("resident_id",),),
)

ADDRESS_TEXT = Table(
    "identity",
    "address_text",
    "one row a distinct address text: how it was read, so that no night reads it again",
    "地址解析",
    (
        integer("", "text_id", "number of the text, from its characters", "文本编号", INTERNAL),
        text("", "town", "code of the town", "乡镇编码", PUBLIC),
        text("", "community", "code of the community", "社区编码", PUBLIC),
        integer("", "compound", "number of the compound", "小区编号", INTERNAL),
        integer("", "group_id", "number of the village group or street", "村组编号", INTERNAL),
        text("", "building", "building", "楼栋", INTERNAL),
        text("", "unit", "unit (entrance)", "单元", INTERNAL),
        text("", "room", "room", "室号", INTERNAL),
        text("", "house", "number or landmark of a village house", "门牌号", INTERNAL),
        text("", "reason", "why a name was not settled", "原因", PUBLIC),
        decimal("", "doubt", "taken off the confidence", "存疑", INTERNAL, unit="1"),
        text("", "version", "of the county's names and of the parser", "版本", INTERNAL),
    ),
    ("text_id",),
)

PLACE_TABLES: tuple[Table, ...] = (
    ADDRESS_MATCH,
    ADDRESS_ALIAS,
    ADDRESS_TEXT,
    HOME,
    HOUSEHOLD,
    HOUSEHOLD_MEMBER,
)
