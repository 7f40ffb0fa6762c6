"""Emergencies: warnings (GB/T 35965), hazard sites, shelters, transfers and cards.

    emergency.* -> messages that refer to nothing, places nowhere, numbers that cannot be

All are warnings: a warning that is formally wrong still warns. Needs no secrets.
"""

from expectations.rule import (
    Kind,
    Rule,
    Severity,
    between,
    holds,
    in_order,
    matches,
    on,
    on_feeds,
    present,
)

_WARNING = "emergency.warning"
_SITE = "emergency.hazard_site"
_SHELTER = "emergency.shelter"
_TRANSFER = "emergency.transfer_record"
_CARD = "emergency.evacuation_card"
_IDENTIFIER = "[0-9]{14}_[0-9]{14}_[0-9]+"
_DECIMAL = "^-?[0-9]{1,3}(\\.[0-9]+)?$"
_DEGREES = "^[0-9]{1,3}°([0-9]{1,2}(\\.[0-9]+)?[′'’]([0-9]{1,2}(\\.[0-9]+)?[″\"”])?)?$"


def _coordinate(column: str, low: int, high: int) -> str:
    """A longitude or latitude in either spelling, within China's limits."""
    text = f'trim("{column}")'
    whole = f"regexp_extract({text}, '^([0-9]+)°', 1)"
    degrees = f"coalesce(try_cast({text} as double), try_cast({whole} as double))"
    return f"{degrees} between {low} and {high}"


def _form(column: str) -> str:
    quotes = _DEGREES.replace("'", "''")
    text = f'trim("{column}")'
    return f"regexp_matches({text}, '{_DECIMAL}') or regexp_matches({text}, '{quotes}')"


_E, _W = Kind.EMERGENCY, Severity.WARNING

