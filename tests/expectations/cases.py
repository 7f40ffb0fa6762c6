"""For every rule a row that breaks it and a row that nearly does: (rule, feed, broken, near)."""

# ruff: noqa: E501 - a table reads better with one case a line

from datetime import UTC, date, datetime
from typing import Any

from candidates import citizen, uscc

REGISTER = "public_security.resident_register"
FLOATING = "public_security.floating_population"
ADDRESS = "public_security.standard_address"
RENTAL = "public_security.rental_housing"
FOREIGN = "public_security.foreign_resident"
MEMBER = "civil_affairs.assistance_member"
PAYMENT = "civil_affairs.assistance_payment"
CERTIFICATE = "civil_affairs.disability_certificate"
ALLOWANCE = "civil_affairs.elderly_allowance"
CREMATION = "civil_affairs.cremation"
MARRIAGE = "civil_affairs.marriage_registration"
CHILD = "civil_affairs.left_behind_child"
CASE = "city_management.case"
STEP = "city_management.case_step"
COMPONENT = "city_management.component"
ALERT = "city_management.video_alert"
SHOP = "city_management.shop"
SITE = "emergency.hazard_site"
WARNING = "emergency.warning"
SHELTER = "emergency.shelter"
TRANSFER = "emergency.transfer_record"
CARD = "emergency.evacuation_card"
DIVISION = "community.division"
WORKER = "community.grid_worker"
VISIT = "community.resident_visit"
REQUEST = "community.request"
WISH = "community.wish"
TOPIC = "community.deliberation"
USE = "community.service_use"

Values = dict[str, Any]
Case = tuple[str, str, Values, Values]


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def vague(name: str, text: str, precision: str, value: date | None = None) -> Values:
    return {
        name: value,
        f"raw_{name}": text,
        f"{name}_text": text,
        f"{name}_precision": precision,
    }


MAN = citizen("36213219850312001")  # born 1985-03-12, odd 17th digit
WOMAN = citizen("36213219870412002")
NOT_ROUND = citizen("36073120010101123")
ROUND = MAN[:15] + "000"
WRONG = MAN[:17] + ("1" if MAN[17] != "1" else "2")
CODE = uscc("91360731MA35TEST1".replace("S", "Q"))
WRONG_CODE = CODE[:17] + ("1" if CODE[17] != "1" else "2")
FIRST = "36073141600000_20260101080000_1"
NEXT = "36073141600000_20260101090000_2"
HOUSE = "贡江镇红军大道12号"

BATCH: list[Case] = [
    ("batch.key_missing", WORKER, {"scope_code": None}, {"name": None}),
    ("batch.cursor_unreadable", WISH, {"updated_at": None, "raw_updated_at": "昨天"}, {}),
    ("batch.cursor_missing", WISH, {"updated_at": None}, {}),
]

TEXT: list[Case] = [
    ("text.nul_byte", CASE, {"description": "路灯\x00坏了"}, {"description": "路灯0坏了"}),
    ("text.endless", CASE, {"description": "坏" * 333_334}, {"description": "坏" * 333_333}),
    (
        "text.replacement_character",
        CASE,
        {"description": "于\ufffd县"},
        {"description": "于？县"},
    ),
    ("text.mojibake", CASE, {"description": "锟斤拷锟斤拷"}, {"description": "斤拷"}),
    ("text.control_character", CASE, {"address": "红军\x07大道"}, {"address": "红军\t大道\n"}),
]

