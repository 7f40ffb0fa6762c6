"""The community's database: divisions and workers (grid.py), visits, requests, wishes,
deliberations, services.

    World ──> seven feeds

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sandbox.cells import Writer
from sandbox.departments.cases import CLASSES, CasePlan, plan_cases
from sandbox.departments.grid import DEPARTMENT, division, draw_workers, grid_worker
from sandbox.departments.visits import resident_visit
from sandbox.draft import Draft
from sandbox.population import FOREIGN, PAPERS
from sandbox.stages import Stages, ticket_starts
from sandbox.streams import Ints, chance, pick, sample
from sandbox.text import (
    DAY,
    NEVER,
    choose,
    counts,
    join,
    lists,
    moment_text,
    padded,
    put,
    take,
    timestamps,
)
from sandbox.world import World

REQUESTS_A_DAY: Final = 0.0006  # per resident
WISHES_A_DAY: Final = 0.00015
SERVICES_A_DAY: Final = 0.0025
PASSED_ON: Final = 0.6  # of the cases that residents report through the mini-program
_CATEGORIES: Final = (
    "环境卫生",
    "邻里纠纷",
    "物业管理",
    "停车",
    "噪音",
    "水电维修",
    "社保医保",
    "道路设施",
    "其他",
)
_CONTENTS: Final = (
    "楼道堆放杂物",
    "楼上漏水",
    "物业不作为",
    "车位被占",
    "夜间噪音大",
    "路灯不亮",
    "咨询医保缴费",
    "路面坑洼",
    "希望安装充电桩",
)
_WISHES: Final = (
    "一辆轮椅",
    "一套学习用品",
    "修一下水龙头",
    "一床棉被",
    "陪着去一趟医院",
    "一双运动鞋",
    "代购药品",
    "一盏台灯",
)
_CLAIMERS: Final = (
    "县税务局党支部",
    "贡江镇志愿服务队",
    "县人民医院团委",
    "红军小学党支部",
    "供电公司党员服务队",
    "热心居民",
)
_TOPICS: Final = (
    "加装电梯",
    "停车位划线",
    "垃圾分类点位",
    "外墙维修",
    "增设充电桩",
    "广场舞噪音",
    "楼道照明改造",
    "化粪池清理",
)
_PARTIES: Final = ("社区党组织", "居委会", "业委会", "物业公司", "居民代表", "派出所", "城管中队")
ITEMS: Final = tuple(
    f"{major:02d}{minor:02d}"
    for major in range(1, 10)
    for minor in range(1, (4 if major <= 6 else 3) + 1)
)


def community(w: World) -> Iterator[Draft]:
    """The seven feeds of the community."""
    workers = draw_workers(w)
    yield division(w)
    yield grid_worker(w, workers)
    yield resident_visit(w, workers)
    requests = request(w, plan_cases(w))
    yield requests
    yield wish(w)
    yield deliberation(w, requests)
    yield service_use(w)


def request(w: World, plan: CasePlan) -> Draft:
    """One row a request; some were passed to city management and follow their case."""
    rng = w.rng("request")
    start = ticket_starts(w, rng, w.residents * REQUESTS_A_DAY, 90)
    passed = np.flatnonzero((plan.source == 2) & (plan.reporter >= 0))
    passed = np.sort(sample(rng, passed, round(len(passed) * PASSED_ON)))
    moments = np.concatenate([_own_stages(rng, start), _passed_stages(plan.stages.moments[passed])])
    who = np.concatenate([rng.choice(w.adults, len(start)), plan.reporter[passed]])
    n = len(who)
    case = np.concatenate([np.full(len(start), -1, dtype=np.int64), passed])
    stages = Stages(w, moments)
    draft = Draft(DEPARTMENT, "request", ("request_no",), stages.appears())
    write = Writer(w, draft)
    category = np.where(case >= 0, 7, rng.integers(0, len(_CATEGORIES), n))
    draft.columns["request_no"] = join(
        "SQ", moment_text(moments[:, 0], "compact"), padded(rng.permutation(n), 6)
    )
    draft.columns["channel"] = take(
        ("miniapp", "visit", "hotline"), np.where(case >= 0, 0, pick(rng, [6, 2, 2], n))
    )
    write.name("requester", "requester_name", who)
    write.phone("requester", "phone", who)
    draft.columns["category"] = take(_CATEGORIES, category)
    what = take([c[3] for c in CLASSES], plan.what[np.maximum(case, 0)])
    draft.columns["content"] = choose(case >= 0, what, take(_CONTENTS, category))
    near = np.where(case >= 0, plan.near[np.maximum(case, 0)], w.living.living[who])
    write.place_or_home(
        "requester",
        "address",
        near,
        np.where(case >= 0, plan.home[np.maximum(case, 0)], chance(rng, 0.6, n)),
    )
    draft.columns["grid_code"] = take(w.places.grid_codes(), w.places.dwellings.grid[near])
    rating, cases = pick(rng, [2, 3, 10, 35, 50], n) + 1, plan.ids()
    handler = take(("网格员", "社区干部", "物业经理", "片区民警"), rng.integers(0, 4, n))

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        on = np.where(reached == 6, 0, reached)
        status = ("reported", "accepted", "verified", "handling", "feedback", "rated", "cancelled")
        return {
            "status": take(status, reached),
            "reported_at": timestamps(moments[at, 0]),
            "accepted_at": timestamps(stages.seen(at, on, 1)),
            "verified_at": timestamps(stages.seen(at, on, 2)),
            "handled_at": timestamps(stages.seen(at, on, 4)),
            "feedback_at": timestamps(stages.seen(at, on, 4)),
            "rated_at": timestamps(stages.seen(at, on, 5)),
            "rating": counts(np.where(reached == 5, rating[at], -1)),
            "handler": choose(on >= 3, handler.take(pa.array(at)), None),
            "city_case_id": take(cases, np.where(on >= 2, case[at], -1)),
            "updated_at": timestamps(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    draft.columns["photos"] = counts(rng.integers(0, 5, n))
    write.stamp(
        "requester",
        "updated_at",
        stages.latest(np.arange(n), stages.reached(draft.appears)),
        iso=False,
    )
    draft.mention("requester", who)
    return draft


def _own_stages(rng: np.random.Generator, start: Ints) -> Ints:
    """reported, accepted, verified, handling, feedback, rated, cancelled."""
    n = len(start)
    moments = np.full((n, 7), NEVER, dtype=np.int64)
    moments[:, 0] = start
    for k, hours in ((1, 2), (2, 8), (3, 6), (4, 60), (5, 24)):
        moments[:, k] = (
            moments[:, k - 1] + (rng.gamma(2, 0.5, n) * hours * 3600).astype(np.int64) + 60
        )
    moments[:, 5] = np.where(chance(rng, 0.6, n), moments[:, 5], NEVER)
    cancelled = chance(rng, 0.05, n)
    moments[:, 6] = np.where(cancelled, start + 7200, NEVER)
    moments[:, 1:6] = np.where(cancelled[:, None], NEVER, moments[:, 1:6])
    return moments


def _passed_stages(case: Ints) -> Ints:
    """A request that became a case: verified when that was opened, answered when that was."""
    answered = np.where(case[:, 5] != NEVER, case[:, 5] + 600, NEVER)
    # reported and accepted on the day of the case, so that a case never comes before its request
    reported = np.maximum(case[:, 0] - 7200, case[:, 0] // DAY * DAY + 60)
    accepted = (reported + case[:, 0]) // 2
    never = np.full(len(case), NEVER, dtype=np.int64)
    return np.stack(
        [reported, accepted, case[:, 0], case[:, 0] + 60, answered, never, never], axis=1
    )


def wish(w: World) -> Draft:
    """One row a wish: open, claimed, done; a part is never claimed."""
    rng = w.rng("wish")
    start = ticket_starts(w, rng, w.residents * WISHES_A_DAY, 120)
    n = len(start)
    moments = np.full((n, 3), NEVER, dtype=np.int64)
    moments[:, 0] = start
    claimed = chance(rng, 0.75, n)
    moments[:, 1] = np.where(claimed, start + (rng.gamma(2, 4, n) * DAY).astype(np.int64), NEVER)
    done = claimed & chance(rng, 0.9, n)
    moments[:, 2] = np.where(
        done, moments[:, 1] + (rng.gamma(2, 3, n) * DAY).astype(np.int64), NEVER
    )
    stages = Stages(w, moments)
    draft = Draft(DEPARTMENT, "wish", ("wish_no",), stages.appears())
    write = Writer(w, draft)
    older = w.here[(w.ages[w.here] >= 7)]
    who = rng.choice(older, n)
    draft.columns["wish_no"] = join("WXY", padded(rng.permutation(n) + 1, 8))
    write.name("wisher", "wisher_name", who)
    write.phone("wisher", "phone", who)
    # by a name alone nobody can tell who wishes
    unreachable = (w.people.phone[who] <= 0) & w.dirt.spares(w.rng("wish/spares"), n)
    given = np.flatnonzero(chance(rng, 0.5, n) | unreachable)
    write.id_no("wisher", "id_no", who[given], given)
    papers = np.flatnonzero(unreachable & np.isin(w.people.kind[who], (PAPERS, FOREIGN)))
    numbers = take(w.paper_numbers, who[papers])
    draft.columns["id_no"] = put(draft.columns["id_no"], papers, numbers)
    draft.columns["content"] = take(_WISHES, rng.integers(0, len(_WISHES), n))
    claimer = rng.integers(0, len(_CLAIMERS), n)

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        return {
            "status": take(("open", "claimed", "done"), reached),
            "claimed_by": take(_CLAIMERS, np.where(reached >= 1, claimer[at], -1)),
            "created_at": timestamps(start[at]),
            "claimed_at": timestamps(stages.seen(at, reached, 1)),
            "done_at": timestamps(stages.seen(at, reached, 2)),
            "updated_at": timestamps(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    write.stamp(
        "wisher",
        "updated_at",
        stages.latest(np.arange(n), stages.reached(draft.appears)),
        iso=False,
    )
    draft.mention("wisher", who)
    return draft


def deliberation(w: World, requests: Draft) -> Draft:
    """One row a topic of the "1+3" talks of a compound; some go back to a request."""
    rng = w.rng("deliberation")
    start = ticket_starts(w, rng, max(0.4, w.residents * 0.00002), 300)[
        :: 1 if w.residents > 10_000 else 3
    ]
    n = len(start)
    moments = np.full((n, 5), NEVER, dtype=np.int64)
    moments[:, 0] = start
    for k, days in ((1, 6), (2, 12), (3, 25)):
        moments[:, k] = (
            moments[:, k - 1] + (rng.gamma(2, 0.5, n) * days * DAY).astype(np.int64) + 600
        )
    dropped = chance(rng, 0.12, n)
    moments[:, 4] = np.where(dropped, moments[:, 1] + 3 * DAY, NEVER)
    moments[:, 2:4] = np.where(dropped[:, None], NEVER, moments[:, 2:4])
    stages = Stages(w, moments)
    draft = Draft(DEPARTMENT, "deliberation", ("topic_no",), stages.appears())
    old = np.flatnonzero(requests.appears == 0)
    source = np.where(chance(rng, 0.4, n), old[rng.integers(0, len(old), n)], -1)
    compounds = w.places.compound_codes()
    draft.columns |= {
        "topic_no": join("YS", padded(rng.permutation(n) + 1, 7)),
        "compound_code": compounds.take(pa.array(rng.integers(0, len(compounds), n))),
        "topic": take(_TOPICS, rng.integers(0, len(_TOPICS), n)),
        "from_request_no": take(requests.columns["request_no"], source),
        "parties": lists(
            [[_PARTIES[0], *(_PARTIES[(i + k) % 6 + 1] for k in range(3))] for i in range(n)]
        ),
    }

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        on = np.where(reached == 4, 1, reached)
        return {
            "status": take(("raised", "discussed", "agreed", "done", "dropped"), reached),
            "raised_at": timestamps(start[at]),
            "agreed_at": timestamps(stages.seen(at, on, 2)),
            "done_at": timestamps(stages.seen(at, on, 3)),
            "meetings": counts(on + at % 3),
            "updated_at": timestamps(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    Writer(w, draft).stamp(
        "", "updated_at", stages.latest(np.arange(n), stages.reached(draft.appears)), iso=False
    )
    return draft


def service_use(w: World) -> Draft:
    """One row a use of one of the 33 items; rows never change."""
    rng = w.rng("service_use")
    used = ticket_starts(w, rng, w.residents * SERVICES_A_DAY, 100)
    n = len(used)
    appears = np.maximum(used // DAY - w.as_of, 0)
    draft = Draft(DEPARTMENT, "service_use", ("use_no",), appears)
    write = Writer(w, draft)
    who = rng.choice(w.adults, n)
    draft.columns["use_no"] = join("FW", padded(rng.permutation(n) + 1, 9))
    draft.columns["item_code"] = take(ITEMS, pick(rng, [1 / (k + 2) for k in range(len(ITEMS))], n))
    write.name("user", "user_name", who)
    write.phone("user", "phone", who)
    given = np.flatnonzero(chance(rng, 0.6, n))
    write.id_no("user", "id_no", who[given], given)
    write.stamp("user", "used_at", used, iso=False)
    draft.columns["result"] = take(
        ("办结", "受理中", "已转办", "不予受理"), pick(rng, [88, 6, 4, 2], n)
    )
    draft.mention("user", who)
    return draft
