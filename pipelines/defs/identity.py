"""Who is who: mentions, addresses, crosswalk, households, in one step.

    conformed/* -> identity/mention -> address_match -> crosswalk -> household

Needs no secrets.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.describe import state, table_spec
from pipelines.defs.hub import HubResource
from pipelines.resolve import resolve_all
from schemas import FEEDS
from schemas.identity import TABLES

_MENTIONING = [dg.AssetKey(["conformed", feed.table]) for feed in FEEDS.values() if feed.mentions]
_ADDRESSES = dg.AssetKey(["conformed", FEEDS["public_security.standard_address"].table])


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["identity", name])


_DEPS = {
    "mention": _MENTIONING,
    "address_match": [_key("mention"), _ADDRESSES],
    "household": [_key("crosswalk"), _key("address_match")],
    "household_member": [_key("household")],
}


@dg.multi_asset(
    name="identity",
    specs=[table_spec(t, _DEPS.get(t.name, [_key("mention")])) for t in TABLES.values()],
    can_subset=True,
    description="Resolve who is the same person, dwelling and household",
)
def identity(context: dg.AssetExecutionContext, hub: HubResource) -> Iterator[dg.MaterializeResult]:
    """One step: its parts share what they compute, and the crosswalk is one state."""
    with hub.writing("resolving identities") as open_hub:
        context.log.info("identity: who is the same person, household and dwelling")
        report = resolve_all(open_hub, rebuild=hub.rebuild)
        context.log.info(report.summary())
        for table in TABLES.values():
            if _key(table.name) in context.selected_asset_keys:
                made = open_hub.lake.table("identity", table.name)
                yield dg.MaterializeResult(
                    asset_key=_key(table.name),
                    metadata={
                        **state(open_hub, made, table.columns, by_source=False),
                        **report.counts(table.name),
                    },
                )