IDENTITY: list[Case] = [
    ("identity.nobody", VISIT, {"name": None, "id_no": " "}, {"name": None, "id_no": MAN}),
    ("identity.id_missing", VISIT, {"id_no": None}, {"id_no": "不详"}),
    ("identity.id_not_normalised", VISIT, {"id_no": f"{MAN[:6]} {MAN[6:]}"}, {"id_no": MAN}),
    ("identity.id_characters", VISIT, {"id_no": "护照G1234567"}, {"id_no": MAN.lower()}),
    ("identity.id_length", VISIT, {"id_no": MAN[:17]}, {"id_no": "362132850312001"}),
    ("identity.id_15_digits", VISIT, {"id_no": "362132850312001"}, {"id_no": MAN[:14]}),
    ("identity.id_scientific", VISIT, {"id_no": "3.62132E+17"}, {"id_no": "3.62132"}),
    ("identity.id_rounded", VISIT, {"id_no": ROUND}, {"id_no": WRONG}),
    ("identity.id_checksum", VISIT, {"id_no": WRONG}, {"id_no": NOT_ROUND}),
    (
        "identity.id_birth_part",
        VISIT,
        {"id_no": citizen("36213219850230001")},
        {"id_no": citizen("36213219840229001")},
    ),
    (
        "identity.id_birth_mismatch",
        VISIT,
        {"id_no": MAN, "birth_date": day("1985-03-13")},
        {"id_no": MAN, **vague("birth_date", "1985", "year", day("1985-01-01"))},
    ),
    ("identity.id_sex_mismatch", VISIT, {"id_no": MAN, "sex": "2"}, {"id_no": WOMAN, "sex": "2"}),
    ("identity.id_sex_mismatch", MARRIAGE, {"wife_id_no": MAN}, {"wife_id_no": WOMAN}),
    ("identity.id_is_disability_certificate", VISIT, {"id_no": MAN + "43"}, {"id_no": MAN}),
    (
        "identity.id_region",
        VISIT,
        {"id_no": citizen("99213219850312001")},
        {"id_no": citizen("81000019850312001")},
    ),
    ("identity.id_placeholder", VISIT, {"id_no": "000000"}, {"id_no": "100000"}),
    ("identity.certificate_form", CERTIFICATE, {"certificate_no": MAN + "85"}, {"certificate_no": MAN + "43B1"}),
    (
        "identity.spouses_share_number",
        MARRIAGE,
        {"husband_id_no": MAN, "wife_id_no": MAN.lower() + " "},
        {"husband_id_no": MAN, "wife_id_no": WOMAN},
    ),
    ("identity.document_form", FOREIGN, {"id_no": "护照E12"}, {"id_no": "E12345"}),
    ("identity.uscc_form", SHOP, {"uscc": CODE[:17] + "I"}, {"uscc": CODE.lower()}),
    ("identity.uscc_checksum", SHOP, {"uscc": WRONG_CODE}, {"uscc": CODE}),
]  # fmt: skip

NAME: list[Case] = [
    ("name.missing", REGISTER, {"name": None}, {"name": "王"}),
    ("name.placeholder", REGISTER, {"name": "李某某"}, {"name": "李某华"}),
    ("name.private_use", REGISTER, {"name": "王\ue863"}, {"name": "王䶮"}),
    ("name.question_mark", REGISTER, {"name": "王?"}, {"name": "王𬴂"}),
    ("name.masked", REGISTER, {"name": "王*明"}, {"name": "王明"}),
    ("name.inner_blank", REGISTER, {"name": "王　芳"}, {"name": "　王芳 "}),
    ("name.latin", REGISTER, {"name": "王yan"}, {"name": "王䶮"}),
    ("name.digits", REGISTER, {"name": "王小宝2"}, {"name": "王小宝二"}),
    ("name.note", REGISTER, {"name": "王芳（已故）"}, {"name": "王芳已故"}),
    ("name.form_of_address", REQUEST, {"requester_name": "王女士"}, {"requester_name": "王女"}),
    ("name.middle_dot", REGISTER, {"name": "阿依•古丽"}, {"name": "阿依·古丽"}),
    ("name.traditional", REGISTER, {"name": "張偉"}, {"name": "张伟"}),
    ("name.too_long", REGISTER, {"name": "阿" * 31}, {"name": "阿" * 30}),
    ("name.one_character", REGISTER, {"name": " 王 "}, {"name": "王芳"}),
    (
        "name.former_is_present",
        REGISTER,
        {"name": "王芳", "former_name": "王芳 "},
        {"name": "王芳", "former_name": "王方"},
    ),
]

