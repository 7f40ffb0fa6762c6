"""What can be seen of the model: its page, a pair's way to its weight, a training looked at."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from people import REGISTER, REQUEST, deliver, registered, table, versions

from foundation.errors import ConfigError
from pipelines.hub import Hub
from pipelines.identity.model import RESIDENTS
from pipelines.identity.report import (
    changed_weights,
    crossing,
    current_parameters,
    judged,
    steps,
    weights,
    write_report,
)
from pipelines.identity.run import model_folder, resolve, retrain
from pipelines.identity.steward import decide

HOME = "江西省赣州市于都县贡江镇金桥小区3栋2单元501室"
NAME, PHONE = "欧阳静怡", "13800001234"


@pytest.fixture
def resolved(hub: Hub) -> Hub:
    """One in the register and, by name, telephone and home, one at the counter."""
    one = registered(NAME, date(1975, 4, 12), 11, "p1", phone=PHONE, register_address=HOME)
    deliver(hub, REGISTER, {"v1": one})
    deliver(hub, REQUEST, {"a": {"requester_name": NAME, "phone": PHONE, "address": HOME}})
    resolve(hub)
    return hub


def test_the_page_shows_every_level_and_no_person(resolved: Hub) -> None:
    parameters = current_parameters(resolved)
    page = write_report(resolved).read_text(encoding="utf-8")
    for row in weights(RESIDENTS, parameters):
        assert f'"{row["level"]}"' in page
    assert parameters.version in page
    assert not [value for value in (NAME, PHONE, HOME) if value in page]
    assert "src=" not in page.split("<body")[0]  # its scripts are within it


def test_a_threshold_is_judged_by_what_stewards_decided(resolved: Hub) -> None:
    counted = [
        {"threshold": 2.0, "same": 4, "not_same": 4},
        {"threshold": 5.0, "same": 3, "not_same": 1},
        {"threshold": 9.0, "same": 0, "not_same": 0},
    ]
    assert [(row["precision"], row["recall"]) for row in judged(counted)] == [
        (0.5, 1.0), (0.75, 0.75), (None, 0.0),
    ]  # fmt: skip
    [edge] = table(resolved, "edge")
    decide(resolved, edge["left_mention_id"], edge["right_mention_id"], "same", "clerk", "she is")
    page = write_report(resolved).read_text(encoding="utf-8")
    assert '"precision": 1.0, "recall": 1.0' in page or '"precision":1.0,"recall":1.0' in page


def test_without_a_trained_model_the_error_says_what_to_do(hub: Hub) -> None:
    with pytest.raises(ConfigError, match="hub sync"):
        write_report(hub)


def test_a_pair_goes_step_by_step_from_the_prior_to_its_weight(resolved: Hub) -> None:
    parameters = current_parameters(resolved)
    [edge] = table(resolved, "edge")
    way = steps(edge["levels"], edge["weight"], RESIDENTS, parameters)
    assert way[0]["what"] == "prior"
    assert way[-1]["to"] == pytest.approx(edge["weight"])
    assert all(step["from"] == before["to"] for before, step in pairwise(way))


def test_looking_at_a_retraining_changes_nothing(resolved: Hub) -> None:
    before = versions(resolved), sorted(p.name for p in model_folder(resolved).iterdir())
    retrain(resolved, keep=False)
    assert (versions(resolved), sorted(p.name for p in model_folder(resolved).iterdir())) == before


def test_what_a_retraining_moves_is_shown(resolved: Hub) -> None:
    old = current_parameters(resolved)
    assert changed_weights(RESIDENTS, old, old) == []
    same = crossing(resolved, RESIDENTS, old, old)
    assert same == {"pairs": 1, "newly_above": 0, "newly_below": 0}
    doubtful = replace(old, prior_bits=old.prior_bits - 100)
    assert crossing(resolved, RESIDENTS, old, doubtful)["newly_below"] == 1
    level = {**old.m["name"], "same": old.m["name"]["same"] / 4}
    moved = changed_weights(RESIDENTS, old, replace(old, m={**old.m, "name": level}))
    assert [(row["comparison"], row["level"]) for row in moved] == [("name", "same")]
    assert moved[0]["before"] - moved[0]["after"] == pytest.approx(2, abs=0.02)
