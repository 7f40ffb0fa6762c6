"""Cases of city management and their steps: from report to closing, and the requests that residents
passed on.

    plan_cases(World) ──> case, case_step; community.request takes the cases that began there from
            the same plan

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.cells import Writer
from sandbox.draft import Draft
from sandbox.stages import Stages, ticket_starts
from sandbox.streams import Ints, Mask, chance, pick
from sandbox.text import (
    DAY,
    NEVER,
    Text,
    choose,
    constant,
    counts,
    join,
    moment_text,
    number,
    padded,
    take,
)
from sandbox.world import World

DEPARTMENT: Final = "city_management"
CASES_A_DAY: Final = 0.0004  # per resident
DAYS_BACK: Final = 100
STATUSES: Final = (
    "reported",
    "accepted",
    "verified",
    "dispatched",
    "handled",
    "feedback",
    "closed",
    "closed",
    "cancelled",
)
STEPS: Final = ("report", "accept", "verify", "dispatch", "handle", "feedback", "close", "rate")
SOURCES: Final = ("patrol", "hotline", "miniapp", "video", "other")
UNITS: Final = (
    "县城管局",
    "县住建局",
    "县交警大队",
    "县供电公司",
    "县水务集团",
    "贡江镇政府",
    "梓山镇政府",
    "县环卫所",
    "县园林所",
    "县市场监管局",
)
TELLERS: Final = ("刘工", "陈工", "张科", "曾科", "李队", "王队", "钟队", "谢工")
# what components and events there are: kind, major, minor, name
CLASSES: Final = (
    ("component", "01", "02", "污水井盖破损"),
    ("component", "01", "05", "电力井盖缺失"),
    ("component", "01", "12", "路灯不亮"),
    ("component", "01", "18", "消防栓漏水"),
    ("component", "02", "03", "交通信号灯故障"),
    ("component", "02", "09", "道路护栏损坏"),
    ("component", "03", "01", "公共厕所堵塞"),
    ("component", "03", "04", "垃圾箱满溢"),
    ("component", "04", "01", "行道树倒伏"),
    ("event", "01", "03", "暴露垃圾"),
    ("event", "01", "07", "道路积水"),
    ("event", "02", "01", "非法小广告"),
    ("event", "03", "02", "施工扰民"),
    ("event", "04", "05", "路面塌陷"),
    ("event", "05", "01", "占道经营"),
    ("event", "05", "06", "机动车乱停放"),
    ("event", "05", "09", "噪音扰民"),
    ("event", "06", "02", "私搭乱建"),
)
CANCELLED: Final = 8


@dataclass(frozen=True)
class CasePlan:
    """One entry a case: reporter (-1: staff), where, what, and when it reaches each stage."""

    stages: Stages
    source: Ints
    reporter: Ints
    near: Ints
    home: Mask
    what: Ints
    serial: Ints

    def ids(self) -> Text:
        """The case numbers."""
        return join("AJ", moment_text(self.stages.moments[:, 0], "compact"), padded(self.serial, 6))


def plan_cases(w: World) -> CasePlan:
    """The same cases whenever asked."""
    rng = w.rng("cases")
    start = ticket_starts(w, rng, w.residents * CASES_A_DAY, DAYS_BACK)
    n = len(start)
    source = pick(rng, [0.4, 0.2, 0.25, 0.1, 0.05], n)
    person = rng.choice(w.adults, n)
    moments = np.full((n, 9), NEVER, dtype=np.int64)
    hours = np.array([0.5, 2, 4, 6, 50, 8, 12, 30])
    moments[:, 0] = start
    for k in range(1, 8):
        moments[:, k] = (
            moments[:, k - 1] + (rng.gamma(2, 0.5, n) * hours[k] * 3600).astype(np.int64) + 60
        )
    moments[:, 7] = np.where(chance(rng, 0.5, n), moments[:, 7], NEVER)
    cancelled = chance(rng, 0.04, n)
    moments[:, CANCELLED] = np.where(cancelled, moments[:, 2] + 1800, NEVER)
    moments[:, 3:8] = np.where(cancelled[:, None], NEVER, moments[:, 3:8])
    reporter = np.where(np.isin(source, (1, 2, 4)), person, -1)
    home = (reporter >= 0) & chance(rng, 0.4, n)
    return CasePlan(
        Stages(w, moments),
        source,
        reporter,
        w.living.living[person],
        home,
        rng.integers(0, len(CLASSES), n),
        rng.permutation(n),
    )


def case(w: World, plan: CasePlan, components: Text) -> Draft:
    """One row a case."""
    rng, stages = w.rng("case"), plan.stages
    n = len(plan.source)
    draft = Draft(DEPARTMENT, "case", ("caseId",), stages.appears())
    write = Writer(w, draft)
    ids = plan.ids()
    component = np.array([c[0] == "component" for c in CLASSES])[plan.what]
    unit = plan.what % len(UNITS)
    draft.columns |= {
        "caseId": ids,
        "taskNo": join(
            "RW", moment_text(stages.moments[:, 0], "compact"), padded(plan.serial % 1000, 3)
        ),
        "source": take(SOURCES, plan.source),
        "kind": choose(component, "component", "event"),
        "bigClass": take([c[1] for c in CLASSES], plan.what),
        "smallClass": take([c[2] for c in CLASSES], plan.what),
        "description": take([c[3] for c in CLASSES], plan.what),
        "componentCode": take(components, _component_rows(rng, plan.what, components)),
    }
    rows = np.flatnonzero(plan.reporter >= 0)
    write.name("reporter", "reporterName", plan.reporter[rows], rows)
    write.phone("reporter", "reporterPhone", plan.reporter[rows], rows)
    write.place_or_home("reporter", "address", plan.near, plan.home)
    draft.columns |= where_columns(w, rng, plan.near)
    rating = np.where(stages.moments[:, 7] != NEVER, pick(rng, [2, 3, 10, 35, 50], n) + 1, -1)
    earlier = np.where(
        chance(rng, 0.03, n), np.maximum(np.arange(n) - rng.integers(1, 20, n), 0), -1
    )
    repeated = np.where(earlier != np.arange(n), earlier, -1)

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        sent = reached >= 3
        return {
            "handlerUnit": choose(sent & (reached < CANCELLED), take(UNITS, unit[at]), None),
            "status": take(STATUSES, reached),
            "reportedAt": moment_text(stages.moments[at, 0]),
            "deadline": moment_text(
                np.where(sent & (reached < 8), stages.moments[at, 3] + 3 * DAY, NEVER)
            ),
            "closedAt": moment_text(np.where(reached < 8, stages.seen(at, reached, 6), NEVER)),
            "satisfaction": counts(np.where(reached == 7, rating[at], -1)),
            "duplicateOf": take(ids, np.where(reached >= 2, repeated[at], -1)),
            "updatedAt": moment_text(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    write.stamp(
        "reporter",
        "updatedAt",
        stages.latest(np.arange(n), stages.reached(draft.appears)),
        iso=True,
    )
    draft.mention("reporter", plan.reporter)
    return draft


def _component_rows(rng: np.random.Generator, what: Ints, components: Text) -> Ints:
    """For each case about a component, the row of one of that class; -1 for the others."""
    codes = pc.utf8_slice_codeunits(components, 6, 10)
    rows = np.full(len(what), -1, dtype=np.int64)
    for i, (kind, major, minor, _) in enumerate(CLASSES):
        same = np.flatnonzero(pc.equal(codes, major + minor).to_numpy(zero_copy_only=False))
        if kind == "component" and len(same):
            at = np.flatnonzero(what == i)
            rows[at] = same[rng.integers(0, len(same), len(at))]
    return rows


def where_columns(
    w: World, rng: np.random.Generator, near: Ints, cell: bool = True
) -> dict[str, Any]:
    """lon, lat, cellCode and gridCode of places near dwellings."""
    d, n = w.places.dwellings, len(near)
    columns = {
        "lon": pa.array(np.round(d.lon[near] + rng.normal(0, 0.0003, n), 6)),
        "lat": pa.array(np.round(d.lat[near] + rng.normal(0, 0.0003, n), 6)),
        "cellCode": cell_codes(w, near),
        "gridCode": take(w.places.grid_codes(), d.grid[near]),
    }
    return columns if cell else {k: v for k, v in columns.items() if k != "cellCode"}


def cell_codes(w: World, near: Ints) -> Text:
    """The cell of city management (6+3+3+3 digits) in which a dwelling lies."""
    d = w.places.dwellings
    town = take([c.code[6:9] for c in w.places.communities], d.community[near])
    spot = np.where(d.compound[near] >= 0, d.compound[near], d.group[near])
    return join("360731", town, padded(d.community[near] + 1, 3), padded(spot % 900 + 1, 3))


def case_step(w: World, plan: CasePlan) -> Draft:
    """One row a step of a case, from the moment at which it begins."""
    rng, m = w.rng("case_step"), plan.stages.moments
    begun = (m[:, :8] != NEVER) & (m[:, :8] // DAY <= w.as_of + w.days)
    cases, step = np.nonzero(begun)
    n = len(cases)
    began = m[cases, step]
    following = np.where(step < 7, m[cases, np.minimum(step + 1, 7)], began + 60)
    cancelled = (m[cases, CANCELLED] != NEVER) & (step == 2)
    ended = np.where(cancelled, m[cases, CANCELLED], following)
    appears = np.maximum(began // DAY - w.as_of, 0)
    draft = Draft(DEPARTMENT, "case_step", ("stepId",), appears)
    action = np.where(cancelled, 4, pick(rng, [0.93, 0.03, 0.03, 0.01], n))
    unit = plan.what[cases] % len(UNITS)
    ids = plan.ids().take(pa.array(cases))
    stages = Stages(w, np.stack([began, ended], axis=1))
    draft.columns |= {
        "stepId": join(ids, "-", number(step + 1)),
        "caseId": ids,
        "seq": counts(step + 1),
        "step": take(STEPS, step),
        "action": take(("normal", "returned", "extended", "suspended", "void"), action),
        "fromUnit": choose(step == 0, None, constant("县数字城管中心", n)),
        "toUnit": choose((step >= 3) & (step <= 4), take(UNITS, unit), "县数字城管中心"),
        "operator": take(TELLERS, rng.integers(0, len(TELLERS), n)),
    }

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        return {
            "beganAt": moment_text(began[at]),
            "endedAt": moment_text(stages.seen(at, reached, 1)),
            "deadline": moment_text(np.where(step[at] == 4, began[at] + 3 * DAY, NEVER)),
            "note": take(
                (None, "超期", "需多部门协调", "现场无法确认"), (action[at] > 0) * (cases[at] % 4)
            ),
            "updatedAt": moment_text(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    Writer(w, draft).stamp(
        "", "updatedAt", stages.latest(np.arange(n), stages.reached(appears)), iso=True
    )
    return draft