CODES: list[Case] = [
    ("code.needed", MARRIAGE, {"raw_marriage_act": "复婚"}, {"marriage_act": "divorce"}),
    ("code.unknown", REGISTER, {"raw_sex": "3"}, {"sex": "9"}),
    ("code.unlisted", CASE, {"case_source": "letter"}, {"case_source": "patrol"}),
    ("code.division_form", DIVISION, {"division_code": "36073110000"}, {"division_code": "360731100"}),
    (
        "code.division_kind",
        DIVISION,
        {"division_code": "360731100", "division_kind": "community"},
        {"division_code": "360731100001", "division_kind": "community"},
    ),
    (
        "code.division_parent",
        DIVISION,
        {"division_code": "360731100", "parent_code": "360732", "division_kind": "town"},
        {"division_code": "360731100", "parent_code": "360731", "division_kind": "town"},
    ),
    ("code.grid_form", VISIT, {"grid_code": "360731100001"}, {"grid_code": "360731100001001"}),
    ("code.scope_form", WORKER, {"scope_code": "360731100001X001"}, {"scope_code": "360731100001C001B002U1"}),
    (
        "code.scope_role",
        WORKER,
        {"scope_code": "360731100001001", "worker_role": "unit_head"},
        {"scope_code": "360731100001C001B002U1", "worker_role": "unit_head"},
    ),
    ("code.compound_form", TOPIC, {"compound_code": "360731100001001"}, {"compound_code": "360731100001C001"}),
    ("code.cell_form", COMPONENT, {"cell_code": "36073110000100"}, {"cell_code": "360731100001001"}),
    ("code.component_form", COMPONENT, {"component_code": "360731010200001"}, {"component_code": "3607310102000001"}),
    (
        "code.component_cell",
        COMPONENT,
        {"component_code": "3607320102000001", "cell_code": "360731100001001"},
        {"component_code": "3607310102000001", "cell_code": "360731100001001"},
    ),
    ("code.home_division", FLOATING, {"home_division_code": "江西"}, {"home_division_code": "440300"}),
    ("code.nationality_form", FOREIGN, {"nationality": "US"}, {"nationality": "USA"}),
    ("code.item_form", USE, {"item_code": "101"}, {"item_code": "0101"}),
    ("code.event_type_form", WARNING, {"event_type": "暴雨"}, {"event_type": "11B03"}),
    ("code.rating_range", REQUEST, {"rating": 6}, {"rating": 5}),
    ("code.rating_range", CASE, {"satisfaction": 0}, {"satisfaction": 1}),
]  # fmt: skip

