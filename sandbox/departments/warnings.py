"""Warnings: chains of Alert, Update and Cancel, each naming the ones before it and the areas
concerned.

    draw_warnings(World) ──> warning (append-only), the ids under which families are moved

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox.divisions import TOWNS
from sandbox.draft import Draft
from sandbox.streams import Ints
from sandbox.text import DAY, Text, lists, moment_text, take
from sandbox.world import World

DAYS_BACK: Final = 200
EVERY: Final = 2  # days from one chain to the next
# event type (GB/T 35965.2), what it is called, who sends it with which three digits
_EVENTS: Final = (
    ("11B03", "暴雨", "于都县气象台", "416"),
    ("11B14", "雷电", "于都县气象台", "416"),
    ("11B09", "高温", "于都县气象台", "416"),
    ("11B06", "大风", "于都县气象台", "416"),
    ("11A01", "洪水", "于都县水利局", "418"),
    ("11A51", "山洪", "于都县水利局", "418"),
    ("11D01", "地质灾害气象风险", "于都县自然资源局", "413"),
    ("11F01", "森林火险", "于都县应急管理局", "411"),
)
_SEVERITIES: Final = ("Blue", "Yellow", "Orange", "Red")
_COLOURS: Final = ("蓝色", "黄色", "橙色", "红色")


@dataclass(frozen=True)
class Warnings:
    """One entry a warning, in order of sending."""

    ids: Text
    sent: Ints
    references: list[str | None]
    kind: list[str]
    event: Ints
    severity: Ints
    status: list[str]
    geocodes: list[list[str]]
    polygon: list[str | None]
    hours: Ints


def draw_warnings(w: World) -> Warnings:
    """Chains of one to four messages; few enough to be made one by one."""
    rng = w.rng("warnings")
    rows: list[tuple[int, str, str, str | None, int, int, str, list[str], str | None, int]] = []
    per_start = max(1, round(w.residents / 200_000))
    for day in range(-DAYS_BACK, w.days + 1, EVERY):
        for k in range(per_start):
            rows += _chain(w, rng, w.as_of + day, len(rows) + k)
    rows = sorted(r for r in rows if r[0] // DAY <= w.as_of + w.days)
    columns = list(zip(*rows, strict=True))
    return Warnings(
        take(list(columns[1]), np.arange(len(rows))),
        np.array(columns[0]),
        list(columns[3]),
        list(columns[2]),
        np.array(columns[4]),
        np.array(columns[5]),
        list(columns[6]),
        list(columns[7]),
        list(columns[8]),
        np.array(columns[9]),
    )


def _chain(
    w: World, rng: np.random.Generator, day: int, serial: int
) -> list[tuple[int, str, str, str | None, int, int, str, list[str], str | None, int]]:
    event = int(rng.integers(0, len(_EVENTS)))
    severity = int(rng.choice(4, p=[0.35, 0.4, 0.2, 0.05]))
    status = str(rng.choice(["Actual", "Test", "Exercise"], p=[0.94, 0.03, 0.03]))
    area, polygon = _area(w, rng)
    moment = day * DAY + int(rng.integers(0, DAY))
    chain: list[tuple[int, str, str, str | None, int, int, str, list[str], str | None, int]] = []
    kinds = ["Alert", *["Update"] * int(rng.integers(0, 3)), *["Cancel"] * int(rng.random() < 0.7)]
    for number, kind in enumerate(kinds, 1):
        stamp = np.datetime64(moment, "s").astype(object).strftime("%Y%m%d%H%M%S")
        name = f"360731{_EVENTS[event][3]}{serial % 1000:03d}{number:02d}_{stamp}_{number}"
        before = " ".join(row[1] for row in chain) or None
        chain.append(
            (
                moment,
                name,
                kind,
                before,
                event,
                severity,
                status,
                area,
                polygon,
                int(rng.choice([6, 12, 24])),
            )
        )
        moment += int(rng.integers(2, 14)) * 3600 + int(rng.integers(0, 3600))
        severity = min(3, max(0, severity + int(rng.integers(-1, 2))))
    return chain


def _area(w: World, rng: np.random.Generator) -> tuple[list[str], str | None]:
    """The whole county, towns, communities or grids; sometimes a polygon beside them."""
    style = int(rng.choice(4, p=[0.2, 0.4, 0.25, 0.15]))
    communities = w.places.communities
    some = [
        communities[int(i)]
        for i in rng.choice(len(communities), min(3, len(communities)), replace=False)
    ]
    if style == 0:
        return ["360731"], None
    if style == 1:
        return sorted({TOWNS[c.town] for c in some}), None
    if style == 2:
        lon, lat = (float(a[communities.index(some[0])]) for a in (w.places.lon, w.places.lat))
        box = [
            (lon - 0.03, lat - 0.03),
            (lon + 0.03, lat - 0.03),
            (lon + 0.03, lat + 0.03),
            (lon - 0.03, lat + 0.03),
        ]
        ring = ", ".join(f"{x:.5f} {y:.5f}" for x, y in [*box, box[0]])
        return [c.code for c in some], f"POLYGON (({ring}))"
    codes = w.places.grid_codes().take(pa.array(rng.integers(0, len(w.places.grid_number), 4)))
    return sorted(set(codes.to_pylist())), None


def warning(w: World, a: Warnings) -> Draft:
    """One row a message; append-only."""
    n = len(a.sent)
    appears = np.maximum(a.sent // DAY - w.as_of, 0)
    draft = Draft("emergency", "warning", ("identifier",), appears)
    every = np.arange(n)
    names, colours = [_EVENTS[e][1] for e in a.event], [_COLOURS[s] for s in a.severity]
    verbs = {"Alert": "发布", "Update": "更新", "Cancel": "解除"}
    heads = [
        f"{_EVENTS[e][2]}{verbs[k]}{name}{c}预警"
        for e, k, name, c in zip(a.event, a.kind, names, colours, strict=True)
    ]
    draft.columns = {
        "identifier": a.ids,
        "sender": take([_EVENTS[e][2] for e in a.event], every),
        "sendTime": moment_text(a.sent),
        "status": take(a.status, every),
        "msgType": take(a.kind, every),
        "references": take(a.references, every),
        "eventType": take([_EVENTS[e][0] for e in a.event], every),
        "severity": take(_SEVERITIES, a.severity),
        "effective": moment_text(a.sent),
        "onset": moment_text(a.sent + 1800),
        "expires": moment_text(a.sent + a.hours * 3600),
        "headline": take(heads, every),
        "description": take(
            [
                f"预计未来{h}小时内受{name}影响,请注意防范。"
                for h, name in zip(a.hours, names, strict=True)
            ],
            every,
        ),
        "instruction": take(
            [
                "请做好防御准备,听从社区安排。" if k != "Cancel" else "预警解除,恢复正常。"
                for k in a.kind
            ],
            every,
        ),
        "geocodes": lists(a.geocodes),
        "polygon": take(a.polygon, every),
    }
    return draft
