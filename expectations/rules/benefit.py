"""Benefits: amounts, months, bands of age, and what a certificate's own digits say.

    civil_affairs feeds -> what a payment should not be

All are warnings: money that was paid must stay visible, wrong or not. Needs no secrets.
"""

from expectations.rule import Kind, Rule, Severity, between, holds, matches, on, on_feeds, present

_MEMBER = "civil_affairs.assistance_member"
_PAYMENT = "civil_affairs.assistance_payment"
_CERTIFICATE = "civil_affairs.disability_certificate"
_ALLOWANCE = "civil_affairs.elderly_allowance"
_CHILD = "civil_affairs.left_behind_child"
_NUMBER = 'upper(trim("certificate_no"))'
_HAS_DIGITS = f"regexp_matches({_NUMBER}, '^[0-9]{{17}}[0-9X][1-7][1-4]')"
_AGE = (
    "date_sub('year', \"_born_id_no\", "
    'case when "to_month" is null or "to_month" >= \'2999\' then _today '
    "else least(_today, last_day(try_strptime(left(\"to_month\", 7), '%Y-%m')::date)) end)"
)
_B, _W = Kind.BENEFIT, Severity.WARNING

RULES = (
    Rule(
        "benefit.negative_amount",
        _B,
        _W,
        "A negative amount",
        "金额为负",
        "A recovery belongs in another ledger; sums would be wrong.",
        on_feeds(
            {
                _PAYMENT: [
                    between(name, 0, None)
                    for name in ("basic_amount_cny", "extra_amount_cny", "total_amount_cny")
                ],
                _ALLOWANCE: [between("monthly_amount_cny", 0, None)],
            }
        ),
        0.001,
    ),
    Rule(
        "benefit.excessive_amount",
        _B,
        _W,
        "More than 20,000 yuan in a month",
        "单月金额超过两万元",
        "A decimal point slipped, or several months were paid at once.",
        on_feeds(
            {
                _PAYMENT: [between("total_amount_cny", None, 20000)],
                _ALLOWANCE: [between("monthly_amount_cny", None, 20000)],
            }
        ),
        0.001,
    ),
    Rule(
        "benefit.sum_differs",
        _B,
        _W,
        "The sum is not the sum of its parts",
        "合计金额不等于基本金额加分类金额",
        "One of the three amounts is wrong.",
        on(
            _PAYMENT,
            holds(
                'abs("total_amount_cny" - "basic_amount_cny" '
                '- coalesce("extra_amount_cny", 0)) < 0.005',
                "total_amount_cny",
                "basic_amount_cny",
                "extra_amount_cny",
            ),
        ),
        0.005,
    ),
    Rule(
        "benefit.amount_missing",
        _B,
        _W,
        "A payment without an amount",
        "发放记录缺少金额",
        "It cannot be summed up.",
        on_feeds(
            {_PAYMENT: [present("total_amount_cny")], _ALLOWANCE: [present("monthly_amount_cny")]}
        ),
        0.005,
    ),
    Rule(
        "benefit.nothing_paid",
        _B,
        _W,
        "Paid, but nothing",
        "发放成功但金额为零",
        "The state or the amount is wrong.",
        on(
            _PAYMENT,
            holds(
                '"payment_status" <> \'paid\' or "total_amount_cny" <> 0',
                "payment_status",
                "total_amount_cny",
            ),
        ),
        0.005,
    ),
    Rule(
        "benefit.month_missing",
        _B,
        _W,
        "A benefit without a first month",
        "缺少发放或起始年月",
        "It cannot be compared with a date of death.",
        on_feeds(
            {
                _MEMBER: [present("from_month")],
                _PAYMENT: [present("paid_month")],
                _ALLOWANCE: [present("from_month")],
            }
        ),
        0.005,
    ),
    Rule(
        "benefit.account_tail",
        _B,
        _W,
        "Last digits of an account that are not digits",
        "账号尾号格式错误",
        "Payments to one account cannot be found.",
        on(_PAYMENT, matches("account_tail", "^[0-9]{3,6}$")),
        0.01,
    ),
    Rule(
        "benefit.age_band",
        _B,
        _W,
        "A band of age that does not fit the number",
        "年龄段与身份证年龄不符",
        "The amount follows the band: too much or too little is paid.",
        on(
            _ALLOWANCE,
            holds(
                f"case \"age_band\" when '80' then {_AGE} between 80 and 89 "
                f"when '90' then {_AGE} between 90 and 99 when '100' then {_AGE} >= 100 end",
                "age_band",
                "id_no",
                "to_month",
            ),
        ),
        0.03,
    ),
    Rule(
        "benefit.too_young",
        _B,
        _W,
        "An allowance for the old to somebody under 80",
        "未满80周岁领取高龄津贴",
        "The number is another person's, or the allowance came too early.",
        on(_ALLOWANCE, holds(f"{_AGE} >= 80", "id_no", "to_month")),
        0.005,
    ),
    Rule(
        "benefit.stop_without_reason",
        _B,
        _W,
        "Stopped without a reason",
        "停发无原因",
        "Death, moving away and loss of the claim must be told apart.",
        on(
            _ALLOWANCE,
            holds(
                '"to_month" is null or "to_month" >= \'2999\' or "stop_reason" is not null',
                "to_month",
                "stop_reason",
            ),
        ),
        0.1,
    ),
    Rule(
        "benefit.reason_without_stop",
        _B,
        _W,
        "A reason to stop, yet no stop",
        "有停发原因但未停发",
        "It goes on being paid.",
        on(
            _ALLOWANCE,
            holds('"stop_reason" is null or "raw_to_month" is not null', "to_month", "stop_reason"),
        ),
        0.01,
    ),
    Rule(
        "benefit.disability_kind",
        _B,
        _W,
        "A kind that differs from the certificate's digit",
        "残疾类别与证号不符",
        "Character 19 of the number is the kind.",
        on(
            _CERTIFICATE,
            holds(
                f'case when {_HAS_DIGITS} then substr({_NUMBER}, 19, 1) = "disability_kind" end',
                "certificate_no",
                "disability_kind",
            ),
        ),
        0.02,
    ),
    Rule(
        "benefit.disability_level",
        _B,
        _W,
        "A level that differs from the certificate's digit",
        "残疾等级与证号不符",
        "Character 20 of the number is the level.",
        on(
            _CERTIFICATE,
            holds(
                f'case when {_HAS_DIGITS} then substr({_NUMBER}, 20, 1) = "disability_level" end',
                "certificate_no",
                "disability_level",
            ),
        ),
        0.02,
    ),
    Rule(
        "benefit.subsidy_on_expired",
        _B,
        _W,
        "A subsidy on a certificate that has expired",
        "残疾人证已过期仍领补贴",
        "The certificate must be renewed, or the subsidy stopped.",
        on(
            _CERTIFICATE,
            holds(
                'not ("has_care_subsidy" or "has_living_subsidy") or "expires_on" >= _today',
                "expires_on",
                "has_care_subsidy",
                "has_living_subsidy",
            ),
        ),
        0.05,
    ),
    Rule(
        "benefit.child_over_16",
        _B,
        _W,
        "A left-behind child of 16 or more",
        "留守儿童已满16周岁",
        "The list is for children under 16.",
        on(_CHILD, holds('"birth_date" > _today - interval 16 year', "birth_date")),
        0.05,
    ),
    Rule(
        "benefit.nobody_away",
        _B,
        _W,
        "Neither parent is away",
        "父母均未外出",
        "Then the child is not left behind.",
        on(
            _CHILD,
            holds('"is_father_away" or "is_mother_away"', "is_father_away", "is_mother_away"),
        ),
        0.02,
    ),
    Rule(
        "benefit.child_without_guardian",
        _B,
        _W,
        "A child without a guardian",
        "留守儿童无监护人",
        "Somebody must answer for the child.",
        on(_CHILD, present("guardian_name")),
        0.005,
    ),
)