DATES: list[Case] = [
    ("date.unreadable", RENTAL, {"raw_let_from": "去年"}, {"let_from": day("2025-01-01")}),
    (
        "date.unreadable",
        REGISTER,
        vague("birth_date", "不详", "none"),
        vague("birth_date", "19700101", "none"),
    ),
    ("date.month_unreadable", PAYMENT, {"raw_paid_month": "上月"}, {"paid_month": "2025-01"}),
    ("date.time_unreadable", REQUEST, {"raw_rated_at": "?"}, {"rated_at": at("2026-01-01")}),
    ("number.unreadable", RENTAL, {"raw_registered_occupants": "三"}, {"registered_occupants": 3}),
    ("flag.unreadable", REGISTER, {"raw_is_current": "是吗"}, {"is_current": True}),
    ("list.unreadable", WARNING, {"raw_area_codes": "[36"}, {"area_codes": ["360731"]}),
    ("date.future", CREMATION, {"cremated_on": day("2026-07-01")}, {"cremated_on": day("2026-06-30")}),
    ("date.clock_ahead", WISH, {"updated_at": at("2026-07-02")}, {"updated_at": at("2026-07-01")}),
    ("date.ancient", REGISTER, {"birth_date": day("1889-12-31")}, {"birth_date": day("1890-01-01")}),
    (
        "date.filler",
        REGISTER,
        {"birth_date": day("1970-01-01"), "birth_date_text": "19700101"},
        {
            "birth_date": day("1970-01-01"),
            "birth_date_text": "19700101",
            "id_no": citizen("36213219700101001"),
        },
    ),
    (
        "date.day_unknown",
        REGISTER,
        vague("death_date", "20260300", "month", day("2026-03-01")),
        {"death_date": day("2026-03-01"), "death_date_text": "20260301"},
    ),
    ("date.age_instead", CARD, vague("birth_date_1", "35", "age"), {"birth_date_1": day("1991-01-01")}),
    ("date.excel_serial", MEMBER, vague("birth_date", "25569", "day", day("1970-01-01")), vague("birth_date", "202556", "none")),
    ("date.short_year", MEMBER, vague("birth_date", "85-3-12", "day", day("1985-03-12")), vague("birth_date", "198503", "month", day("1985-03-01"))),
    (
        "date.too_old",
        REGISTER,
        {"birth_date": day("1906-06-29"), "is_current": True},
        {"birth_date": day("1906-06-29"), "is_current": True, "person_status": "1"},
    ),
    (
        "date.death_before_birth",
        REGISTER,
        {"birth_date": day("1985-03-12"), "death_date": day("1985-03-11")},
        {"birth_date": day("1985-03-12"), **vague("death_date", "19850300", "month", day("1985-03-01"))},
    ),
    ("date.death_before_birth", CREMATION, {"id_no": MAN, "death_date": day("1985-03-11")}, {"id_no": MAN, "death_date": day("1985-03-12")}),
    (
        "date.death_without_status",
        REGISTER,
        {"death_date": day("2026-01-01"), "person_status": "0"},
        {"death_date": day("2026-01-01"), "person_status": "8"},
    ),
    ("date.death_missing", REGISTER, {"person_status": "1"}, {"person_status": "2"}),
    (
        "date.cremated_before_death",
        CREMATION,
        {"death_date": day("2026-01-02"), "cremated_on": day("2026-01-01")},
        {"death_date": day("2026-01-02"), "cremated_on": day("2026-01-02")},
    ),
    ("date.validity_order", RENTAL, {"let_from": day("2025-01-02"), "let_to": day("2025-01-01")}, {"let_from": day("2025-01-02"), "let_to": day("2025-01-02")}),
    ("date.validity_order", ALLOWANCE, {"from_month": "2025-02", "to_month": "2025-01"}, {"from_month": "2025-02", "to_month": "3000-12"}),
    ("date.changed_before_made", WISH, {"created_at": at("2026-01-02")}, {"created_at": at("2026-01-01")}),
    (
        "date.registered_before_birth",
        FLOATING,
        {"registered_on": day("2020-01-01"), "birth_date": day("2020-01-02")},
        {"registered_on": day("2020-01-01"), "birth_date": day("2020-01-01")},
    ),
]  # fmt: skip

_CURRENT = {"is_current": True, "is_reversed": False}

