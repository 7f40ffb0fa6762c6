"""After all nights of this folder: looking at everything finds what the nights found.

Its file comes last, since the other nights are compared table by table.
"""

from living_hub import Night

from pipelines.hub import Hub
from pipelines.resolve import resolve_all


def test_a_whole_resolution_finds_what_the_nights_found(broken_night: Night) -> None:
    """The nights looked at what had changed only; whoever looks at everything finds the same."""
    hub = Hub.open(broken_night.hub.home)
    states = {"term", "resolution", "common"}
    before = {table.name: table.version for table in hub.lake.tables("identity")}
    resolve_all(hub, rebuild=True)
    after = {table.name: table.version for table in hub.lake.tables("identity")}
    assert {name for name in after if after[name] != before[name]} <= states | {"address_text"}
