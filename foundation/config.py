"""hub.toml: which county, how each department delivers, where the warehouse is. Read once, checked
whole, frozen.

    home/hub.toml -> load_config(home) -> Config
    Config.source("civil_affairs.cremation") -> Source(transport, options)

Secrets are written {env = "NAME"} or {file = "path"} (relative to the home) and become a `Secret`,
which shows its origin when printed and its value only to `reveal()`. A password written into the
file is refused.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from foundation.errors import ConfigError
from foundation.home import Home

TRANSPORTS = ("sql", "rest", "files")
SECTIONS = ("county", "departments", "feeds", "warehouse", "engine", "alerts", "retention")
_SECRET_NAME = re.compile(
    r"(^|_)(password|passphrase|secret|token|secret_key|api_key|private_key)$"
)
_PASSWORD_IN_URL = re.compile(r"^[\w+.-]+://[^/@\s:]*:[^/@\s]+@")


@dataclass(frozen=True)
class Secret:
    """A reference to a secret; `reveal()` reads it when it is needed."""

    env: str | None = None
    file: Path | None = None

    def __str__(self) -> str:
        return f"<secret from {'$' + self.env if self.env else self.file}>"

    __repr__ = __str__

    def reveal(self) -> str:
        """The value. Raises ConfigError when the variable or the file is missing or empty."""
        value = os.environ.get(self.env, "") if self.env else _read(self.file)
        if value:
            return value
        origin = f"the environment variable {self.env}" if self.env else f"the file {self.file}"
        raise ConfigError(
            "hub.toml", f"{origin} is missing or empty", "nothing was run", "set it, then run again"
        )


@dataclass(frozen=True)
class Source:
    """How one department, or one of its feeds, delivers. `options` belong to the transport's
    connector."""

    where: str
    transport: str
    options: dict[str, Any] = field(default_factory=dict)

    def revealed(self) -> dict[str, Any]:
        """The options with every secret in clear: hand it to the connector, never to a log."""
        return {name: _reveal(value) for name, value in self.options.items()}

    def require(self, name: str) -> Any:
        """One option in clear. Raises ConfigError when it is not set."""
        if name not in self.options:
            raise ConfigError(
                f"hub.toml [{self.where}]",
                f"the option {name!r} is missing for transport {self.transport!r}",
                "the feed was not read",
                f"add {name} = ... to that section",
            )
        return _reveal(self.options[name])


@dataclass(frozen=True)
class County:
    """division_code: six digits, GB/T 2260; name as people write it."""

    division_code: str
    name: str


@dataclass(frozen=True)
class Warehouse:
    """url: of a PostgreSQL 15 or newer, or None for the embedded one, which listens on `port`
    (0: any free one)."""

    url: str | Secret | None = None
    port: int = 0

    def reveal_url(self) -> str | None:
        """The url in clear, or None for the embedded server."""
        return self.url.reveal() if isinstance(self.url, Secret) else self.url


@dataclass(frozen=True)
class Engine:
    """DuckDB's share of the machine. memory_limit as DuckDB writes it: 3GB, 2500MB."""

    memory_limit: str = "2500MB"
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)


@dataclass(frozen=True)
class Alerts:
    """url: the webhook that hears of urgent answers, https or loopback, or None for no alerts;
    secret signs what is sent. tries: in one night; nights: that may fail before it is given up."""

    url: str | Secret | None = None
    secret: Secret | None = None
    tries: int = 3
    nights: int = 5


@dataclass(frozen=True)
class Retention:
    """For how many days the hub keeps what it no longer needs; 0: for good.

    raw_history: rows of raw that later ones overtook; quarantine: rows that nobody mended;
    feedback: files to the departments and closed items; change_feed: entries of api_v1.change;
    runs: what Dagster keeps of runs. The audit log is kept for good.
    """

    raw_history: int = 1095
    quarantine: int = 730
    feedback: int = 365
    change_feed: int = 365
    runs: int = 180


@dataclass(frozen=True)
class Config:
    """The whole of hub.toml."""

    county: County
    departments: dict[str, Source]
    feeds: dict[str, Source]
    warehouse: Warehouse = Warehouse()
    engine: Engine = Engine()
    alerts: Alerts = Alerts()
    retention: Retention = Retention()

    def source(self, feed: str) -> Source:
        """How `<department>.<feed>` is delivered: the department's section, with the feed's own
        laid over it.

        An override that changes the transport starts from no options at all.
        """
        department = feed.partition(".")[0]
        base, own = self.departments.get(department), self.feeds.get(feed)
        if own is None or (base is not None and base.transport == own.transport):
            if base is None:
                raise _missing_department(department, self.departments)
            options = base.options | (own.options if own else {})
            return Source(own.where if own else base.where, base.transport, options)
        return own

    def check_names(self, known_feeds: Iterable[str]) -> None:
        """Raise ConfigError when a section names a department or feed that the hub does not
        know."""
        feeds = set(known_feeds)
        for name in self.departments:
            _check_known(
                name, {feed.partition(".")[0] for feed in feeds}, "departments", "department"
            )
        for name in self.feeds:
            _check_known(name, feeds, "feeds", "feed")


