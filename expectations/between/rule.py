"""What a rule between departments is: declared once, one SELECT, two feeds that disagree.

    Between(kind, titles, sides, sql) -> model_sql(rule) -> rows of warehouse.discrepancy

A rule's SELECT yields one row a contradicted record: subject, resident_id, record_key and value of
the feed that speaks, other_record_key and other_value of the one that is contradicted; also feed
and other_feed where the rule has more than one pair of them. Needs no secrets.
"""

from dataclasses import dataclass

from expectations.rule import Severity
from schemas import FEEDS
from schemas.derive import literal
from schemas.model import Column

PREFIX = "between."


@dataclass(frozen=True)
class Side:
    """A pair of feeds: ``speaks`` and ``contradicted`` are ``department.feed.column``.

    The columns are what the discrepancy shows as ``value`` and ``other_value``, so that their
    declarations say which department may see them.
    """

    speaks: str
    contradicted: str

    @property
    def feed(self) -> str:
        """The feed that speaks."""
        return self.speaks.rpartition(".")[0]

    @property
    def other_feed(self) -> str:
        """The feed that is contradicted, to whose department the matter goes back."""
        return self.contradicted.rpartition(".")[0]

    @property
    def columns(self) -> tuple[Column, Column]:
        """The declarations of what is shown: of the feed that speaks, then of the other."""
        speaks, contradicted = self.speaks.rpartition("."), self.contradicted.rpartition(".")
        return (
            FEEDS[speaks[0]].column(speaks[2]),
            FEEDS[contradicted[0]].column(contradicted[2]),
        )


@dataclass(frozen=True)
class Between:
    """One rule. ``fault`` says why the contradicted side is the likelier one to be wrong.

    ``tolerance`` is the share of the contradicted feed's rows that may break it before a night is
    judged unusual. All are warnings: a contradiction never keeps a row out of the warehouse.
    """

    kind: str
    title: str
    title_zh: str
    why: str
    fault: str
    sides: tuple[Side, ...]
    sql: str
    tolerance: float = 0.0
    severity: Severity = Severity.WARNING

    def __post_init__(self) -> None:
        """Refuse a side that names no declared column, and a rule that is unsure of its feeds."""
        for side in self.sides:
            _ = side.columns
        names_feeds = " as other_feed" in self.sql or ".other_feed" in self.sql
        if names_feeds == (len(self.sides) == 1):
            raise ValueError(f"{self.id}: its SQL names the feeds only if it has several pairs")

    @property
    def id(self) -> str:
        """The rule's id, as in ``hub.rule_result``."""
        return PREFIX + self.kind

    @property
    def judged(self) -> tuple[str, ...]:
        """The feeds whose rows the rule judges, each once."""
        return tuple(dict.fromkeys(side.other_feed for side in self.sides))


def model_sql(rule: Between) -> str:
    """``SELECT`` that makes the rule's rows of ``warehouse.discrepancy``, one a subject and pair.

    The value shown is the largest, with the record that it is from: equal input, equal output.
    """
    feeds = "feed, other_feed"
    if len(rule.sides) == 1:
        [side] = rule.sides
        feeds = f"{literal(side.feed)} as feed, {literal(side.other_feed)} as other_feed"
    order = "coalesce(value, '') || ' ' || coalesce(record_key, '')"
    return f"""-- One row a subject and pair of feeds: {rule.title}.
select
    {literal(rule.kind)} as discrepancy_kind,
    subject,
    max(resident_id) as resident_id,
    feed,
    other_feed,
    split_part(other_feed, '.', 1) as department,
    max_by(value, {order}) as value,
    max(other_value) as other_value,
    max_by(record_key, {order}) as record_key,
    list_sort(list(distinct other_record_key)) as other_record_keys
from (
    select
        {feeds},
        cast(subject as varchar) as subject,
        cast(resident_id as varchar) as resident_id,
        cast(value as varchar) as value,
        cast(other_value as varchar) as other_value,
        cast(record_key as varchar) as record_key,
        cast(other_record_key as varchar) as other_record_key
    from (
{rule.sql}
    ) as contradicted
) as found
group by subject, feed, other_feed"""
