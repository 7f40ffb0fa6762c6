"""Assistance: families on 城市低保, 农村低保 or 特困供养, their members, and what they were paid
each month.

    draw_grants(World) ──> assistance_member (monthly snapshot), assistance_payment (monthly
            increment)

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.cells import Writer
from sandbox.draft import Draft
from sandbox.population import DEAD, MOVED_OUT, REGISTERED
from sandbox.streams import Ints, chance, pick
from sandbox.text import NEVER, choose, constant, day_text, join, number, padded, take
from sandbox.world import World

DEPARTMENT: Final = "civil_affairs"
FAMILY_SHARE: Final = 0.05  # of the booklets
LATELY_DEAD_SHARE: Final = 0.3  # of the booklets whose head died within fourteen months
MONTHS_BACK: Final = 8
PAYMENT_DAY: Final = 8  # of the month
KINDS: Final = ("城市低保", "农村低保", "特困供养")
_RELATIONS: Final = (
    "本人",
    "配偶",
    "父亲",
    "母亲",
    "子女",
    "子女",
    "子女",
    "子女",
    "儿媳",
    "孙子女",
    "孙子女",
)
_HEALTH: Final = ("健康", "一般", "慢性病", "残疾", "重病")


@dataclass(frozen=True)
class Grants:
    """One entry a member (`who`, `family`, `order` from 1); families have a head, a kind and
    months.
    """

    who: Ints
    family: Ints
    order: Ints
    head: Ints
    kind: Ints
    began: Ints
    ended: Ints
    new: np.ndarray
    gone: np.ndarray


def draw_grants(w: World) -> Grants:
    """Which families get assistance: their members in one booklet, the recently dead among them
    too.
    """
    rng = w.rng("grants")
    p = w.people
    head_row = np.maximum(w.head_of, 0)
    lately = (p.death[head_row] > w.as_of - 420) & (p.status[head_row] == DEAD)
    share = np.where(lately, LATELY_DEAD_SHARE, FAMILY_SHARE)
    booklets = np.flatnonzero(chance(rng, share, len(w.head_of)) & (w.head_of >= 0))
    gone_long = (p.status == DEAD) & (p.death < w.as_of - 420)
    member = (p.kind == REGISTERED) & w.base & ~gone_long & ~p.collective
    member &= (p.status <= MOVED_OUT) & (p.household >= 0)
    number_of = np.full(len(w.head_of), -1, dtype=np.int64)
    alive_head = member[w.head_of[booklets]]
    booklets = booklets[alive_head]
    number_of[booklets] = np.arange(len(booklets))
    who = np.flatnonzero(member & (number_of[np.maximum(p.household, 0)] >= 0))
    # of a large family, not everybody is on the grant
    who = who[(p.role[who] == 0) | chance(rng, 0.75, len(who))]
    family = number_of[p.household[who]]
    by_family = np.lexsort((p.role[who], family))
    who, family = who[by_family], family[by_family]
    first = np.searchsorted(family, np.arange(len(booklets)))
    order = np.arange(len(who)) - first[family] + 1
    size = np.bincount(family, minlength=len(booklets))
    head = w.head_of[booklets]
    home = np.maximum(w.living.registered[head], 0)
    urban = w.places.dwellings.compound[home] >= 0
    alone = (size == 1) & (w.ages[head] > 60)
    kind = np.where(alone & chance(rng, 0.5, len(head)), 2, np.where(urban, 0, 1))
    began = w.as_of - rng.integers(60, 2500, len(head))
    ended = np.where(
        chance(rng, 0.3, len(head)), w.as_of + rng.integers(-40, 400, len(head)), NEVER
    )
    new, gone = chance(rng, 0.01, len(head)), chance(rng, 0.008, len(head))
    new[: len(head) > 2] = True
    return Grants(
        who,
        family,
        order,
        head,
        kind,
        began,
        ended,
        new,
        gone,
    )


def family_no(family: Ints) -> object:
    """The number of a family (家庭编号)."""
    return join("JZ360731", padded(family + 10_000, 7))


def assistance_member(w: World, g: Grants) -> Draft:
    """One row a member of a family on assistance."""
    rng = w.rng("assistance_member")
    p, who, family = w.people, g.who, g.family
    n = len(who)
    first = w.first_of_month()
    draft = Draft(
        DEPARTMENT, "assistance_member", ("家庭编号", "序号"), np.where(g.new[family], first, 0)
    )
    draft.vanishes = np.where(g.gone[family] & ~g.new[family], first, 0)
    write = Writer(w, draft)
    draft.columns["家庭编号"] = family_no(family)
    draft.columns["序号"] = number(g.order)
    write.name("head", "户主姓名", g.head[family])
    write.name("self", "姓名", who)
    write.id_no("self", "身份证号码", who)
    draft.columns["性别"] = take((None, "男", "女"), p.sex[who])
    write.birth("self", "出生日期", who, "%Y-%m-%d")
    size = np.bincount(family, minlength=len(g.head))
    disabled = w.disability[who] > 0
    draft.columns |= {
        "与户主关系": take(_RELATIONS, p.role[who]),
        "救助类别": take(KINDS, g.kind[family]),
        "低保证号": join(
            "赣于", take(("城", "农", "特"), g.kind[family]), "低字", padded(family + 10_000, 6)
        ),
        "保障人数": number(size[family]),
        "健康状况": choose(disabled, "残疾", take(_HEALTH, pick(rng, [5, 3, 2, 0, 1], n))),
    }
    write.address("self", "家庭住址", w.living.registered[g.head[family]])
    write.phone("self", "联系电话", np.where(p.phone[who] > 0, who, g.head[family]))
    draft.columns["起始年月"] = day_text(g.began[family], "%Y-%m")
    draft.columns["终止年月"] = choose(
        g.ended[family] == NEVER, constant("3000-12", n), day_text(g.ended[family], "%Y-%m")
    )
    draft.mention("head", g.head[family])
    draft.mention("self", who)
    return draft


def months_before(day: int, n: int) -> Ints:
    """The firsts of the month of a day and of the n − 1 months before it, oldest first, as day
    numbers.
    """
    month = np.datetime64(day, "D").astype("datetime64[M]")
    return np.array(
        [(month - k).astype("datetime64[D]").astype(np.int64) for k in range(n - 1, -1, -1)]
    )


def assistance_payment(w: World, g: Grants) -> Draft:
    """One row a family and month; the payment day of a later month brings that month's rows."""
    rng = w.rng("assistance_payment")
    p = w.people
    months = months_before(w.as_of, MONTHS_BACK)
    later = w.first_of_month()
    due = later + PAYMENT_DAY - 1
    days = [0] * len(months)
    if later and due <= w.days:
        months, days = np.append(months, w.as_of + later), [*days, due]
    families = len(g.head)
    family = np.tile(np.arange(families), len(months))
    month = np.repeat(months, families)
    appears = np.repeat(np.array(days), families)
    running = (g.began[family] <= month) & ((g.ended[family] == NEVER) | (g.ended[family] >= month))
    # the dead and those who moved away are paid on in a part of the families
    head = g.head[family]
    known_dead = (p.status[head] == DEAD) & (p.death[head] < month - 31)
    running &= ~known_dead | (family % 2 == 0)
    family, month, appears, head = family[running], month[running], appears[running], head[running]
    n = len(family)
    draft = Draft(DEPARTMENT, "assistance_payment", ("明细编号",), appears)
    write = Writer(w, draft)
    member_of = g.who[np.searchsorted(g.family, np.arange(families), side="right") - 1]
    holder = np.where(family % 5 == 0, member_of[family], head)
    basic = np.round(
        (500 + 40 * (family % 12)) * np.bincount(g.family, minlength=families)[family] * 0.8
    )
    extra = np.where(family % 4 == 0, 90, 0)
    draft.columns["明细编号"] = join("FF", day_text(month, "%Y%m"), padded(family + 10_000, 7))
    draft.columns["家庭编号"] = family_no(family)
    draft.columns["发放年月"] = day_text(month, "%Y-%m")
    write.name("self", "姓名", head)
    write.id_no("self", "身份证号码", head)
    draft.columns |= {
        "救助类别": take(KINDS, g.kind[family]),
        "基本金额": _money(basic),
        "分类金额": _money(extra),
        "合计金额": _money(basic + extra),
    }
    write.name("account_holder", "开户人", holder)
    draft.columns["账号尾号"] = padded(family * 7919 % 10_000, 4)
    draft.columns["发放状态"] = take(("成功", "失败", "退回"), pick(rng, [0.975, 0.015, 0.01], n))
    draft.mention("self", head)
    draft.mention("account_holder", holder)
    return draft


def _money(amount: np.ndarray) -> object:
    return join(number(amount.astype(np.int64)), ".00")
