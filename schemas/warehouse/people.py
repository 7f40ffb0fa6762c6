"""Warehouse tables of people: residents, their numbers, names and values, households, events.

    identity.crosswalk + conformed.* -> survivorship -> warehouse.resident, resident_value, ...

Needs no secrets.
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
from schemas.model import Table
from schemas.warehouse.build import DEPARTMENT, FEED, copied, resident, seen_as, table

_REGISTER = "public_security.resident_register"
_FLOATING = "public_security.floating_population"
_FOREIGN = "public_security.foreign_resident"
_VISIT = "community.resident_visit"
_CREMATION = "civil_affairs.cremation"
_MARRIAGE = "civil_affairs.marriage_registration"


def _from(name: str, *feeds: str) -> str:
    return " ".join(f"{feed}.{name}" for feed in feeds)


_PEOPLE = (_REGISTER, _FLOATING, _FOREIGN, _VISIT)
_NAMES = _from("name", *_PEOPLE)
_IDS = _from("id_no", *_PEOPLE)
_BIRTHS = _from("birth_date", *_PEOPLE)
_PHONES = _from("phone", *_PEOPLE)
_HOUSEHOLD = "identity.household"

RESIDENT = table(
    "resident",
    "one row a person, with the golden value of each attribute: by trust of source, then recency",
    "居民",
    ("resident_id",),
    (
        resident(description="random id that stays with the person"),
        text(_NAMES, "name", "golden name", "姓名", PERSONAL),
        text(_NAMES, "name_masked", "surname, the rest as asterisks", "姓名（脱敏）", INTERNAL),
        text("identity.mention.pinyin", "pinyin", "its pinyin, no tones", "姓名拼音", PERSONAL),
        code(_from("sex", *_PEOPLE), "sex", "sex", "性别", INTERNAL),
        date(_BIRTHS, "birth_date", "golden date of birth", "出生日期", PERSONAL),
        integer(_BIRTHS, "birth_year", "year of birth", "出生年", INTERNAL),
        code(_from("ethnicity", _REGISTER, _FLOATING), "ethnicity", "ethnicity", "民族", SENSITIVE),
        text(_IDS, "id_no", "golden identity number", "证件号码", PERSONAL),
        text(_IDS, "id_no_masked", "its first six digits", "证件号码（脱敏）", INTERNAL),
        text(_PHONES, "phone", "golden telephone", "联系电话", PERSONAL),
        text(_PHONES, "phone_masked", "its first three digits", "联系电话（脱敏）", INTERNAL),
        *copied(_REGISTER, "marital_status", "education"),
        text(f"{_FOREIGN}.nationality", "nationality", "nationality, alpha-3", "国籍", PERSONAL),
        code("", "person_type", "person_type", "人口类别", INTERNAL),
        seen_as(copied(_REGISTER, "person_status")[0], INTERNAL),
        flag(
            f"{_REGISTER}.person_status {_CREMATION}.cremation_no",
            "is_dead",
            "the register or a cremation says so",
            "是否死亡",
            INTERNAL,
        ),
        date(
            f"{_CREMATION}.death_date {_REGISTER}.death_date",
            "death_date",
            "date of death: cremation before register",
            "死亡日期",
            PERSONAL,
        ),
        text(
            "identity.home.dwelling_id",
            "living_dwelling_id",
            "where the person lives: by the newest visit or registration, else by other records;"
            " children and the old of whom none tells, where the others of their booklet went",
            "现住住房标识",
            INTERNAL,
        ),
        text(
            "identity.address_match.dwelling_id",
            "register_dwelling_id",
            "where the person is registered",
            "户籍住房标识",
            INTERNAL,
        ),
        text(
            "public_security.standard_address.grid_code identity.address_match.grid_code",
            "grid_code",
            "grid of the dwelling lived in, else of the newest visit, else of the register address;"
            " of the dead, where a record still has them",
            "网格编码",
            PUBLIC,
        ),
        text(
            "public_security.standard_address.grid_code",
            "community_code",
            "community of that grid",
            "社区编码",
            PUBLIC,
        ),
        text_list(
            "identity.crosswalk.department",
            "departments",
            "departments that know the person, in order",
            "来源部门",
            INTERNAL,
        ),
        integer(
            "identity.crosswalk.resident_id",
            "mention_count",
            "appearances in records",
            "记录数",
            INTERNAL,
        ),
    ),
    references={
        "living_dwelling_id": "dwelling.dwelling_id",
        "register_dwelling_id": "dwelling.dwelling_id",
    },
    indexes=(
        ("id_no",),
        ("birth_date", "name"),
        ("pinyin",),
        ("living_dwelling_id",),
        ("grid_code",),
        ("phone",),
    ),
    is_recorded=True,
)

RESIDENT_VALUE = table(
    "resident_value",
    "one row a value of an attribute on which a resident's sources differ, winner and losers",
    "居民属性取值",
    ("resident_id", "attribute", "value"),
    (
        resident(),
        text("", "attribute", "name, sex, birth_date, id_no, ethnicity or phone", "属性", INTERNAL),
        text("", "value", "the value, as text", "取值", PERSONAL),
        flag("", "is_golden", "the value that the resident table shows", "是否采用", INTERNAL),
        DEPARTMENT,
        FEED,
        integer("", "trust", "trust in the best source of the value, 0 to 99", "可信度", INTERNAL),
        timestamp("", "observed_at", "newest record with the value", "最近时间", INTERNAL),
        integer("", "record_count", "records with the value", "记录数", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id"},
)

IDENTIFIER = table(
    "identifier",
    "one row an identity number that a resident was seen with",
    "证件号码",
    ("resident_id", "id_no"),
    (
        resident(),
        text(_IDS, "id_no", "the number, comparable form", "证件号码", PERSONAL),
        text(_IDS, "id_no_masked", "its first six digits", "证件号码（脱敏）", INTERNAL),
        flag("", "is_golden", "the number that the resident table shows", "是否采用", INTERNAL),
        flag("", "is_citizen_id", "18 characters with a right check digit", "是否有效", INTERNAL),
        text_list("", "departments", "departments that gave it", "来源部门", INTERNAL),
        integer("", "record_count", "records with it", "记录数", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("id_no",),),
)

RESIDENT_NAME = table(
    "resident_name",
    "one row a name that a resident was seen with",
    "居民姓名",
    ("resident_id", "name"),
    (
        resident(),
        text(_NAMES, "name", "the name", "姓名", PERSONAL),
        text(_NAMES, "name_masked", "surname, the rest as asterisks", "姓名（脱敏）", INTERNAL),
        text("", "name_kind", "golden, former or other", "姓名类型", INTERNAL),
        text_list("", "departments", "departments that gave it", "来源部门", INTERNAL),
        integer("", "record_count", "records with it", "记录数", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("name",),),
)

CROSSWALK = table(
    "crosswalk",
    "one row an appearance of a person in a record, and the resident that it is",
    "身份对照",
    ("department", "feed", "record_key", "slot"),
    (
        DEPARTMENT,
        FEED,
        text("", "record_key", "key of the record at the department", "记录主键", PERSONAL),
        text("", "slot", "which person of the record", "槽位", INTERNAL),
        resident(),
        text("identity.crosswalk.method", "method", "how it was decided", "判定方法", INTERNAL),
        decimal("identity.crosswalk.weight", "weight", "match weight", "匹配权重", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",),),
    is_recorded=True,
)

HOUSEHOLD = table(
    "household",
    "one row a household: registered (a booklet) or living (who lives in a dwelling)",
    "户",
    ("household_id",),
    (
        text(f"{_HOUSEHOLD}.household_id", "household_id", "stable id", "户标识", INTERNAL),
        text(f"{_HOUSEHOLD}.kind", "household_kind", "registered or living", "户类型", INTERNAL),
        text(f"{_HOUSEHOLD}.dwelling_id", "dwelling_id", "its dwelling", "住房标识", INTERNAL),
        resident("head_resident_id", "its head", "户主居民标识"),
        text(f"{_HOUSEHOLD}.booklet_no", "booklet_no", "register booklet", "户号", PERSONAL),
        integer(f"{_HOUSEHOLD}.members", "member_count", "members", "人数", INTERNAL),
    ),
    references={"dwelling_id": "dwelling.dwelling_id", "head_resident_id": "resident.resident_id"},
    indexes=(("dwelling_id",),),
    is_recorded=True,
)

HOUSEHOLD_MEMBER = table(
    "household_member",
    "one row a member of a household",
    "户成员",
    ("household_id", "resident_id"),
    (
        text("identity.household_member.household_id", "household_id", "household", "户标识"),
        resident(),
        text(
            "identity.household_member.relation",
            "relation",
            "relation to the head, code of GB/T 4761 where known",
            "与户主关系",
            INTERNAL,
        ),
        flag("identity.household_member.is_head", "is_head", "the head", "是否户主", INTERNAL),
    ),
    references={
        "household_id": "household.household_id",
        "resident_id": "resident.resident_id",
    },
    indexes=(("resident_id",),),
    is_recorded=True,
)

RESIDENT_TAG = table(
    "resident_tag",
    "one row a tag that a feed gives a resident",
    "居民标签",
    ("resident_id", "tag", "department", "feed"),
    (
        resident(),
        text(
            f"{_VISIT}.tags_text", "tag", "the tag, as the department writes it", "标签", SENSITIVE
        ),
        DEPARTMENT,
        FEED,
        date(f"{_VISIT}.visited_at", "seen_on", "newest day that says so", "最近日期", INTERNAL),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("tag",),),
    is_recorded=True,
)

LIFE_EVENT = table(
    "life_event",
    "one row an event of a person's life, as one record reports it",
    "人生事件",
    ("department", "feed", "record_key", "event_kind"),
    (
        DEPARTMENT,
        FEED,
        text(
            f"{_REGISTER}.version_id {_CREMATION}.cremation_no {_MARRIAGE}.registration_no",
            "record_key",
            "key of the record at the department",
            "记录主键",
            INTERNAL,
        ),
        text("", "event_kind", "death, cremation, marriage or divorce", "事件类型", INTERNAL),
        resident(),
        resident("other_resident_id", "the spouse, in a marriage or divorce", "对方居民标识"),
        date(
            f"{_REGISTER}.death_date {_CREMATION}.death_date {_CREMATION}.cremated_on"
            f" {_MARRIAGE}.registered_on",
            "occurred_on",
            "the day, as far as it is known",
            "发生日期",
            PERSONAL,
        ),
    ),
    references={"resident_id": "resident.resident_id"},
    indexes=(("resident_id",),),
)

RESIDENT_LINEAGE = table(
    "resident_lineage",
    "one row a change of an id: residents that were merged, split or retired",
    "居民标识沿革",
    ("lineage_id",),
    (
        text("identity.lineage.event_id", "lineage_id", "id of the event", "沿革标识", INTERNAL),
        text("identity.lineage.event", "event", "merge, split or retire", "事件", INTERNAL),
        text(
            "identity.lineage.old_resident_id", "old_resident_id", "id before", "原标识", INTERNAL
        ),
        text("identity.lineage.new_resident_id", "new_resident_id", "id after", "新标识", INTERNAL),
        timestamp("identity.lineage.recorded_at", "happened_at", "when", "时间", INTERNAL),
    ),
    indexes=(("old_resident_id",),),
)

PEOPLE: tuple[Table, ...] = (
    RESIDENT,
    RESIDENT_VALUE,
    IDENTIFIER,
    RESIDENT_NAME,
    CROSSWALK,
    HOUSEHOLD,
    HOUSEHOLD_MEMBER,
    RESIDENT_TAG,
    LIFE_EVENT,
    RESIDENT_LINEAGE,
)
