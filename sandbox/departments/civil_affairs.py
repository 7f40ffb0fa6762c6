"""Civil affairs: certificates, allowances, cremations, marriages, left-behind children; assistance
is in its own module.

    World ──> seven feeds of text, as a reader would see the files

Snapshots change on the first of a month (of a quarter for left-behind children). Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox.cells import Writer
from sandbox.departments.assistance import assistance_member, assistance_payment, draw_grants
from sandbox.draft import Draft
from sandbox.population import DEAD, REGISTERED
from sandbox.streams import Ints, chance, pick, sample
from sandbox.text import NEVER, choose, constant, day_text, join, number, padded, take
from sandbox.world import World

DEPARTMENT: Final = "civil_affairs"
KINDS: Final = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
LEVELS: Final = ("一级", "二级", "三级", "四级")
SCHOOLS: Final = (
    "于都实验小学",
    "于都二中",
    "梓山中心小学",
    "银坑中学",
    "岭背中心小学",
    "罗坳中心小学",
    "贡江镇古田小学",
    "明德小学",
)
TURNS_80: Final = 29220  # days
MARRIAGES_BACK: Final = 0.04  # of the couples: married since the register of marriages went digital


def civil_affairs(w: World) -> Iterator[Draft]:
    """The seven feeds of civil affairs."""
    grants = draw_grants(w)
    yield assistance_member(w, grants)
    yield assistance_payment(w, grants)
    yield disability_certificate(w)
    yield elderly_allowance(w)
    yield cremation(w)
    yield marriage_registration(w)
    yield left_behind_child(w)


def snapshot_days(
    w: World, rng: np.random.Generator, n: int, months: tuple[int, ...], new: float, gone: float
) -> tuple[Ints, Ints]:
    """When rows of a snapshot appear and vanish: some on the month's first (at least one), the
    others never.
    """
    first = w.first_of_month(months)
    newcomers = chance(rng, new, n)
    newcomers[: n > 1] = True
    appears = np.where(newcomers, first, 0)
    vanishes = np.where(chance(rng, gone, n) & (appears == 0), first, 0)
    return appears, vanishes


MONTHS: Final = tuple(range(1, 13))


def disability_certificate(w: World) -> Draft:
    """One row a certificate; the key is the holder's number with kind and level, damaged or not."""
    rng = w.rng("disability_certificate")
    p = w.people
    who = np.flatnonzero(w.disability > 0)
    who = who[(p.death[who] == NEVER) | (p.death[who] > w.as_of - 500)]
    n = len(who)
    draft = Draft(
        DEPARTMENT, "disability_certificate", ("残疾人证号",), np.zeros(n, dtype=np.int64)
    )
    draft.appears, draft.vanishes = snapshot_days(w, rng, n, MONTHS, 0.01, 0.005)
    write = Writer(w, draft)
    kind, level = w.disability[who] // 10, w.disability[who] % 10
    write.id_no("self", "残疾人证号", who)
    reissued = chance(rng, 0.08, n)
    tail = join(
        number(w.disability[who]), choose(reissued, join("B", number(rng.integers(1, 4, n))), None)
    )
    draft.columns["残疾人证号"] = _unique(
        join(draft.columns["残疾人证号"], tail), number(np.arange(n) % 9 + 1)
    )
    write.name("self", "姓名", who)
    draft.columns["性别"] = take((None, "男", "女"), p.sex[who])
    draft.columns["残疾类别"], draft.columns["残疾等级"] = (
        take(KINDS, kind - 1),
        take(LEVELS, level - 1),
    )
    issued = np.maximum(w.as_of - rng.integers(30, 3600, n), p.birth[who] + 400)
    care = (level <= 2) & ~chance(rng, 0.18, n)
    living = (level <= 2) & chance(rng, 0.5, n)
    draft.columns |= {
        "签发日期": day_text(issued, "%Y-%m-%d"),
        "有效期至": day_text(issued + 3652, "%Y-%m-%d"),
        "护理补贴": choose(care, "是", "否"),
        "生活补贴": choose(living, "是", "否"),
    }
    guardian = np.where((w.ages[who] < 18) | np.isin(kind, (5, 6)), w.guardian[who], -1)
    rows = np.flatnonzero(guardian >= 0)
    write.name("guardian", "监护人", guardian[rows], rows)
    write.address("self", "住址", _home(w, who))
    write.phone("self", "联系电话", who)
    draft.mention("self", who)
    draft.mention("guardian", guardian)
    return draft


def _unique(keys: pa.Array, suffix: pa.Array) -> pa.Array:
    """Keys with a reissue mark where two damaged or shared numbers collide."""
    seen: dict[str, int] = {}
    texts = keys.to_pylist()
    for i, text in enumerate(texts):
        seen[text] = seen.get(text, 0) + 1
        if seen[text] > 1:
            texts[i] = f"{text.split('B')[0]}B{seen[text] + 4}"
            seen[texts[i]] = 1
    return pa.array(texts, pa.string())


