"""Any sequence of nights ends where a rebuild of the final state does; ids change only by
events."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import (
    CARD,
    REGISTER,
    REQUEST,
    VISIT,
    Row,
    deliver,
    learned,
    mention,
    number,
    partition,
    registered,
    small_hub,
    table,
    who,
)

from foundation import layers
from pipelines.hub import Hub
from pipelines.identity import touched
from pipelines.identity.model import RESIDENTS, LinkModel
from pipelines.identity.run import resolve
from pipelines.identity.steward import decide, withdraw

NAMES = ("曾庆林", "曾庆琳", "王芳", "王方", "李明", "李鸣")
PHONES = (None, "13800001234", "13900005678")
HOMES = (None, "金桥小区3栋2单元501室", "梓山村李屋组12号")
BOOKLETS = (None, "B1", "B2")
BORN = tuple(date(1975, 4, 12) + timedelta(days=days) for days in (0, 1, 400))

people = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(BORN),
    st.sampled_from(PHONES),
    st.sampled_from(HOMES),
    st.integers(0, 3),
    st.sampled_from(BOOKLETS),
)
keys = st.sampled_from([f"k{n}" for n in range(6)])
nights = st.lists(
    st.tuples(
        st.dictionaries(keys, people, max_size=4),
        st.dictionaries(keys, people, max_size=4),
        st.dictionaries(keys, people, max_size=3),
    ),
    min_size=2,
    max_size=3,
)


def visit(person: tuple) -> Row:
    name, born, phone, home, kind, _ = person
    identity = {0: number(born, 11), 1: None, 2: number(born, 12), 3: number(born, 11)[:-1] + "A"}
    return {
        "name": name,
        "birth_date": born if kind else None,
        "phone": phone,
        "address": home,
        "id_no": identity[kind],
    }


def version(key: str, person: tuple) -> Row:
    name, born, phone, home, kind, booklet = person
    return {
        "name": name,
        "birth_date": born,
        "phone": phone,
        "register_address": home,
        "id_no": number(born, 11 + kind % 3),
        "person_no": f"p{key}",
        "booklet_no": booklet,
    }


def arrive(hub: Hub, night: tuple) -> None:
    register, visits, requests = night
    deliver(hub, REGISTER, {key: version(key, person) for key, person in register.items()})
    deliver(hub, VISIT, {key: visit(person) for key, person in visits.items()})
    deliver(
        hub,
        REQUEST,
        {
            key: {"requester_name": person[0], "phone": person[2], "address": person[3]}
            for key, person in requests.items()
        },
    )


def carry_model(source: Hub, target: Hub) -> None:
    """A rebuild takes the stored model along, its file, frequencies and common values, and the
    decisions."""
    if (source.home.path / "identity").exists():
        shutil.copytree(source.home.path / "identity", target.home.path / "identity")
    for name in ("term", "common", "decision"):
        if source.lake.table("identity", name).exists:
            stored = source.home.lake / "identity" / name
            shutil.copytree(stored, target.home.lake / "identity" / name)


EVERYTHING = ("node", "edge", "conflict", "review_task")


def outcome(hub: Hub) -> dict[str, object]:
    """The partition, and every table that is a function of the mentions."""
    tables = {name: sorted(table(hub, name), key=str) for name in EVERYTHING}
    ties = sorted(
        (row["mention_id"], row["speaker_mention_id"], row["tie"], row["is_strong"], row["method"])
        for row in table(hub, "crosswalk")
    )
    return {**tables, "ties": ties, "partition": partition(hub)}


# Of three who share a value it points at nobody: nights in which blocks fill and telephones become
# everybody's.
TIGHT = replace(
    RESIDENTS,
    widely_shared=1,
    blocking=tuple(replace(rule, cap=2) for rule in RESIDENTS.blocking),
)


@pytest.mark.parametrize(
    ("is_learned", "model"), [(True, RESIDENTS), (False, RESIDENTS), (True, TIGHT)]
)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sequence=nights, verdict=st.sampled_from([None, "same", "not_same"]), withdrawn=st.booleans()
)
def test_nights_end_where_a_rebuild_does(
    is_learned: bool, model: LinkModel, sequence: list, verdict: str | None, withdrawn: bool
) -> None:
    """With a learned model nights resolve what changed; else the whole each time."""
    folder = Path(mkdtemp())
    try:
        nightly, anew = small_hub(folder / "nightly"), small_hub(folder / "anew")
        if is_learned:
            learned(nightly)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(touched, "MANY", 1.1)
            patch.setattr(layers, "MIN_ROWS", 0)
            patch.setattr(layers, "MOST_SHARE", 9.0)
            for at, night in enumerate(sequence):
                arrive(nightly, night)
                resolve(nightly, model)
                if verdict and at == 0:
                    made = first_decision(nightly, verdict)
                if verdict and at == 1 and made and withdrawn:
                    withdraw(nightly, made, "clerk")
            said = resolve(nightly, model)
        carry_model(nightly, anew)
        arrive(anew, sequence[-1])
        resolve(anew, model)
        assert outcome(nightly) == outcome(anew)
        assert said.residents == len(partition(nightly))
    finally:
        shutil.rmtree(folder)


FATHER = registered("曾庆林", date(1950, 5, 6), 11, "p1", booklet_no="B1")
DAUGHTER = registered("李秀兰", BORN[0], 12, "p2", booklet_no="B1", phone="13800001234")
CALL = {"requester_name": "曾庆林", "phone": "13800001234"}
ON_THE_CARD = {"head_name": "曾庆林", "name_1": "李秀兰"}


@pytest.mark.parametrize(
    ("change", "is_read"),
    [
        ({"phone": "13900005678"}, True),
        ({"phone": None}, True),
        ({"name": "李桂英"}, True),
        ({"booklet_no": "B2"}, True),
        ({"register_address": HOMES[2]}, False),
        (None, True),
    ],
)
def test_what_a_relative_says_anew_is_read_by_the_family(
    tmp_path: Path, change: Row | None, is_read: bool
) -> None:
    """The father is found by his daughter's telephone and by her name beside his."""
    nightly, anew = small_hub(tmp_path / "nightly"), small_hub(tmp_path / "anew")
    learned(nightly)
    changed = {"k1": FATHER, **({"k2": DAUGHTER | change} if change is not None else {})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(touched, "MANY", 1.1)
        for hub, versions in ((nightly, {"k1": FATHER, "k2": DAUGHTER}), (anew, changed)):
            deliver(hub, REGISTER, versions)
            deliver(hub, REQUEST, {"r1": CALL})
            deliver(hub, CARD, {"c1": ON_THE_CARD})
        resolve(nightly)
        before = links_of_the_father(nightly)
        carry_model(nightly, anew)
        deliver(nightly, REGISTER, changed)
        resolve(nightly)
        resolve(anew)
    assert outcome(nightly) == outcome(anew)
    assert (links_of_the_father(nightly) != before) is is_read


def links_of_the_father(hub: Hub) -> list[tuple[object, ...]]:
    his = {mention(hub, REGISTER, "k1")}
    return sorted(
        (row["left_mention_id"], row["right_mention_id"], row["levels"])
        for row in table(hub, "edge")
        if his & {row["left_mention_id"], row["right_mention_id"]}
    )


def first_decision(hub: Hub, verdict: str) -> str | None:
    """About the first two mentions, if there are two."""
    known = sorted(row["mention_id"] for row in table(hub, "mention"))
    return decide(hub, known[0], known[1], verdict, "clerk", "test") if len(known) > 1 else None


@settings(max_examples=4, deadline=None)
@given(nights)
def test_no_id_changes_without_an_event(sequence: list) -> None:
    folder = Path(mkdtemp())
    try:
        hub = small_hub(folder)
        before: dict[int, str] = {}
        for night in sequence:
            arrive(hub, night)
            resolve(hub)
            now = {row["mention_id"]: row["resident_id"] for row in table(hub, "crosswalk")}
            told = {
                (row["old_resident_id"], row["new_resident_id"]) for row in table(hub, "lineage")
            }
            moved = {(before[m], r) for m, r in now.items() if m in before and before[m] != r}
            assert moved <= told
            before = now
    finally:
        shutil.rmtree(folder)


def test_the_part_with_more_strong_mentions_keeps_the_id(hub: Hub) -> None:
    born = BORN[0]
    one = {"name": "曾庆林", "id_no": number(born, 11)}
    deliver(hub, VISIT, {"a": one, "b": one, "c": one})
    resolve(hub)
    before = who(hub, VISIT, "a")
    other = {"name": "刘国华", "id_no": number(born, 13)}
    deliver(hub, VISIT, {"a": one, "b": other, "c": other})
    resolve(hub)
    assert who(hub, VISIT, "b") == before
    assert [row["event"] for row in table(hub, "lineage", "event <> 'new'")] == ["split"]