RESIDENCE: list[Case] = [
    ("residence.address_missing", REGISTER, {"register_address": None}, {"register_address": "无"}),
    ("residence.address_too_short", VISIT, {"address": "于都县"}, {"address": "梓山村口"}),
    ("residence.address_filler", VISIT, {"address": "同户籍"}, {"address": "同心路1号"}),
    ("residence.address_full_width", VISIT, {"address": "８０栋付１０６号"}, {"address": "80栋付106号"}),
    ("residence.floor_above_building", ADDRESS, {"floor": 7, "building_floors": 6}, {"floor": 6, "building_floors": 6}),
    ("residence.room_without_building", ADDRESS, {"compound_name": "金桥小区", "room": "501"}, {"room": "501"}),
    ("residence.unit_without_building", ADDRESS, {"unit": "2"}, {"unit": "2", "building": "3"}),
    ("residence.merged_into_nothing", ADDRESS, {"address_status": "2"}, {"address_status": "0"}),
    (
        "residence.merged_into_itself",
        ADDRESS,
        {"standard_address_id": "A1", "merged_into_id": "A1"},
        {"standard_address_id": "A1", "merged_into_id": "A2"},
    ),
    ("residence.address_without_community", ADDRESS, {"town_name": "贡江镇"}, {"town_name": "贡江镇", "community_name": "长征社区"}),
    ("residence.coordinates_outside", ADDRESS, {"longitude_deg": 0.0, "latitude_deg": 0.0}, {"longitude_deg": 25.9, "latitude_deg": 115.4}),
    ("residence.coordinates_swapped", ADDRESS, {"longitude_deg": 25.9, "latitude_deg": 115.4}, {"longitude_deg": 115.4, "latitude_deg": 25.9}),
    ("residence.coordinates_half", ADDRESS, {"longitude_deg": 115.4}, {"longitude_deg": None}),
    ("residence.let_without_dates", RENTAL, {"let_to": day("2025-01-01")}, {"let_from": day("2025-01-01")}),
    ("residence.let_without_landlord", RENTAL, {"landlord_phone": "13800001234"}, {"landlord_id_no": MAN}),
    ("residence.let_nowhere", RENTAL, {}, {"standard_address_id": "A1"}),
    ("residence.occupants", RENTAL, {"registered_occupants": -1}, {"registered_occupants": 0}),
    (
        "residence.moved_out_yet_current",
        REGISTER,
        {"person_status": "2", "register_match": "01", **_CURRENT},
        {"person_status": "2", "register_match": "02", **_CURRENT},
    ),
    (
        "residence.current_has_end",
        REGISTER,
        {**_CURRENT, "valid_to_at": at("2026-01-01")},
        {"is_current": True, "is_reversed": True, "valid_to_at": at("2026-01-01")},
    ),
    (
        "residence.closed_without_end",
        REGISTER,
        {"is_current": False, "is_reversed": False},
        {"is_current": False, "is_reversed": True},
    ),
    ("residence.current_yet_reversed", REGISTER, {"is_current": True, "is_reversed": True}, _CURRENT),
    ("residence.version_without_start", REGISTER, {}, {"valid_from_at": at("2020-01-01")}),
    (
        "residence.permit_expired",
        FLOATING,
        {"floating_status": "12", "permit_expires_on": day("2025-12-31")},
        {"floating_status": "12", "permit_expires_on": day("2026-01-01")},
    ),
    (
        "residence.permit_without_number",
        FLOATING,
        {"permit_expires_on": day("2027-01-01")},
        {"permit_expires_on": day("2027-01-01"), "permit_no": "36073120260001"},
    ),
]  # fmt: skip

