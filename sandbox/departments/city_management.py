"""City management: cases and their steps (cases.py), components, video alerts, shops along the
streets.

    World ──> five feeds with text times

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sandbox.cells import Writer
from sandbox.departments.cases import DEPARTMENT, case, case_step, plan_cases, where_columns
from sandbox.draft import Draft
from sandbox.ids import credit_codes
from sandbox.stages import Stages, ticket_starts
from sandbox.streams import Ints, chance, pick
from sandbox.text import NEVER, fixed, join, moment_text, padded, take
from sandbox.world import World

COMPONENTS: Final = 0.04  # per resident
SHOPS: Final = 0.016
ALERTS_A_DAY: Final = 0.0003
_THINGS: Final = (
    ("01", "02", "污水井盖", "县水务集团"),
    ("01", "05", "电力井盖", "县供电公司"),
    ("01", "12", "路灯", "县住建局"),
    ("01", "18", "消防栓", "县水务集团"),
    ("02", "03", "交通信号灯", "县交警大队"),
    ("02", "09", "道路护栏", "县交警大队"),
    ("03", "01", "公共厕所", "县环卫所"),
    ("03", "04", "垃圾箱", "县环卫所"),
    ("04", "01", "行道树", "县园林所"),
    ("05", "02", "休闲座椅", "县城管局"),
)
_ALGORITHMS: Final = ("占道经营", "机动车违停", "垃圾满溢", "烟火识别", "河道漂浮物", "人员聚集")
_TRADES: Final = (
    "便利店",
    "米粉店",
    "理发店",
    "五金店",
    "服装店",
    "药店",
    "水果店",
    "早餐店",
    "奶茶店",
    "手机维修店",
    "麻将馆",
    "建材店",
)


def city_management(w: World) -> Iterator[Draft]:
    """The five feeds of city management."""
    plan = plan_cases(w)
    parts = component(w)
    yield case(w, plan, parts.columns["objId"])
    yield case_step(w, plan)
    yield parts
    yield video_alert(w)
    yield shop(w)


def component(w: World) -> Draft:
    """One row a component; a few change state each day."""
    rng = w.rng("component")
    urban = w.places.urban()
    base = max(40, round(w.residents * COMPONENTS))
    appears = w.arrivals(rng, w.residents * 0.00002, base)
    n = len(appears)
    what = pick(rng, [15, 10, 20, 6, 3, 6, 1, 20, 16, 3], n)
    near = urban[rng.integers(0, len(urban), n)]
    draft = Draft(DEPARTMENT, "component", ("objId",), appears)
    unit = take([t[3] for t in _THINGS], what)
    draft.columns = {
        "objId": join(
            "360731",
            take([t[0] for t in _THINGS], what),
            take([t[1] for t in _THINGS], what),
            padded(np.arange(n) + 1, 6),
        ),
        "name": take([t[2] for t in _THINGS], what),
        "ownerUnit": unit,
        "managerUnit": unit,
        "maintainerUnit": take(("县市政养护公司", "县环卫所", "县供电公司", "县园林所"), what % 4),
    }
    columns = where_columns(w, rng, near)
    draft.columns |= {k: columns[k] for k in ("cellCode", "gridCode")}
    draft.columns["state"] = take(("完好", "破损", "丢失", "废弃"), pick(rng, [93, 5, 1, 1], n))
    draft.columns |= {k: columns[k] for k in ("lon", "lat")}
    day = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(0, 1500, n))
    Writer(w, draft).stamp("", "updatedAt", w.moment(rng, day), iso=True)
    for later in range(1, w.days + 1):
        rows = np.unique(rng.integers(0, base, max(1, round(w.residents * 0.0001))))
        moment = w.moment(rng, np.full(len(rows), w.as_of + later))
        state = take(("完好", "破损"), rng.integers(0, 2, len(rows)))
        draft.patch(later, rows, {"state": state, "updatedAt": moment_text(moment)})
    return draft


def video_alert(w: World) -> Draft:
    """One row an alert of a camera: new, then confirmed or false, then handled."""
    rng = w.rng("video_alert")
    start = ticket_starts(w, rng, w.residents * ALERTS_A_DAY, 60)
    n = len(start)
    false = chance(rng, 0.35, n)
    moments = np.full((n, 3), NEVER, dtype=np.int64)
    moments[:, 0] = start
    moments[:, 1] = start + (rng.gamma(2, 1.5, n) * 3600).astype(np.int64)
    moments[:, 2] = np.where(
        false, NEVER, moments[:, 1] + (rng.gamma(2, 12, n) * 3600).astype(np.int64)
    )
    stages = Stages(w, moments)
    draft = Draft(DEPARTMENT, "video_alert", ("alertId",), stages.appears())
    near = w.places.urban()[rng.integers(0, len(w.places.urban()), n)]
    ids = join("SP", moment_text(start, "compact"), padded(rng.permutation(n), 6))
    draft.columns = {
        "alertId": ids,
        "cameraId": join("CAM", padded(near % 800, 5)),
        "algorithm": take(_ALGORITHMS, pick(rng, [30, 30, 15, 5, 10, 10], n)),
        "confidence": pa.array(np.round(rng.beta(8, 2, n), 3)),
        "occurredAt": moment_text(start),
    }
    where = where_columns(w, rng, near, cell=False)
    draft.columns["gridCode"] = where["gridCode"]
    write = Writer(w, draft)
    write.place_or_home("self", "address", near, np.zeros(n, dtype=bool))
    draft.columns |= {"lon": where["lon"], "lat": where["lat"]}

    def render(at: Ints, reached: Ints) -> dict[str, Any]:
        status = np.where((reached == 1) & false[at], 3, reached)
        return {
            "status": take(("new", "confirmed", "handled", "false_alarm"), status),
            "imageUrl": join("https://video.invalid/alerts/", ids.take(pa.array(at)), ".jpg"),
            "updatedAt": moment_text(stages.latest(at, reached)),
        }

    stages.apply(draft, render)
    write.stamp(
        "", "updatedAt", stages.latest(np.arange(n), stages.reached(draft.appears)), iso=True
    )
    return draft


def shop(w: World) -> Draft:
    """One row a shop, with its operator."""
    rng = w.rng("shop")
    base = max(20, round(w.residents * SHOPS))
    appears = w.arrivals(rng, w.residents * 0.00003, base)
    n = len(appears)
    operator = rng.choice(w.adults, n)
    home = w.living.living[operator]
    urban = w.places.urban()
    at_home = chance(rng, 0.15, n)
    near = np.where(at_home, home, urban[rng.integers(0, len(urban), n)])
    draft = Draft(DEPARTMENT, "shop", ("shopId",), appears)
    write = Writer(w, draft)
    draft.columns = {
        "shopId": join("SH", padded(rng.permutation(n) + 1, 7)),
        "uscc": fixed(credit_codes(np.full(n, 360731), np.arange(n) + 100_000, rng)),
    }
    brand = take(
        ("好又来", "新天地", "鸿运", "家家乐", "老字号", "福满楼", "一品", "小吃王"),
        rng.integers(0, 8, n),
    )
    draft.columns["name"] = join("于都县", brand, take(_TRADES, rng.integers(0, len(_TRADES), n)))
    write.name("operator", "operatorName", operator)
    write.id_no("operator", "operatorIdNo", operator)
    write.phone("operator", "phone", operator)
    write.place_or_home("operator", "address", near, at_home)
    draft.columns["gridCode"] = where_columns(w, rng, near)["gridCode"]
    day = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(0, 1200, n))
    write.stamp("operator", "updatedAt", w.moment(rng, day), iso=True)
    draft.mention("operator", operator)
    return draft