def load_config(home: Home, path: Path | None = None) -> Config:
    """Read and check `path`, by default hub.toml in the home. Raises ConfigError that names the
    place."""
    config = parse_config(_load_toml(path or home.config_file), home)
    return replace(config, feeds=dict(_dropped_in(home)) | config.feeds)


def parse_config(raw: Mapping[str, Any], home: Home) -> Config:
    """Check what tomllib returned. Secret files are relative to the home."""
    _only_keys(raw, SECTIONS, "hub.toml")
    departments = {
        name: _source(f"departments.{name}", section, home, default=None)
        for name, section in _tables(raw, "departments").items()
    }
    feeds = {
        name: _feed_source(name, section, departments, home)
        for name, section in _tables(raw, "feeds").items()
    }
    return Config(
        _county(_table(raw, "county")),
        departments,
        feeds,
        _warehouse(_table(raw, "warehouse"), home),
        _engine(_table(raw, "engine")),
        _alerts(_table(raw, "alerts"), home),
        _retention(_table(raw, "retention")),
    )


def _dropped_in(home: Home) -> Iterator[tuple[str, Source]]:
    """The `[source]` of each feed that is declared in the home; hub.toml outranks it."""
    for path in sorted((home.path / "feeds").glob("*.toml")):
        section = _load_toml(path).get("source")
        if section is not None:
            try:
                yield path.stem, _source("source", section, home, default=None)
            except ConfigError as error:
                where = error.where.replace("hub.toml", f"feeds/{path.name}")
                raise ConfigError(where, error.what, error.outcome, error.remedy) from None


def _load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            str(path),
            "there is no such file",
            "nothing was run",
            "copy hub.toml there, or run `hub sandbox build`",
        ) from None
    except OSError as error:
        raise ConfigError(
            str(path),
            f"it cannot be read ({error.strerror})",
            "nothing was run",
            "give this user the right to read it",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            str(path), "it is not UTF-8", "nothing was run", "save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)", str(error))
        raise ConfigError(
            str(path),
            f"it is not TOML {place.group() if place else ''}".strip(),
            "nothing was run",
            "correct that line",
        ) from None


def _county(section: Mapping[str, Any]) -> County:
    _only_keys(section, ("division_code", "name"), "[county]")
    code = _text(section, "division_code", "[county]")
    if not re.fullmatch(r"\d{6}", code):
        raise _wrong(
            "[county]",
            "division_code is not six digits",
            'write it as text, e.g. division_code = "360731"',
        )
    return County(code, _text(section, "name", "[county]"))


def _warehouse(section: Mapping[str, Any], home: Home) -> Warehouse:
    _only_keys(section, ("url", "port"), "[warehouse]")
    url = _option("url", section.get("url"), "warehouse", home)
    if url is not None and not isinstance(url, (str, Secret)):
        raise _wrong("[warehouse]", "url is not text", 'write url = {env = "HUB_WAREHOUSE_URL"}')
    return Warehouse(url, _whole(section, "port", 0, 0, 65535, "[warehouse]"))


def _alerts(section: Mapping[str, Any], home: Home) -> Alerts:
    where = "[alerts]"
    _only_keys(section, ("url", "secret", "tries", "nights"), where)
    if not section:
        return Alerts()
    url = _option("url", section.get("url"), "alerts", home)
    secret = _option("secret", section.get("secret"), "alerts", home)
    if not isinstance(url, (str, Secret)):
        raise _wrong(where, "url is missing or not text", 'write url = "https://..."')
    if not isinstance(secret, Secret):
        raise _wrong(where, "secret is missing", 'write secret = {env = "HUB_ALERTS_SECRET"}')
    tries = _whole(section, "tries", Alerts.tries, 1, 20, where)
    return Alerts(url, secret, tries, _whole(section, "nights", Alerts.nights, 1, 365, where))


def _engine(section: Mapping[str, Any]) -> Engine:
    _only_keys(section, ("memory_limit", "threads"), "[engine]")
    limit = section.get("memory_limit", Engine.memory_limit)
    if not isinstance(limit, str) or not re.fullmatch(r"\d+(\.\d+)?\s*[KMGT]i?B", limit):
        raise _wrong(
            "[engine]",
            "memory_limit is not an amount of memory",
            'write it like memory_limit = "2500MB"',
        )
    return Engine(limit, _whole(section, "threads", os.cpu_count() or 1, 1, 1024, "[engine]"))