HOUSEHOLD: list[Case] = [
    ("household.booklet_missing", REGISTER, {}, {"booklet_no": "1"}),
    ("household.relation_missing", REGISTER, {"household_kind": "1"}, {"household_kind": "2"}),
    ("household.relation_sex", REGISTER, {"relation": "12", "sex": "1"}, {"relation": "10", "sex": "1"}),
    (
        "household.married_too_young",
        REGISTER,
        {"marital_status": "20", "birth_date": day("2008-07-01")},
        {"marital_status": "20", "birth_date": day("2008-06-30")},
    ),
    (
        "household.married_under_age",
        MARRIAGE,
        {"marriage_act": "marriage", "wife_id_no": WOMAN, "registered_on": day("2007-03-31")},
        {"marriage_act": "marriage", "wife_id_no": WOMAN, "registered_on": day("2007-04-12")},
    ),
    ("household.covered_persons", MEMBER, {"covered_persons": 0}, {"covered_persons": 1}),
    (
        "household.head_is_another",
        MEMBER,
        {"relation_text": "本人", "name": "王芳", "head_name": "王方"},
        {"relation_text": "配偶", "name": "王芳", "head_name": "王方"},
    ),
    ("household.card_empty", CARD, {"head_name": "王芳"}, {"name_1": "王芳"}),
    (
        "household.card_size",
        CARD,
        {"household_size": 1, "name_1": "王芳", "name_2": "王明"},
        {"household_size": 2, "name_1": "王芳", "name_2": "王明"},
    ),
    ("household.card_unnamed", CARD, {"sex_2": "1"}, {"sex_2": "1", "name_2": "王明"}),
    ("household.card_gap", CARD, {"name_1": "王芳", "name_3": "王明"}, {"name_1": "王芳", "name_2": "王明"}),
]  # fmt: skip

PHONE: list[Case] = [
    ("phone.malformed", VISIT, {"phone": "1380000123"}, {"phone": "+86 138-0000-1234"}),
    ("phone.masked", VISIT, {"phone": "138****1234"}, {"phone": "13800001234"}),
    ("phone.landline", VISIT, {"phone": "0797-6233456"}, {"phone": "13800001234"}),
    ("phone.several", VISIT, {"phone": "13800001234/13900001234"}, {"phone": "13800001234/"}),
    ("phone.filler", VISIT, {"phone": "13800000000"}, {"phone": "13800000001"}),
    ("phone.contact_missing", SITE, {"watcher_name": "王芳"}, {"watcher_phone": "13800001234"}),
]

BENEFIT: list[Case] = [
    ("benefit.negative_amount", PAYMENT, {"total_amount_cny": -0.01}, {"total_amount_cny": 0.0}),
    ("benefit.excessive_amount", PAYMENT, {"total_amount_cny": 20000.01}, {"total_amount_cny": 20000.0}),
    (
        "benefit.sum_differs",
        PAYMENT,
        {"basic_amount_cny": 400.1, "extra_amount_cny": 50.2, "total_amount_cny": 450.2},
        {"basic_amount_cny": 400.1, "extra_amount_cny": 50.2, "total_amount_cny": 450.3},
    ),
    ("benefit.amount_missing", PAYMENT, {"basic_amount_cny": 1.0}, {"total_amount_cny": 1.0}),
    (
        "benefit.nothing_paid",
        PAYMENT,
        {"payment_status": "paid", "total_amount_cny": 0.0},
        {"payment_status": "failed", "total_amount_cny": 0.0},
    ),
    ("benefit.month_missing", PAYMENT, {}, {"paid_month": "2026-01"}),
    ("benefit.account_tail", PAYMENT, {"account_tail": "12a4"}, {"account_tail": "1234"}),
    (
        "benefit.age_band",
        ALLOWANCE,
        {"age_band": "90", "id_no": citizen("36213219360701001")},
        {"age_band": "90", "id_no": citizen("36213219360630001")},
    ),
    (
        "benefit.too_young",
        ALLOWANCE,
        {"id_no": citizen("36213219460701001")},
        {"id_no": citizen("36213219460630001")},
    ),
    ("benefit.stop_without_reason", ALLOWANCE, {"to_month": "2026-01"}, {"to_month": "3000-12"}),
    ("benefit.reason_without_stop", ALLOWANCE, {"stop_reason": "死亡"}, {"stop_reason": "死亡", "to_month": "2026-01"}),
    (
        "benefit.disability_kind",
        CERTIFICATE,
        {"certificate_no": MAN + "43", "disability_kind": "5"},
        {"certificate_no": MAN + "43", "disability_kind": "4"},
    ),
    (
        "benefit.disability_level",
        CERTIFICATE,
        {"certificate_no": MAN + "43B1", "disability_level": "2"},
        {"certificate_no": MAN + "43B1", "disability_level": "3"},
    ),
    (
        "benefit.subsidy_on_expired",
        CERTIFICATE,
        {"has_care_subsidy": True, "expires_on": day("2026-06-29")},
        {"has_care_subsidy": True, "expires_on": day("2026-06-30")},
    ),
    ("benefit.child_over_16", CHILD, {"birth_date": day("2010-06-30")}, {"birth_date": day("2010-07-01")}),
    (
        "benefit.nobody_away",
        CHILD,
        {"is_father_away": False, "is_mother_away": False},
        {"is_father_away": False, "is_mother_away": None},
    ),
    ("benefit.child_without_guardian", CHILD, {}, {"guardian_name": "王芳"}),
]  # fmt: skip

