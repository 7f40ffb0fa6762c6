"""Where people live: addresses, dwellings, lettings, and what the register says about the place.

    _text_<address> (roles.py), floors, rooms, coordinates, status -> what does not fit

All are warnings. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.roles import address_columns, self_slot
from expectations.rule import (
    Bind,
    Kind,
    Part,
    Rule,
    Severity,
    holds,
    length,
    matches_not,
    on,
    present,
)
from schemas.model import Feed

_REGISTER = "public_security.resident_register"
_FLOATING = "public_security.floating_population"
_ADDRESS = "public_security.standard_address"
_RENTAL = "public_security.rental_housing"
_FILLER = "^(无|不详|未知|暂无|待定|同上|同户籍地?|本地|外地|[-—/.0]+|测试.*)$"


def _placed(feed: Feed) -> Iterator[Part]:
    slot = self_slot(feed)
    if slot and slot.address:
        yield present(slot.address)


def _addresses(feed: Feed) -> tuple[str, ...]:
    return tuple(f"_text_{name}" for name in address_columns(feed))


def _long_enough(feed: Feed) -> Iterator[Part]:
    return (length(name, 4, None) for name in _addresses(feed))


def _no(regex: str) -> Bind:
    return lambda feed: (matches_not(name, regex) for name in _addresses(feed))


def _has(feed: Feed, *names: str) -> bool:
    return set(names) <= {column.name for column in feed.columns}


def _in_china(feed: Feed) -> Iterator[Part]:
    if _has(feed, "longitude_deg", "latitude_deg"):
        box = '"longitude_deg" between 73 and 136 and "latitude_deg" between 3 and 54'
        swapped = '"latitude_deg" between 73 and 136 and "longitude_deg" between 3 and 54'
        yield holds(f"({box}) or ({swapped})", "longitude_deg", "latitude_deg")


def _not_swapped(feed: Feed) -> Iterator[Part]:
    if _has(feed, "longitude_deg", "latitude_deg"):
        swapped = '"latitude_deg" between 73 and 136 and "longitude_deg" between 3 and 54'
        yield holds(f"not ({swapped})", "longitude_deg", "latitude_deg")


def _both_or_none(feed: Feed) -> Iterator[Part]:
    if _has(feed, "longitude_deg", "latitude_deg"):
        yield holds(
            '("longitude_deg" is null) = ("latitude_deg" is null)', "longitude_deg", "latitude_deg"
        )


_R, _W = Kind.RESIDENCE, Severity.WARNING
_CURRENT = 'coalesce("is_current", false) and not coalesce("is_reversed", false)'

RULES = (
    Rule(
        "residence.address_missing",
        _R,
        _W,
        "No address",
        "住址为空",
        "The person can be placed in no dwelling and no grid.",
        _placed,
        0.05,
    ),
    Rule(
        "residence.address_too_short",
        _R,
        _W,
        "An address of fewer than four characters",
        "住址过短",
        "It names no place that could be found.",
        _long_enough,
        0.02,
    ),
    Rule(
        "residence.address_filler",
        _R,
        _W,
        "A filler instead of an address",
        "住址为占位内容",
        "不详 or 同上 names no place.",
        _no(_FILLER),
        0.02,
    ),
    Rule(
        "residence.address_full_width",
        _R,
        _W,
        "An address with full-width digits",
        "住址含全角数字或字母",
        "It is read all the same; as text it differs from others.",
        _no("[０-９Ａ-Ｚａ-ｚ]"),
        0.1,
    ),
    Rule(
        "residence.floor_above_building",
        _R,
        _W,
        "A floor above the building's height",
        "楼层高于总楼层",
        "One of the two is wrong; the fire brigade would look in vain.",
        on(_ADDRESS, holds('"floor" <= "building_floors"', "floor", "building_floors")),
        0.005,
    ),
    Rule(
        "residence.room_without_building",
        _R,
        _W,
        "A room of a compound without a building",
        "有小区室号无楼栋",
        "In a compound the room is found by building and unit.",
        on(
            _ADDRESS,
            holds(
                '"compound_name" is null or "room" is null or "building" is not null',
                "room",
                "building",
                "compound_name",
            ),
        ),
        0.05,
    ),
    Rule(
        "residence.unit_without_building",
        _R,
        _W,
        "A unit without a building",
        "有单元无楼栋",
        "A unit is an entrance of a building.",
        on(_ADDRESS, holds('"unit" is null or "building" is not null', "unit", "building")),
        0.01,
    ),
    Rule(
        "residence.merged_into_nothing",
        _R,
        _W,
        "Merged, but not into what",
        "已合并地址缺少合并目标",
        "Who lived there is then nowhere.",
        on(
            _ADDRESS,
            holds(
                '"address_status" <> \'2\' or "merged_into_id" is not null',
                "address_status",
                "merged_into_id",
            ),
        ),
        0.001,
    ),
    Rule(
        "residence.merged_into_itself",
        _R,
        _W,
        "Merged into itself",
        "地址合并至自身",
        "Following it would never end.",
        on(
            _ADDRESS,
            holds(
                '"merged_into_id" <> "standard_address_id"', "merged_into_id", "standard_address_id"
            ),
        ),
    ),
    Rule(
        "residence.address_without_community",
        _R,
        _W,
        "A standard address without town or community",
        "标准地址缺少乡镇或社区",
        "It belongs to no division.",
        on(_ADDRESS, present("town_name"), present("community_name")),
        0.01,
    ),
    Rule(
        "residence.coordinates_outside",
        _R,
        _W,
        "Coordinates outside China",
        "坐标不在中国境内",
        "Zeros, or another unit.",
        _in_china,
        0.01,
    ),
    Rule(
        "residence.coordinates_swapped",
        _R,
        _W,
        "Longitude and latitude swapped",
        "经纬度颠倒",
        "The pair fits when it is swapped.",
        _not_swapped,
        0.01,
    ),
    Rule(
        "residence.coordinates_half",
        _R,
        _W,
        "One coordinate of two",
        "经纬度缺一",
        "One alone is no place.",
        _both_or_none,
        0.01,
    ),
    Rule(
        "residence.let_without_dates",
        _R,
        _W,
        "A letting without a start",
        "出租房无出租开始日期",
        "It cannot be told since when, nor whether it has ended.",
        on(_RENTAL, present("let_from")),
        0.05,
    ),
    Rule(
        "residence.let_without_landlord",
        _R,
        _W,
        "A letting without a landlord",
        "出租房无房主信息",
        "Nobody can be asked about the tenants.",
        on(
            _RENTAL,
            holds(
                'coalesce("landlord_name", "landlord_id_no") is not null',
                "landlord_name",
                "landlord_id_no",
            ),
        ),
        0.01,
    ),
    Rule(
        "residence.let_nowhere",
        _R,
        _W,
        "A letting without any address",
        "出租房无地址",
        "It can be found by neither text nor standard address.",
        on(
            _RENTAL,
            holds(
                'coalesce("address", "standard_address_id") is not null',
                "address",
                "standard_address_id",
            ),
        ),
        0.01,
    ),
    Rule(
        "residence.occupants",
        _R,
        _W,
        "A number of occupants that cannot be",
        "登记人数异常",
        "Negative, or more than 50 in one dwelling.",
        on(_RENTAL, holds('"registered_occupants" between 0 and 50', "registered_occupants")),
        0.005,
    ),
    Rule(
        "residence.moved_out_yet_current",
        _R,
        _W,
        "Moved out, yet living at the register address",
        "已迁出但仍为人户一致的当前记录",
        "The current version says both that the person left and that they live there.",
        on(
            _REGISTER,
            holds(
                f"not (\"person_status\" = '2' and \"register_match\" = '01' and {_CURRENT})",
                "person_status",
                "register_match",
                "is_current",
            ),
        ),
        0.01,
    ),
    Rule(
        "residence.current_has_end",
        _R,
        _W,
        "Current, but with an end",
        "当前记录存在结束时间",
        "A version that has ended is not the current one.",
        on(
            _REGISTER,
            holds(f'not ({_CURRENT} and "valid_to_at" is not null)', "is_current", "valid_to_at"),
        ),
        0.005,
    ),
    Rule(
        "residence.closed_without_end",
        _R,
        _W,
        "A closed version without an end",
        "历史记录缺少结束时间",
        "It cannot be told until when it was so.",
        on(
            _REGISTER,
            holds(
                '"is_current" or "is_reversed" or "valid_to_at" is not null',
                "is_current",
                "valid_to_at",
            ),
        ),
        0.02,
    ),
    Rule(
        "residence.current_yet_reversed",
        _R,
        _W,
        "Current and reversed at once",
        "当前记录已被撤销",
        "A reversed version is not valid.",
        on(_REGISTER, holds('not ("is_current" and "is_reversed")', "is_current", "is_reversed")),
        0.005,
    ),
    Rule(
        "residence.version_without_start",
        _R,
        _W,
        "A version without a start",
        "记录缺少起用时间",
        "It cannot be told since when it is so.",
        on(_REGISTER, present("valid_from_at")),
        0.01,
    ),
    Rule(
        "residence.permit_expired",
        _R,
        _W,
        "In force with a permit that had expired",
        "登记有效但居住证已过期",
        "The person has left, or should renew.",
        on(
            _FLOATING,
            holds(
                '"floating_status" <> \'12\' or "permit_expires_on" >= "updated_at"::date',
                "floating_status",
                "permit_expires_on",
            ),
        ),
        0.2,
    ),
    Rule(
        "residence.permit_without_number",
        _R,
        _W,
        "A permit with an end but no number",
        "有居住证有效期无居住证编号",
        "The permit cannot be looked up.",
        on(
            _FLOATING,
            holds(
                '"permit_expires_on" is null or "permit_no" is not null',
                "permit_no",
                "permit_expires_on",
            ),
        ),
        0.05,
    ),
)
