"""A feed that a home declares is one of the feeds while that home is the one that is used."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.config import load_config
from foundation.errors import ConfigError
from foundation.home import Home
from schemas import FEEDS, Delivery
from schemas.dropin import load_feeds
from schemas.feeds import DEPARTMENTS
from schemas.model import Sensitivity

DOSE = """
department_zh = "卫健"
title_zh = "疫苗接种"
delivery = "increment"
key = ["接种编号"]
columns = [
  { source = "接种编号", name = "dose_no", sensitivity = "internal" },
  { source = "姓名", name = "name", sensitivity = "personal" },
  { source = "性别", name = "sex", type = "code", codes = "sex", map = { "男" = "1" } },
]
people = [{ slot = "self", name = "name", sex = "sex" }]

[source]
transport = "files"
url = "drop/health"
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = list(FEEDS)
    yield
    load_feeds(Path("/nowhere"))
    assert list(FEEDS) == before


def _folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "feeds").mkdir(exist_ok=True)
    for name, text in files.items():
        target = tmp_path / "feeds" / f"{name.replace('__', '.')}.toml"
        target.write_text(text, encoding="utf-8")
    return tmp_path / "feeds"


def test_a_declaration_becomes_a_feed_and_a_department(tmp_path: Path) -> None:
    assert load_feeds(_folder(tmp_path, health__dose=DOSE)) == ("health.dose",)
    feed = FEEDS["health.dose"]
    assert (feed.title_zh, feed.delivery) == ("疫苗接种", Delivery.INCREMENT)
    assert feed.mentions[0].sex == "sex"
    assert feed.column("sex").code_map["男"] == "1"  # as declared
    assert feed.column("sex").code_map["女性"] == "2"  # as the list says
    assert DEPARTMENTS["health"] == "卫健"


def test_what_a_column_does_not_say_is_taken_to_be_sensitive(tmp_path: Path) -> None:
    load_feeds(_folder(tmp_path, health__dose=DOSE))
    assert FEEDS["health.dose"].column("sex").sensitivity is Sensitivity.SENSITIVE


def test_another_home_has_other_feeds(tmp_path: Path) -> None:
    load_feeds(_folder(tmp_path, health__dose=DOSE))
    load_feeds(tmp_path / "elsewhere")
    assert "health.dose" not in FEEDS
    assert "health" not in DEPARTMENTS


def test_its_source_stands_beside_it_and_hub_toml_outranks_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    _folder(tmp_path, health__dose=DOSE)
    county = '[county]\ndivision_code = "360731"\nname = "于都县"\n'
    home.config_file.write_text(county, encoding="utf-8")
    assert load_config(home).source("health.dose").options["url"] == "drop/health"
    other = '[feeds."health.dose"]\ntransport = "files"\nurl = "/srv/health"\n'
    home.config_file.write_text(county + other, encoding="utf-8")
    assert load_config(home).source("health.dose").options["url"] == "/srv/health"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = ["接种编号"]', 'key = ["编号"]', "are not columns of the feed"),
        ('codes = "sex"', 'codes = "sexes"', "there is no code list 'sexes'"),
        ("title_zh", "titel_zh", "titel_zh is not known"),
        ('"increment"', '"sometimes"', "sometimes"),
        ("columns = [", "columns = [[", "not TOML"),
        ('slot = "self"', 'slott = "self"', "slott"),
    ],
)
def test_a_wrong_declaration_is_refused_and_nothing_changes(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    load_feeds(_folder(tmp_path, health__dose=DOSE))
    _folder(tmp_path, health__dose=DOSE.replace(old, new))
    with pytest.raises(ConfigError, match=r"feeds/health\.dose\.toml") as refused:
        load_feeds(tmp_path / "feeds")
    assert said in str(refused.value)
    assert "health.dose" in FEEDS


def test_a_feed_of_the_repository_cannot_be_declared_away(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="of its own"):
        load_feeds(_folder(tmp_path, community__wish=DOSE))


def test_a_secret_in_clear_is_refused(tmp_path: Path) -> None:
    _folder(tmp_path, health__dose=DOSE + 'password = "abc"\n')
    county = '[county]\ndivision_code = "360731"\nname = "于都县"\n'
    Home(tmp_path).config_file.write_text(county, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"feeds/health\.dose\.toml .*secret in clear"):
        load_config(Home(tmp_path))
