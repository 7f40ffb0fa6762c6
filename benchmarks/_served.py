"""A hub that has synced one county and serves its warehouse: made once, used again if it is there.

    sandbox build, serve -> deliver, resolve, build, publish -> Hub

The steps run in this process, without Dagster: what is measured comes after them. Needs no secrets.
"""

from datetime import date
from pathlib import Path

from foundation.home import Home
from pipelines.deliver import deliver
from pipelines.hub import Hub
from pipelines.publish.postgres import publish
from pipelines.resolve import resolve_all
from pipelines.status import record_deliveries
from pipelines.warehouse.run import build
from sandbox.build import build_county
from sandbox.serve import serve
from sandbox.state import write_whole
from sandbox.toml import to_toml


def served_hub(base: Path, residents: int, seed: int, damage: float = 1.0) -> Hub:
    """The hub of ``base/home`` over ``base/county``, published to its own PostgreSQL.

    A feed that fails is shown by the answer about freshness.
    """
    home, county, mark = Home(base / "home"), base / "county", base / "published"
    if mark.exists():
        return Hub.open(home, date.fromisoformat(mark.read_text(encoding="ascii")))
    build_county(residents, seed, county, days=1, damage=damage)
    hub = _delivered(home, county, base)
    resolve_all(hub)
    build(hub)
    publish(hub, hub.warehouse_url())
    mark.write_text(hub.as_of.isoformat(), encoding="ascii")
    return hub


def _delivered(home: Home, county: Path, base: Path) -> Hub:
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with serve(county, state=base / "state", drop=base / "drop", mariadb_url="") as served:
        write_whole(home.config_file, to_toml(served.sources()).encode())
        hub = Hub.open(home, date.fromisoformat(served.state.today))
        deliveries = [deliver(hub, feed) for feed in hub.feeds()]
        record_deliveries(hub, deliveries, "bench")
        served.stop(purge=True)
    return hub
