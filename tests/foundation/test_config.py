"""hub.toml, read whole and refused with the place named."""

from pathlib import Path

import pytest

from foundation.config import Config, Secret, load_config
from foundation.errors import ConfigError
from foundation.home import Home

GOOD = """
[county]
division_code = "360731"
name = "于都县"

[departments.civil_affairs]
transport = "files"
url = "sftp://drop.example/civil_affairs"
password = {file = "drop_password"}

[departments.city_management]
transport = "rest"
base_url = "http://127.0.0.1:1"
auth = {kind = "hmac", key_id = "hub", secret = {env = "CITY_SECRET"}}

[feeds."civil_affairs.cremation"]
pattern = "hh_*.csv"

[feeds."civil_affairs.elderly_allowance"]
transport = "sql"
url = {env = "ELDERLY_URL"}
"""


def load(tmp_path: Path, text: str) -> Config:
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    return load_config(Home(tmp_path))


def test_a_feed_takes_its_departments_options_with_its_own_laid_over(tmp_path: Path) -> None:
    source = load(tmp_path, GOOD).source("civil_affairs.cremation")
    assert source.transport == "files"
    assert source.options["pattern"] == "hh_*.csv"
    assert source.options["url"] == "sftp://drop.example/civil_affairs"


def test_a_feed_by_another_transport_inherits_nothing(tmp_path: Path) -> None:
    source = load(tmp_path, GOOD).source("civil_affairs.elderly_allowance")
    assert (source.transport, list(source.options)) == ("sql", ["url"])


def test_secrets_are_read_when_used_and_never_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop_password").write_text("hunter2\n")
    monkeypatch.setenv("CITY_SECRET", "hunter3")
    config = load(tmp_path, GOOD)
    assert "hunter" not in repr(config)
    assert config.source("civil_affairs.cremation").require("password") == "hunter2"
    assert config.source("city_management.case").revealed()["auth"]["secret"] == "hunter3"


def test_a_secret_that_is_not_there_is_named_by_its_origin() -> None:
    with pytest.raises(ConfigError, match="environment variable NO_SUCH_SECRET is missing"):
        Secret(env="NO_SUCH_SECRET").reveal()


def test_a_county_without_settings_runs_the_embedded_warehouse(tmp_path: Path) -> None:
    config = load(tmp_path, '[county]\ndivision_code = "360731"\nname = "于都县"')
    assert config.warehouse.reveal_url() is None
    assert config.engine.memory_limit == "2500MB"
    with pytest.raises(ConfigError, match="does not say how 'emergency' delivers"):
        config.source("emergency.warning")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[enigne]", r"hub\.toml: the key 'enigne' is unknown.*mean 'engine'"),
        ("[engine]\nmemory = '4GB'", r"\[engine\]: the key 'memory' is unknown"),
        ("[engine]\nmemory_limit = 'lots'", "memory_limit is not an amount"),
        ("[engine]\nthreads = 0", "threads is not a whole number"),
        ("[warehouse]\nurl = 'postgresql://hub:hunter2@db/w'", "url holds a secret in clear"),
        (
            "[departments.emergency]\ntransport = 'rest'\nclient_secret = 'hunter2'",
            "client_secret holds a secret",
        ),
        (
            "[departments.emergency]\ntransport = 'rest'\nauth = {token = 'hunter2'}",
            "token holds a secret",
        ),
        (
            "[departments.emergency]\ntransport = 'rest'\ntoken = {env = 'A', file = 'b'}",
            "one of both",
        ),
        ("[departments.emergency]\ntransport = 'fax'", "transport 'fax' is unknown"),
        ("[departments.emergency]\nurl = 'x'", "transport is missing"),
        ("[feeds.emergency]\ntransport = 'sql'", "not a feed's name"),
        ("[engine", r"not TOML \(at line"),
    ],
)
def test_a_wrong_file_is_refused_at_the_place_that_is_wrong(
    tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(tmp_path, f'[county]\ndivision_code = "360731"\nname = "于都县"\n{line}\n')
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Copy hub\.toml there"):
        load_config(Home(tmp_path))


def test_a_feed_that_the_hub_does_not_know_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    known = ["civil_affairs.cremations", "civil_affairs.elderly_allowance", "city_management.case"]
    with pytest.raises(ConfigError, match=r"mean 'civil_affairs\.cremations'"):
        config.check_names(known)
