"""Dates and numbers: what could not be read, what cannot have been, what is out of order.

    raw_<column>, <column>, <column>_precision, <column>_text -> unreadable, odd, out of order

An unreadable value is null in conformed and keeps its text in raw; the row goes on unless its
place in time hangs on it. "Future" is later than the business date. Needs no secrets.
"""

from collections.abc import Iterable, Iterator

from expectations.roles import birth_columns, columns_of, fuzzy_columns, id_columns
from expectations.rule import Bind, Kind, Part, Rule, Severity, holds, in_order, on, on_feeds
from schemas.derive import quoted
from schemas.model import Feed, Type

HAPPENED = frozenset(
    {
        "birth_date", "death_date", "registered_on", "issued_on", "cremated_on", "reported_at",
        "closed_at", "began_at", "ended_at", "occurred_at", "sent_at", "visited_at", "accepted_at",
        "verified_at", "handled_at", "feedback_at", "rated_at", "created_at", "claimed_at",
        "done_at", "raised_at", "agreed_at", "used_at", "paid_month",
    }
)  # fmt: skip
_FILLERS = "^(1970-?0?1-?0?1|1900-?0?1-?0?1|1899-?12-?3[01]|0001-?0?1-?0?1|9999.*|0+|1111-?11-?11)"
_FILLER_DAYS = ("1970-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "0001-01-01", "1111-11-11")
_MONTH_ONLY = "^[0-9]{4}(-?(0[1-9]|1[0-2]))?(-?00)?(-?00)?$"


def _unreadable(*types: Type) -> Bind:
    def bound(feed: Feed) -> Iterator[Part]:
        for column in columns_of(feed, *types):
            if not column.fuzzy and column.name != feed.cursor_name:
                raw = quoted(f"raw_{column.name}")
                yield holds(f"{raw} is null or {quoted(column.name)} is not null", column.name)

    return bound


def _is_filler(name: str) -> str:
    """Whether a fuzzy date is a filler; only the days that fillers name are looked at closer."""
    value, precision, text = (quoted(name + end) for end in ("", "_precision", "_text"))
    days = ", ".join(f"date '{day}'" for day in _FILLER_DAYS)
    near = f"{value} < date '9000-01-01' and {value} not in ({days})"
    plain = f"{precision} = 'day' and {near}"
    return f"(case when {plain} then false else regexp_matches(trim({text}), '{_FILLERS}') end)"


def _unreadable_dates(feed: Feed) -> Iterator[Part]:
    yield from _unreadable(Type.DATE)(feed)
    for name in fuzzy_columns(feed):
        known = f"coalesce({quoted(name + '_precision')}, 'none') <> 'none'"
        filler = _is_filler(name)
        yield holds(f"{quoted(name + '_text')} is null or {known} or {filler}", name)


def _day(feed: Feed, name: str) -> str:
    """A value as a local calendar day."""
    kind = feed.column(name).type
    if kind is Type.TIMESTAMP:
        return f"({quoted(name)} at time zone 'Asia/Shanghai')::date"
    if kind is Type.MONTH:
        return f"try_strptime(left({quoted(name)}, 7), '%Y-%m')::date"
    return quoted(name)


def _future(feed: Feed) -> Iterator[Part]:
    for column in feed.columns:
        if column.name in HAPPENED or column.name in birth_columns(feed):
            yield holds(f"{_day(feed, column.name)} <= _today", column.name)


def _clock_ahead(feed: Feed) -> Iterator[Part]:
    cursor = feed.cursor_name
    if cursor and cursor not in HAPPENED:
        yield holds(f"{_day(feed, cursor)} <= _today + 1", cursor)


def _ancient(feed: Feed) -> Iterator[Part]:
    for column in columns_of(feed, Type.DATE, Type.TIMESTAMP):
        oldest = "1890-01-01" if column.fuzzy else "1900-01-02"
        filler = _is_filler(column.name) if column.fuzzy else "false"
        yield holds(f"{_day(feed, column.name)} >= date '{oldest}' or {filler}", column.name)


def _fillers(feed: Feed) -> Iterator[Part]:
    """A person really born on such a day has it in the number too."""
    numbers = {ids.slot.birth_date: quoted(ids.born) for ids in id_columns(feed)}
    for name in fuzzy_columns(feed):
        filler = _is_filler(name)
        agrees = (
            f"coalesce({numbers[name]} = {quoted(name)}, false)" if name in numbers else "false"
        )
        yield holds(f"not {filler} or {agrees}", name)


def _precise(feed: Feed) -> Iterator[Part]:
    for name in fuzzy_columns(feed):
        vague = f"not regexp_matches(trim({quoted(name + '_text')}), '{_MONTH_ONLY}')"
        precision = quoted(name + "_precision")
        yield holds(f"case when {precision} in ('month', 'year') then {vague} else true end", name)


def _no_age(feed: Feed) -> Iterator[Part]:
    for name in fuzzy_columns(feed):
        yield holds(f"{quoted(name + '_precision')} <> 'age'", name)


def _no_serial(feed: Feed) -> Iterator[Part]:
    for name, written in _written_dates(feed):
        serial = f"regexp_matches(trim({written}), '^[0-9]{{5}}(\\.0+)?$')"
        yield holds(f"case when length({written}) > 8 then true else not {serial} end", name)


def _no_short_year(feed: Feed) -> Iterator[Part]:
    """With a digit in third place it can only be six digits that are not a year and a month."""
    short = "^([0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{6})$"
    month = "^(19[0-9]{2}|20[0-2][0-9])(0[1-9]|1[0-2])$"
    for name, written in _written_dates(feed):
        plain = f"length({written}) > 7 and substr({written}, 3, 1) between '0' and '9'"
        text = f"trim({written})"
        long = f"not regexp_matches({text}, '{short}') or regexp_matches({text}, '{month}')"
        yield holds(f"case when {plain} then true else {long} end", name)


def _written_dates(feed: Feed) -> Iterator[tuple[str, str]]:
    for column in columns_of(feed, Type.DATE):
        suffix = f"{column.name}_text" if column.fuzzy else f"raw_{column.name}"
        yield column.name, quoted(suffix)


def _not_too_old(feed: Feed) -> Iterator[Part]:
    over = "{} >= _today - interval 120 year"
    if feed.id == "public_security.resident_register":
        alive = "coalesce(\"person_status\", '0') = '0' and coalesce(\"is_current\", false)"
        yield holds(
            f"not ({alive}) or {over.format(quoted('birth_date'))}", "birth_date", "person_status"
        )
    elif feed.name != "cremation":
        for name in birth_columns(feed):
            yield holds(over.format(quoted(name)), name)


def _orders(orders: dict[str, Iterable[tuple[str, ...]]]) -> Bind:
    return on_feeds(
        {
            feed: [part for order in found for part in in_order(*order)]
            for feed, found in orders.items()
        }
    )


_REGISTER = "public_security.resident_register"
_D, _E, _W = Kind.DATE, Severity.ERROR, Severity.WARNING

RULES = (
    Rule(
        "date.unreadable",
        _D,
        _W,
        "A date that cannot be read",
        "日期无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable_dates,
        0.01,
    ),
    Rule(
        "date.month_unreadable",
        _D,
        _W,
        "A month that cannot be read",
        "年月无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable(Type.MONTH),
        0.01,
    ),
    Rule(
        "date.time_unreadable",
        _D,
        _W,
        "A time that cannot be read",
        "时间无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable(Type.TIMESTAMP),
        0.01,
    ),
    Rule(
        "number.unreadable",
        _D,
        _W,
        "A number that cannot be read",
        "数值无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable(Type.INTEGER, Type.DECIMAL),
        0.01,
    ),
    Rule(
        "flag.unreadable",
        _D,
        _W,
        "A yes or no that cannot be read",
        "是否标志无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable(Type.BOOLEAN),
        0.01,
    ),
    Rule(
        "list.unreadable",
        _D,
        _W,
        "A list that cannot be read",
        "列表无法识别",
        "The value is left out; its text stays in raw.",
        _unreadable(Type.TEXT_LIST),
        0.01,
    ),
    Rule(
        "date.future",
        _D,
        _W,
        "Something that happened in the future",
        "已发生事项的日期晚于今日",
        "Later than the business date: a wrong year, or a clock that is ahead.",
        _future,
        0.01,
    ),
    Rule(
        "date.clock_ahead",
        _D,
        _W,
        "The row was changed after tomorrow",
        "更新时间晚于当前日期",
        "The department's clock is ahead: increments that follow it would skip rows.",
        _clock_ahead,
        0.001,
    ),
    Rule(
        "date.ancient",
        _D,
        _W,
        "A date before 1890",
        "日期早于1890年",
        "Nobody in the registers is that old.",
        _ancient,
        0.01,
    ),
    Rule(
        "date.filler",
        _D,
        _W,
        "A filler such as 19700101",
        "日期为占位值（如19700101）",
        "Unknown was written as the first day of some calendar.",
        _fillers,
        0.02,
    ),
    Rule(
        "date.day_unknown",
        _D,
        _W,
        "A date without a day",
        "日期缺少日（如日为00）",
        "The month or the year is taken over, with its precision.",
        _precise,
        0.05,
    ),
    Rule(
        "date.age_instead",
        _D,
        _W,
        "An age where a birth date belongs",
        "出生日期栏填写了年龄",
        "Cards allow it; elsewhere the year of birth is a guess.",
        _no_age,
        0.5,
    ),
    Rule(
        "date.excel_serial",
        _D,
        _W,
        "A date written by Excel as a day number",
        "日期为Excel序列号",
        "25569 is 1 January 1970; it is converted, and the department should format the column.",
        _no_serial,
        0.05,
    ),
    Rule(
        "date.short_year",
        _D,
        _W,
        "A year of two digits",
        "年份只有两位",
        "85-3-12: the century is a guess.",
        _no_short_year,
        0.02,
    ),
    Rule(
        "date.too_old",
        _D,
        _W,
        "Alive and older than 120",
        "在世人员年龄超过120岁",
        "A death that was not reported, or a wrong year.",
        _not_too_old,
        0.001,
    ),
    Rule(
        "date.death_before_birth",
        _D,
        _W,
        "Died before being born",
        "死亡日期早于出生日期",
        "One of the two dates is wrong, or two persons were mixed.",
        on_feeds(
            {
                _REGISTER: [
                    holds(
                        'year("death_date") >= year("birth_date") and '
                        '("death_date" >= "birth_date" or "death_date_precision" <> \'day\')',
                        "death_date",
                        "birth_date",
                    )
                ],
                "civil_affairs.cremation": [
                    holds('"death_date" >= "_born_id_no"', "death_date", "id_no")
                ],
            }
        ),
        0.001,
    ),
    Rule(
        "date.death_without_status",
        _D,
        _W,
        "A death date on a person who is not dead",
        "有死亡日期但状态不是死亡",
        "The status was not changed, or the date belongs to another.",
        on(
            _REGISTER,
            holds(
                "\"death_date_text\" is null or \"person_status\" in ('1', '7', '8')",
                "death_date",
                "person_status",
            ),
        ),
        0.01,
    ),
    Rule(
        "date.death_missing",
        _D,
        _W,
        "Dead without a date",
        "状态为死亡但无死亡日期",
        "Payments after death cannot be found without it.",
        on(
            _REGISTER,
            holds(
                '"person_status" <> \'1\' or "death_date_text" is not null',
                "person_status",
                "death_date",
            ),
        ),
        0.1,
    ),
    Rule(
        "date.cremated_before_death",
        _D,
        _W,
        "Cremated before the death",
        "火化日期早于死亡日期",
        "The two dates were swapped, or one is wrong.",
        on(
            "civil_affairs.cremation",
            holds(
                '"cremated_on" >= "death_date" or "death_date_precision" <> \'day\'',
                "cremated_on",
                "death_date",
            ),
        ),
        0.01,
    ),
    Rule(
        "date.validity_order",
        _D,
        _W,
        "Ends before it begins",
        "结束日期早于开始日期",
        "The period is empty; it holds on no day.",
        _orders(
            {
                _REGISTER: [("valid_from_at", "valid_to_at")],
                "public_security.floating_population": [("registered_on", "permit_expires_on")],
                "public_security.rental_housing": [("let_from", "let_to")],
                "civil_affairs.disability_certificate": [("issued_on", "expires_on")],
                "civil_affairs.assistance_member": [("from_month", "to_month")],
                "civil_affairs.elderly_allowance": [("from_month", "to_month")],
                "community.division": [("valid_from", "valid_to")],
                "community.grid_worker": [("valid_from", "valid_to")],
                "emergency.transfer_record": [("began_at", "ended_at")],
                "city_management.case_step": [("began_at", "ended_at")],
            }
        ),
        0.001,
    ),
    Rule(
        "date.changed_before_made",
        _D,
        _W,
        "Changed before it came about",
        "更新时间早于发生时间",
        "The clocks of two systems differ, or a date was typed later.",
        _orders(
            {
                "city_management.case": [("reported_at", "updated_at")],
                "city_management.video_alert": [("occurred_at", "updated_at")],
                "community.request": [("reported_at", "updated_at")],
                "community.wish": [("created_at", "updated_at")],
                "community.deliberation": [("raised_at", "updated_at")],
            }
        ),
        0.01,
    ),
    Rule(
        "date.registered_before_birth",
        _D,
        _W,
        "Registered before being born",
        "登记日期早于出生日期",
        "One of the two dates is wrong.",
        on(
            "public_security.floating_population",
            holds(
                '"registered_on" >= "birth_date" or "birth_date_precision" <> \'day\'',
                "registered_on",
                "birth_date",
            ),
        ),
        0.001,
    ),
)