RULES = (
    Rule(
        "warning.identifier_form",
        _E,
        _W,
        "An identifier of a wrong form",
        "预警标识格式错误",
        "6+3+3+2 digits, the time, a number (GB/T 35965.1).",
        on(_WARNING, matches("warning_id", f"^{_IDENTIFIER}$")),
        0.02,
    ),
    Rule(
        "warning.time_in_identifier",
        _E,
        _W,
        "The identifier's time is not the sending time",
        "预警标识中的时间与发布时间不符",
        "More than a day apart: the identifier was used again.",
        on(
            _WARNING,
            holds(
                "abs(date_diff('minute', try_strptime(regexp_extract(\"warning_id\", "
                "'^[0-9]{14}_([0-9]{14})_', 1), '%Y%m%d%H%M%S'), "
                "\"sent_at\" at time zone 'Asia/Shanghai')) <= 1440",
                "warning_id",
                "sent_at",
            ),
        ),
        0.02,
    ),
    Rule(
        "warning.alert_refers",
        _E,
        _W,
        "A first alert that refers to another",
        "首次预警不应引用其他预警",
        "Then it is an update.",
        on(
            _WARNING,
            holds(
                '"warning_action" <> \'Alert\' or "reference_ids" is null',
                "warning_action",
                "reference_ids",
            ),
        ),
        0.01,
    ),
    Rule(
        "warning.update_refers_to_nothing",
        _E,
        _W,
        "An update or cancellation that refers to nothing",
        "更新或解除未引用原预警",
        "The message that it changes stays in force.",
        on(
            _WARNING,
            holds(
                "\"warning_action\" not in ('Update', 'Cancel') or \"reference_ids\" is not null",
                "warning_action",
                "reference_ids",
            ),
        ),
        0.01,
    ),
    Rule(
        "warning.reference_form",
        _E,
        _W,
        "References of a wrong form",
        "引用的预警标识格式错误",
        "Identifiers separated by blanks.",
        on(_WARNING, matches("reference_ids", f"^{_IDENTIFIER}( +{_IDENTIFIER})*$")),
        0.02,
    ),
    Rule(
        "warning.refers_to_itself",
        _E,
        _W,
        "A message that refers to itself",
        "预警引用自身",
        "Following it would never end.",
        on(
            _WARNING,
            holds('not contains("reference_ids", "warning_id")', "reference_ids", "warning_id"),
        ),
    ),
    Rule(
        "warning.period",
        _E,
        _W,
        "Expires before it takes effect",
        "失效时间早于生效时间",
        "It is in force on no moment.",
        on(_WARNING, *in_order("effective_at", "expires_at")),
        0.005,
    ),
    Rule(
        "warning.endless",
        _E,
        _W,
        "An alert without an end",
        "预警无失效时间",
        "It would stay in force for ever.",
        on(
            _WARNING,
            holds(
                '"warning_action" = \'Cancel\' or "expires_at" is not null',
                "expires_at",
                "warning_action",
            ),
        ),
        0.05,
    ),
    Rule(
        "warning.nowhere",
        _E,
        _W,
        "A warning without an area",
        "预警无影响区域",
        "Nobody can be told to be in danger.",
        on(
            _WARNING,
            holds(
                '"polygon_wkt" is not null or len("area_codes") > 0', "area_codes", "polygon_wkt"
            ),
        ),
        0.01,
    ),
    Rule(
        "warning.area_form",
        _E,
        _W,
        "An area code of a wrong form",
        "影响区域编码格式错误",
        "A division of 6, 9 or 12 digits, or a grid of 15.",
        on(
            _WARNING,
            holds(
                'len(list_filter("area_codes", lambda code: not regexp_matches(code, '
                "'^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15})$'))) = 0",
                "area_codes",
            ),
        ),
        0.02,
    ),
    Rule(
        "warning.polygon_form",
        _E,
        _W,
        "An area that is no WKT",
        "影响范围不是WKT",
        "It cannot be drawn nor intersected.",
        on_feeds(
            {
                _WARNING: [matches("polygon_wkt", "^ *(MULTI)?POLYGON *Z? *\\(\\(")],
                "community.division": [matches("polygon_wkt", "^ *(MULTI)?POLYGON *Z? *\\(\\(")],
            }
        ),
        0.01,
    ),
    Rule(
        "warning.unsaid",
        _E,
        _W,
        "A warning without headline or text",
        "预警无标题和内容",
        "Nobody knows what to do.",
        on(
            _WARNING,
            holds('coalesce("headline", "description") is not null', "headline", "description"),
        ),
        0.005,
    ),
    Rule(
        "hazard.coordinate_form",
        _E,
        _W,
        "A coordinate that cannot be read",
        "隐患点坐标格式错误",
        "Decimal, or degrees, minutes and seconds.",
        on(
            _SITE,
            holds(_form("longitude_text"), "longitude_text"),
            holds(_form("latitude_text"), "latitude_text"),
        ),
        0.02,
    ),
    Rule(
        "hazard.coordinate_outside",
        _E,
        _W,
        "A hazard outside China",
        "隐患点坐标不在中国境内",
        "Zeros, or longitude and latitude swapped.",
        on(
            _SITE,
            holds(_coordinate("longitude_text", 73, 136), "longitude_text"),
            holds(_coordinate("latitude_text", 3, 54), "latitude_text"),
        ),
        0.01,
    ),
    Rule(
        "hazard.unwatched",
        _E,
        _W,
        "An active hazard that nobody watches",
        "在册隐患点无监测人",
        "Each active site has a watcher by name.",
        on(
            _SITE,
            holds(
                '"hazard_state" <> \'active\' or "watcher_name" is not null',
                "hazard_state",
                "watcher_name",
            ),
        ),
        0.01,
    ),
    Rule(
        "hazard.threatened",
        _E,
        _W,
        "A number of threatened people that cannot be",
        "受威胁人数异常",
        "Negative, or more than 100,000.",
        on(_SITE, between("threatened_people", 0, 100_000)),
        0.01,
    ),
    Rule(
        "hazard.radius",
        _E,
        _W,
        "A radius that cannot be",
        "影响半径异常",
        "Negative, or more than 50 km.",
        on(_SITE, between("radius_m", 0, 50_000)),
        0.01,
    ),
    Rule(
        "hazard.placeless",
        _E,
        _W,
        "A hazard without town or village",
        "隐患点缺少乡镇或村",
        "No division answers for it.",
        on(_SITE, present("town_name"), present("village_name")),
        0.02,
    ),
    Rule(
        "shelter.over_capacity",
        _E,
        _W,
        "More people than places",
        "安置人数超过容量",
        "Somebody must be moved on.",
        on(_SHELTER, holds('"occupied" <= "capacity"', "occupied", "capacity")),
        0.05,
    ),
    Rule(
        "shelter.capacity",
        _E,
        _W,
        "A capacity that cannot be",
        "避难场所容量异常",
        "Negative or zero places.",
        on(_SHELTER, between("capacity", 1, 1_000_000)),
        0.02,
    ),
    Rule(
        "transfer.nobody",
        _E,
        _W,
        "A transfer of nobody",
        "转移人数异常",
        "At least one person, and hardly more than 50 of a household.",
        on(_TRANSFER, between("people_moved", 1, 50)),
        0.01,
    ),
    Rule(
        "transfer.causeless",
        _E,
        _W,
        "A transfer for no warning",
        "转移记录未关联预警",
        "It cannot be said what caused it.",
        on(_TRANSFER, present("warning_id")),
        0.05,
    ),
    Rule(
        "transfer.to_nowhere",
        _E,
        _W,
        "A transfer to no shelter",
        "转移记录无安置点",
        "The people cannot be found.",
        on(_TRANSFER, present("shelter_id")),
        0.1,
    ),
    Rule(
        "card.for_no_hazard",
        _E,
        _W,
        "A card for no hazard",
        "明白卡未关联隐患点",
        "The household would not be warned.",
        on(_CARD, present("hazard_site_code")),
        0.01,
    ),
    Rule(
        "card.no_way_out",
        _E,
        _W,
        "A card without a way out or a place to go",
        "明白卡缺少撤离路线或安置点",
        "That is what the card is for.",
        on(_CARD, present("route"), present("shelter_name")),
        0.02,
    ),
)
