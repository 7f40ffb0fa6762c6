"""Rules between departments about where people live and what is counted there.

    stage.registered, warehouse.residency + conformed.* -> contradictions

Needs no secrets.
"""

from expectations.between.rule import Between, Side
from expectations.between.shared import sql

_REGISTER = "public_security.resident_register"
_FLOATING = "public_security.floating_population"
_RENTAL = "public_security.rental_housing"
_VISIT = "community.resident_visit"
_MEMBER = "civil_affairs.assistance_member"
_ALLOWANCE = "civil_affairs.elderly_allowance"

BETWEEN = (
    Between(
        "residence",
        "Registered as living in one dwelling, found in another",
        "登记住址与采集住址不一致",
        "A warning is delivered to the wrong door.",
        "Who rings at the door knows better than a register of years ago.",
        (
            Side(f"{_VISIT}.address", f"{_REGISTER}.register_address"),
            Side(f"{_VISIT}.address", f"{_FLOATING}.address"),
        ),
        sql("residence"),
        0.2,
    ),
    Between(
        "two_registers",
        "Registered twice at the same time",
        "重复户口",
        "Two persons of the register are one: each is counted.",
        "The older entry was not cancelled when the person moved.",
        (Side(f"{_REGISTER}.person_no", f"{_REGISTER}.person_no"),),
        sql("two_registers"),
        0.002,
    ),
    Between(
        "two_residences",
        "Two current residences",
        "同时存在两处现住址登记",
        "The person is counted in both dwellings.",
        "The older registration was not ended when the person moved on.",
        (
            Side(f"{_FLOATING}.registered_on", f"{_FLOATING}.registered_on"),
            Side(f"{_FLOATING}.registered_on", f"{_REGISTER}.register_match"),
        ),
        sql("two_residences"),
        0.01,
    ),
    Between(
        "moved_out_yet_met",
        "Moved out, and yet met at home",
        "已迁出人员仍在本地居住",
        "Services are refused to somebody who lives here.",
        "The person has come back, or never left; the register was not told.",
        (Side(f"{_VISIT}.visited_at", f"{_REGISTER}.person_status"),),
        sql("moved_out_yet_met"),
        0.01,
    ),
    Between(
        "moved_out_yet_granted",
        "Moved out, and a grant goes on",
        "已迁出人员待遇未终止",
        "The county that the person moved to pays as well.",
        "The list of grants was not told of the move.",
        (
            Side(f"{_REGISTER}.person_status", f"{_MEMBER}.to_month"),
            Side(f"{_REGISTER}.person_status", f"{_ALLOWANCE}.to_month"),
        ),
        sql("moved_out_yet_granted"),
        0.005,
    ),
    Between(
        "floating_yet_local",
        "Registered as coming from elsewhere, and on the register here",
        "流动人口登记与本地户籍并存",
        "The person is counted as resident and as migrant.",
        "The registration was made from an old card.",
        (Side(f"{_REGISTER}.person_status", f"{_FLOATING}.home_division_code"),),
        sql("floating_yet_local"),
        0.02,
    ),
    Between(
        "occupants",
        "More occupants than registered",
        "实住人数多于登记人数",
        "In a fire nobody knows whom to look for.",
        "The landlord registered the first tenants only.",
        (
            Side(f"{_FLOATING}.rental_no", f"{_RENTAL}.registered_occupants"),
            Side(f"{_VISIT}.address", f"{_RENTAL}.registered_occupants"),
        ),
        sql("occupants"),
        0.2,
    ),
    Between(
        "let_yet_ended",
        "A tenant in a letting that has ended",
        "出租已结束仍有租客登记",
        "Either the letting goes on unregistered, or the tenant has left.",
        "The tenant's registration is the newer record.",
        (Side(f"{_FLOATING}.registered_on", f"{_RENTAL}.let_to"),),
        sql("let_yet_ended"),
        0.05,
    ),
)
