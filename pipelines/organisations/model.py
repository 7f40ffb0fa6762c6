"""The organisations' linkage model: shops on a street, landlords that are no persons.

    strong: a valid credit code (GB 32100)      compared: name, who runs it, telephone, place
    -> ORGANISATIONS, for pipelines.link

A name says little here (a dozen 福满楼餐饮店 in one county), so a pair needs a second thing beside
it. Priors are orders of magnitude, not measured on any data set; weights are learned as soon as
enough credit codes come twice. Needs no secrets.
"""

from pipelines.link import Blocking, Comparison, Level, LinkModel, OneOf, Strong, Survivor

NAME = Comparison(
    "name",
    "name_l is null or name_r is null",
    (
        Level("same", "name_l = name_r", m=0.75, u=1e-3, term="name"),
        # The same name but for the place before it and the legal form behind it.
        Level("same_core", "core_l = core_r", m=0.12, u=2e-3, term="core"),
        Level(
            "one_in_the_other",
            "least(length(core_l), length(core_r)) >= 3"
            " and (contains(core_l, core_r) or contains(core_r, core_l))",
            m=0.06,
            u=2e-3,
        ),
        Level(
            "one_character",
            "least(length(core_l), length(core_r)) >= 4 and within_edits(core_l, core_r, 1)",
            m=0.03,
            u=4e-3,
        ),
    ),
    Level("different", "true", m=0.04, u=0.99),
)

# One person runs several shops, so this is a sign, not proof.
OPERATOR = Comparison(
    "operator",
    "(operator_no_l is null or operator_no_r is null)"
    " and (operator_l is null or operator_r is null)",
    (
        Level("same_number", "operator_no_l = operator_no_r", m=0.6, u=2e-5),
        Level(
            "same_name",
            "operator_l = operator_r and (operator_no_l is null or operator_no_r is null)",
            m=0.25,
            u=1e-4,
            term="operator",
        ),
    ),
    Level("different", "true", m=0.15, u=0.99),
)

PHONE = Comparison(
    "phone",
    "phone_l is null or phone_r is null",
    (Level("same", "phone_l = phone_r", m=0.7, u=2e-5),),
    Level("different", "true", m=0.3, u=0.99),
)

# An organisation may have several premises: another place says little against.
PLACE = Comparison(
    "place",
    "(dwelling_l is null or dwelling_r is null) and (home_l is null or home_r is null)"
    " and (grid_l is null or grid_r is null)",
    (
        Level("same_home", "dwelling_l = dwelling_r or home_l = home_r", m=0.5, u=1e-4),
        Level("same_grid", "grid_l = grid_r", m=0.2, u=5e-3),
    ),
    Level("elsewhere", "true", m=0.3, u=0.99),
)

ORGANISATIONS = LinkModel(
    version="organisations-1",
    key=("mention_id",),
    # One code on two names is one clerk's slip, unless nothing else agrees either.
    strong=(
        Strong(
            ("uscc",),
            (
                "char_similarity(core_l, core_r) < 0.5"
                " and coalesce(operator_l <> operator_r, true)"
                " and coalesce(phone_l <> phone_r, true) and coalesce(home_l <> home_r, true)",
            ),
        ),
    ),
    comparisons=(NAME, OPERATOR, PHONE, PLACE),
    blocking=(
        Blocking(("core", "phone")),
        Blocking(("core", "operator")),
        Blocking(("core", "home")),
        Blocking(("core", "dwelling")),
        Blocking(("operator_no", "phone")),
        Blocking(("phone", "home")),
    ),
    constraints=(OneOf("uscc", competes=True),),
    needs=(
        ("name.same", "name.same_core", "name.one_in_the_other", "name.one_character"),
        ("operator.same_number", "operator.same_name", "phone.same", "place.same_home"),
    ),
    learn_from=("labels",),
    join_weight=6.0,
    review_weight=3.0,
    survivorship=(
        Survivor("uscc"),
        Survivor("name_text", "latest", by="updated_at"),
        Survivor("phone", "latest", by="updated_at"),
        Survivor("grid", "latest", by="updated_at"),
    ),
)