def _retention(section: Mapping[str, Any]) -> Retention:
    where, names = "[retention]", tuple(vars(Retention()))
    _only_keys(section, tuple(f"{name}_days" for name in names), where)
    kept = {
        name: _whole(section, f"{name}_days", getattr(Retention, name), 0, 36_500, where)
        for name in names
    }
    return Retention(**kept)


def _feed_source(name: str, section: Any, departments: Mapping[str, Source], home: Home) -> Source:
    if name.count(".") != 1:
        raise _wrong(
            f"[feeds.{name}]",
            "it is not a feed's name",
            'write [feeds."<department>.<feed>"], with the quotes',
        )
    base = departments.get(name.partition(".")[0])
    return _source(f'feeds."{name}"', section, home, default=base.transport if base else None)


def _source(where: str, section: Any, home: Home, default: str | None) -> Source:
    if not isinstance(section, dict):
        raise _wrong(f"[{where}]", "it is not a section", f"write [{where}] and its options below")
    transport = section.get("transport", default)
    if transport not in TRANSPORTS:
        said = (
            "transport is missing" if transport is None else f"transport {transport!r} is unknown"
        )
        raise _wrong(f"[{where}]", said, f"choose one of {', '.join(TRANSPORTS)}")
    options = {
        key: _option(key, value, where, home)
        for key, value in section.items()
        if key != "transport"
    }
    return Source(where, transport, options)


def _option(name: str, value: Any, where: str, home: Home) -> Any:
    if isinstance(value, dict) and value and value.keys() <= {"env", "file"}:
        return _secret(name, value, where, home)
    if _SECRET_NAME.search(name) and value is not None:
        raise _inline(where, name)
    if isinstance(value, str) and _PASSWORD_IN_URL.match(value):
        raise _inline(where, name)
    if isinstance(value, dict):
        return {key: _option(key, inner, f"{where}.{name}", home) for key, inner in value.items()}
    if isinstance(value, list):
        return [_option("", inner, f"{where}.{name}", home) for inner in value]
    return value


def _secret(name: str, value: Mapping[str, Any], where: str, home: Home) -> Secret:
    if len(value) != 1 or not all(isinstance(part, str) and part for part in value.values()):
        raise _wrong(
            f"[{where}]",
            f"{name} is not a reference",
            'write {env = "NAME"} or {file = "path"}, one of both',
        )
    if "env" in value:
        return Secret(env=value["env"])
    return Secret(file=home.path / Path(value["file"]).expanduser())


def _inline(where: str, name: str) -> ConfigError:
    return _wrong(
        f"[{where}]",
        f"{name or 'an entry'} holds a secret in clear",
        f'write {name or "it"} = {{env = "NAME"}} or {{file = "path"}}, '
        "and change the secret if the file was shared",
    )


def _reveal(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: _reveal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_reveal(inner) for inner in value]
    return value


def _read(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except OSError:
        return ""


def _table(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = raw.get(name, {})
    if not isinstance(section, dict):
        raise _wrong(f"[{name}]", "it is not a section", f"write [{name}] on a line of its own")
    return section


def _tables(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    return _table(raw, name)


def _text(section: Mapping[str, Any], name: str, where: str) -> str:
    value = section.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(where, f"{name} is missing or not text", f'add {name} = "..."')
    return value


def _whole(
    section: Mapping[str, Any], name: str, default: int, low: int, high: int, where: str
) -> int:
    value = section.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong(
            where,
            f"{name} is not a whole number from {low} to {high}",
            f"write e.g. {name} = {max(low, 2)}",
        )
    return value


def _only_keys(section: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in section:
        if key not in known:
            raise _wrong(where, f"the key {key!r} is unknown", _suggest(key, known))


def _check_known(name: str, known: Iterable[str], section: str, kind: str) -> None:
    if name not in set(known):
        raise _wrong(f"[{section}]", f"there is no {kind} {name!r}", _suggest(name, known))


def _suggest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(sorted(known))}"


def _missing_department(name: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(
        "hub.toml",
        f"it does not say how {name!r} delivers",
        "the feed was not read",
        f"add [departments.{name}] with transport = ... "
        f"(configured: {', '.join(sorted(known)) or 'none'})",
    )


def _wrong(where: str, what: str, remedy: str) -> ConfigError:
    return ConfigError(
        where if where == "hub.toml" else f"hub.toml {where}", what, "nothing was run", remedy
    )