TICKET: list[Case] = [
    ("ticket.closed_before_reported", CASE, {"reported_at": at("2026-01-02"), "closed_at": at("2026-01-01")}, {"reported_at": at("2026-01-02"), "closed_at": at("2026-01-02")}),
    ("ticket.due_before_reported", CASE, {"reported_at": at("2026-01-02"), "deadline_at": at("2026-01-01")}, {"reported_at": at("2026-01-02"), "deadline_at": at("2026-01-02")}),
    ("ticket.closed_without_time", CASE, {"case_status": "closed"}, {"case_status": "feedback"}),
    ("ticket.open_with_close", CASE, {"case_status": "verified", "closed_at": at("2026-01-01")}, {"case_status": "feedback", "closed_at": at("2026-01-01")}),
    ("ticket.reported_missing", CASE, {}, {"reported_at": at("2026-01-01")}),
    ("ticket.dispatched_to_nobody", CASE, {"case_status": "dispatched"}, {"case_status": "verified"}),
    ("ticket.duplicate_of_itself", CASE, {"case_id": "1", "duplicate_of": "1"}, {"case_id": "1", "duplicate_of": "2"}),
    ("ticket.component_missing", CASE, {"case_kind": "component"}, {"case_kind": "event"}),
    ("ticket.placeless", CASE, {"latitude_deg": 25.9}, {"grid_code": "360731100001001"}),
    ("ticket.step_order", STEP, {"began_at": at("2026-01-02"), "ended_at": at("2026-01-01")}, {"began_at": at("2026-01-02"), "ended_at": None}),
    ("ticket.step_number", STEP, {"seq": 0}, {"seq": 1}),
    ("ticket.step_of_nothing", STEP, {}, {"case_id": "1"}),
    ("ticket.dispatch_to_nobody", STEP, {"case_step": "dispatch"}, {"case_step": "handle"}),
    (
        "ticket.request_order",
        REQUEST,
        {"reported_at": at("2026-01-02"), "handled_at": at("2026-01-01")},
        {"reported_at": at("2026-01-02"), "handled_at": at("2026-01-02")},
    ),
    ("ticket.request_state", REQUEST, {"request_status": "accepted"}, {"request_status": "reported"}),
    ("ticket.rated_without_rating", REQUEST, {"request_status": "rated"}, {"request_status": "rated", "rating": 3}),
    ("ticket.wish_order", WISH, {"claimed_at": at("2026-01-02"), "done_at": at("2026-01-01")}, {"claimed_at": at("2026-01-02"), "done_at": at("2026-01-02")}),
    ("ticket.wish_claimed_by_nobody", WISH, {"wish_status": "claimed"}, {"wish_status": "open"}),
    ("ticket.topic_order", TOPIC, {"raised_at": at("2026-01-02"), "done_at": at("2026-01-01")}, {"raised_at": at("2026-01-02"), "done_at": at("2026-01-02")}),
    ("ticket.confidence", ALERT, {"confidence": 1.01}, {"confidence": 1.0}),
    ("ticket.alert_without_camera", ALERT, {}, {"camera_id": "1"}),
    ("ticket.picture_address", ALERT, {"image_url": "C:\\1.jpg"}, {"image_url": "/1.jpg"}),
]  # fmt: skip