def _home(w: World, who: Ints) -> Ints:
    """The address that people give: where they live, or where they are registered."""
    living, registered = w.living.living[who], w.living.registered[who]
    prefer = (who * 13 % 10 < 7) & (living >= 0)
    return np.where(prefer | (registered < 0), living, registered)


def elderly_allowance(w: World) -> Draft:
    """One row a person of 80 and over; some of the dead were not stopped."""
    rng = w.rng("elderly_allowance")
    p = w.people
    old = (p.kind == REGISTERED) & w.base & (w.as_of + 40 - p.birth > 80 * 365.25)
    drew = p.death > p.birth + TURNS_80 + 62  # lived to draw the allowance
    recent = (p.status == DEAD) & (p.death > w.as_of - 700) & drew
    who = np.flatnonzero(old & ((p.status != DEAD) | recent) & chance(rng, 0.93, len(p)))
    n = len(who)
    turns_80 = p.birth[who] + TURNS_80
    first = w.first_of_month()
    draft = Draft(
        DEPARTMENT,
        "elderly_allowance",
        ("编号",),
        np.where((turns_80 > w.as_of - 20) & (first > 0), first, 0),
    )
    keep = turns_80 <= w.as_of + first if first else turns_80 <= w.as_of
    who, draft.appears, turns_80 = who[keep], draft.appears[keep], turns_80[keep]
    draft.vanishes = np.zeros(len(who), dtype=np.int64)
    n = len(who)
    write = Writer(w, draft)
    age = w.ages[who]
    band = np.where(age >= 100, 2, np.where(age >= 90, 1, 0))
    stopped = (p.status[who] == DEAD) & ~chance(rng, 0.2, n)
    stopped &= p.death[who] < w.as_of - 25
    moved = (p.status[who] == 2) & ~chance(rng, 0.4, n)
    draft.columns["编号"] = join("GL", padded(rng.permutation(n) + 10_000, 7))
    write.name("self", "姓名", who)
    write.id_no("self", "身份证号码", who)
    left = np.maximum(w.as_of - 90, turns_80 + 62)
    stop = np.where(stopped, p.death[who] + 31, np.where(moved, left, NEVER))
    draft.columns |= {
        "年龄段": take(("80-89", "90-99", "100+"), band),
        "月金额": take(("50", "100", "300"), band),
        "起发年月": day_text(turns_80 + 31, "%Y-%m"),
        "停发年月": day_text(stop, "%Y-%m"),
        "停发原因": choose(stopped, "死亡", choose(moved, "迁出", None)),
    }
    write.address("self", "住址", _home(w, who))
    write.phone("self", "联系电话", who)
    draft.mention("self", who)
    _stop_the_dead(w, draft, who, first)
    return draft


def _stop_the_dead(w: World, draft: Draft, who: Ints, first: int) -> None:
    """The month's snapshot stops those whose death became known meanwhile."""
    if not first:
        return
    dead = (w.people.status[who] == DEAD) & ~draft.columns["停发年月"].is_valid().to_numpy(
        zero_copy_only=False
    )
    rows = np.flatnonzero(dead & chance(w.rng("stop"), 0.5, len(who)))
    month = day_text(np.full(len(rows), w.as_of + first), "%Y-%m")
    draft.patch(first, rows, {"停发年月": month, "停发原因": constant("死亡", len(rows))})


def cremation(w: World) -> Draft:
    """One row a cremation: most deaths of the last years, and those of later days."""
    rng = w.rng("cremation")
    p, e = w.people, w.events
    past = np.flatnonzero((p.status == DEAD) & chance(rng, 0.85, len(p)))
    who = np.concatenate([past, e.deaths.person])
    death = np.concatenate([p.death[past], w.as_of + e.deaths.day])
    heard = np.concatenate(
        [np.zeros(len(past), dtype=np.int64), e.deaths.day + rng.integers(0, 3, len(e.deaths.day))]
    )
    keep = heard <= w.days
    who, death, appears = who[keep], death[keep], heard[keep]
    n = len(who)
    draft = Draft(DEPARTMENT, "cremation", ("火化证号",), appears)
    write = Writer(w, draft)
    burnt = np.where(
        appears > 0, w.as_of + appears, np.minimum(death + rng.integers(1, 4, n), w.as_of)
    )
    draft.columns["火化证号"] = join("HH", day_text(burnt, "%Y"), padded(rng.permutation(n), 6))
    write.name("self", "姓名", who)
    write.id_no("self", "身份证号码", who)
    draft.columns["性别"] = take((None, "男", "女"), p.sex[who])
    draft.columns["死亡日期"] = day_text(death, "%Y-%m-%d")
    draft.columns["火化日期"] = day_text(burnt, "%Y-%m-%d")
    write.address("self", "生前住址", w.living.registered[who])
    draft.mention("self", who)
    return draft


