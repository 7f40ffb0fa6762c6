"""How many values a second are made comparable: names, their shapes, numbers, telephones, homes.

    invented distinct values -> each function of pipelines.identity.comparable -> rows a second

Needs no secrets. Alone: ``hub bench comparable --json``.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.identity.comparable import homes, phones
from pipelines.identity.comparable.ids import comparable_ids
from pipelines.identity.comparable.names import comparable_names
from pipelines.identity.comparable.shapes import comparable_shapes

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文辉斌波鹏飞龙海燕红梅"


def run(rows: int = 200_000, repeats: int = 3) -> dict[str, Any]:
    """Rows a second of each function, the median of ``repeats`` runs over ``rows`` values."""
    rng = np.random.default_rng(1)
    names, ids = _names(rng, rows), _ids(rng, rows)
    told = pa.table({"phone": _phones(rng, rows), "address": _homes(rng, rows)})
    comparable_names(names[:10])
    comparable_shapes(names[:10])
    work: dict[str, Callable[[], object]] = {
        "names": lambda: comparable_names(names),
        "shapes": lambda: comparable_shapes(names),
        "ids": lambda: comparable_ids(ids),
        "phones": lambda: _sql(told, phones.full(phones.cleaned("phone"))),
        "homes": lambda: _sql(told, homes.home_key("address")),
    }
    return {
        "rows": rows,
        **{f"{name}_rows_s": round(rows / _seconds(task, repeats)) for name, task in work.items()},
    }


def _seconds(task: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = perf_counter()
        task()
        taken.append(perf_counter() - began)
    return median(taken)


def _sql(told: pa.Table, expression: str) -> None:
    with duckdb.connect() as con:
        con.register("told", told)
        con.execute(f"select count({expression}) from told").fetchall()


def _names(rng: np.random.Generator, rows: int) -> pa.Array:
    letters = [pa.array(list(text)) for text in (_SURNAMES, _GIVEN, _GIVEN)]
    drawn = [part.take(pa.array(rng.integers(0, len(part), rows))) for part in letters]
    return pc.binary_join_element_wise(*drawn, "")


def _ids(rng: np.random.Generator, rows: int) -> pa.Array:
    born = (rng.integers(-10_000, 18_000, rows)).astype("datetime64[D]").astype(str)
    digits = np.char.add("360731", np.char.replace(born, "-", ""))
    return pa.array(np.char.add(digits, rng.integers(1000, 9999, rows).astype(str)))


def _phones(rng: np.random.Generator, rows: int) -> pa.Array:
    return pa.array(np.char.add("138-", rng.integers(10_000_000, 99_999_999, rows).astype(str)))


def _homes(rng: np.random.Generator, rows: int) -> pa.Array:
    house, unit, room = (rng.integers(1, n, rows).astype(str) for n in (30, 5, 900))
    text = np.char.add("江西省赣州市于都县贡江镇金桥小区", np.char.add(house, "栋"))
    return pa.array(np.char.add(np.char.add(text, np.char.add(unit, "单元")), room))