EMERGENCY: list[Case] = [
    ("warning.identifier_form", WARNING, {"warning_id": "36073141600000_20260101_1"}, {"warning_id": FIRST}),
    (
        "warning.time_in_identifier",
        WARNING,
        {"warning_id": FIRST, "sent_at": at("2026-01-02T00:01:00")},
        {"warning_id": FIRST, "sent_at": at("2026-01-02T00:00:00")},
    ),
    ("warning.alert_refers", WARNING, {"warning_action": "Alert", "reference_ids": FIRST}, {"warning_action": "Update", "reference_ids": FIRST}),
    ("warning.update_refers_to_nothing", WARNING, {"warning_action": "Cancel"}, {"warning_action": "Alert"}),
    ("warning.reference_form", WARNING, {"reference_ids": f"{FIRST},{NEXT}"}, {"reference_ids": f"{FIRST} {NEXT}"}),
    ("warning.refers_to_itself", WARNING, {"warning_id": NEXT, "reference_ids": f"{FIRST} {NEXT}"}, {"warning_id": NEXT, "reference_ids": FIRST}),
    ("warning.period", WARNING, {"effective_at": at("2026-01-02"), "expires_at": at("2026-01-01")}, {"effective_at": at("2026-01-02"), "expires_at": at("2026-01-02")}),
    ("warning.endless", WARNING, {"warning_action": "Alert"}, {"warning_action": "Cancel"}),
    ("warning.nowhere", WARNING, {"area_codes": []}, {"area_codes": ["360731"]}),
    ("warning.area_form", WARNING, {"area_codes": ["360731", "3607"]}, {"area_codes": ["360731", "360731100"]}),
    ("warning.polygon_form", WARNING, {"polygon_wkt": "115.4 25.9"}, {"polygon_wkt": "POLYGON ((115 25, 116 25, 116 26, 115 25))"}),
    ("warning.unsaid", WARNING, {"instruction": "转移"}, {"headline": "暴雨橙色预警"}),
    ("hazard.coordinate_form", SITE, {"longitude_text": "115度24分"}, {"longitude_text": "115°24′33″"}),
    ("hazard.coordinate_outside", SITE, {"longitude_text": "25.9"}, {"longitude_text": "115.4"}),
    ("hazard.unwatched", SITE, {"hazard_state": "active"}, {"hazard_state": "cancelled"}),
    ("hazard.threatened", SITE, {"threatened_people": -1}, {"threatened_people": 0}),
    ("hazard.radius", SITE, {"radius_m": 50_001}, {"radius_m": 50_000}),
    ("hazard.placeless", SITE, {"town_name": "贡江镇"}, {"town_name": "贡江镇", "village_name": "梓山村"}),
    ("shelter.over_capacity", SHELTER, {"occupied": 101, "capacity": 100}, {"occupied": 100, "capacity": 100}),
    ("shelter.capacity", SHELTER, {"capacity": 0}, {"capacity": 1}),
    ("transfer.nobody", TRANSFER, {"people_moved": 0}, {"people_moved": 1}),
    ("transfer.causeless", TRANSFER, {}, {"warning_id": FIRST}),
    ("transfer.to_nowhere", TRANSFER, {}, {"shelter_id": "1"}),
    ("card.for_no_hazard", CARD, {}, {"hazard_site_code": "1"}),
    ("card.no_way_out", CARD, {"route": "向东"}, {"route": "向东", "shelter_name": "小学"}),
]  # fmt: skip

CASES: list[Case] = [
    *BATCH,
    *TEXT,
    *IDENTITY,
    *NAME,
    *CODES,
    *DATES,
    *RESIDENCE,
    *HOUSEHOLD,
    *PHONE,
    *BENEFIT,
    *TICKET,
    *EMERGENCY,
]