def marriage_registration(w: World) -> Draft:
    """One row a marriage or divorce: couples of the last years, and those of later days."""
    rng = w.rng("marriage")
    p, e = w.people, w.events
    men = np.flatnonzero(w.alive & (p.sex == 1) & (p.spouse >= 0) & (w.ages < 45))
    men = men[w.alive[p.spouse[men]] & (_of_age(w, men, p.spouse[men]) <= w.as_of)]
    men = sample(rng, men, round(len(men) * MARRIAGES_BACK * 5))
    divorced = w.alive & (p.marital == 40) & (p.kind == REGISTERED) & (p.spouse < 0)
    ex_men = sample(rng, np.flatnonzero(divorced & (p.sex == 1)), 1 << 60)
    ex_women = sample(rng, np.flatnonzero(divorced & (p.sex == 2)), 1 << 60)
    n_ex = min(len(ex_men), len(ex_women)) // 3
    grown = _of_age(w, ex_men[: n_ex * 3], ex_women[: n_ex * 3]) <= w.as_of - 30
    ex_men, ex_women = ex_men[: n_ex * 3][grown], ex_women[: n_ex * 3][grown]
    n_ex = min(n_ex, len(ex_men))
    male = np.concatenate([men, ex_men[:n_ex], e.grooms.person])
    female = np.concatenate([p.spouse[men], ex_women[:n_ex], e.brides])
    appears = np.concatenate([np.zeros(len(men) + n_ex, dtype=np.int64), e.grooms.day])
    divorce = (np.arange(len(male)) >= len(men)) & (appears == 0)
    n = len(male)
    draft = Draft(DEPARTMENT, "marriage_registration", ("登记编号",), appears)
    write = Writer(w, draft)
    since = np.minimum(2000, w.as_of - _of_age(w, male, female))
    back = (rng.random(n) * np.maximum(since, 0)).astype(np.int64)
    day = np.where(appears > 0, w.as_of + appears, w.as_of - back)
    draft.columns["登记编号"] = join(
        choose(divorce, "L", "J"),
        "360731-",
        day_text(day, "%Y"),
        "-",
        padded(rng.permutation(n), 6),
    )
    draft.columns["业务类型"] = choose(divorce, "离婚", "结婚")
    draft.columns["登记日期"] = day_text(day, "%Y-%m-%d")
    for slot, name, column, who in (
        ("male", "男方姓名", "男方身份证号", male),
        ("female", "女方姓名", "女方身份证号", female),
    ):
        write.name(slot, name, who)
        write.id_no(slot, column, who)
        draft.mention(slot, who)
    return draft


def _of_age(w: World, male: Ints, female: Ints) -> Ints:
    """The day from which a couple may marry: he is 22 and she is 20 (民法典 1047)."""
    birth = w.people.birth
    return np.asarray(np.maximum(birth[male] + 8036, birth[female] + 7306), dtype=np.int64)


def left_behind_child(w: World) -> Draft:
    """One row a child under 16 whose father or mother is away, with who looks after it."""
    rng = w.rng("left_behind")
    p, home = w.people, w.living.living
    father, mother = (_away(w, relative) for relative in (p.father, p.mother))
    child = w.alive & (w.ages < 16) & (home >= 0) & (father | mother) & (p.kind == REGISTERED)
    guard = np.where(w.grandparent >= 0, w.grandparent, w.guardian)
    who = np.flatnonzero(child & (guard >= 0) & chance(rng, 0.9, len(p)))
    n = len(who)
    draft = Draft(DEPARTMENT, "left_behind_child", ("编号",), np.zeros(n, dtype=np.int64))
    draft.appears, draft.vanishes = snapshot_days(w, rng, n, (1, 4, 7, 10), 0.02, 0.01)
    write = Writer(w, draft)
    guardian = guard[who]
    draft.columns["编号"] = join("LS", padded(rng.permutation(n) + 1000, 7))
    write.name("self", "姓名", who)
    write.id_no("self", "身份证号码", who)
    draft.columns["性别"] = take((None, "男", "女"), p.sex[who])
    write.birth("self", "出生日期", who, "%Y-%m-%d")
    write.name("guardian", "监护人姓名", guardian)
    old = guardian == w.grandparent[who]
    man = p.sex[guardian] == 1
    draft.columns["监护人关系"] = choose(
        old, choose(man, "祖父", "祖母"), choose(man, "父亲", "母亲")
    )
    write.phone("guardian", "监护人电话", guardian)
    draft.columns |= {
        "父亲外出": choose(father[who], "是", "否"),
        "母亲外出": choose(mother[who], "是", "否"),
        "就读学校": choose(
            w.ages[who] >= 6, take(SCHOOLS, pick(rng, np.ones(len(SCHOOLS)), n)), None
        ),
    }
    write.address("self", "住址", home[who])
    draft.mention("self", who)
    draft.mention("guardian", guardian)
    return draft


def _away(w: World, relative: Ints) -> np.ndarray:
    """Whose relative is alive and away for work."""
    known = np.maximum(relative, 0)
    away = (w.living.living[known] < 0) & (w.people.death[known] == NEVER)
    return np.asarray((relative >= 0) & away)
