"""Who is who: mentions, addresses, crosswalk, households, in one step.

    conformed/* -> identity/address_match -> mention -> crosswalk -> household

Needs no secrets.
"""

from collections.abc import Iterator
from graphlib import TopologicalSorter

import dagster as dg

from pipelines.defs.describe import state, table_spec
from pipelines.defs.hub import HubResource
from pipelines.identity.report import report_of
from pipelines.resolve import resolve_all
from schemas import FEEDS
from schemas.identity import TABLES as RESOLVER_TABLES
from schemas.model import Table
from schemas.places import PLACE_TABLES

TABLES = RESOLVER_TABLES | {table.name: table for table in PLACE_TABLES}
_MENTIONING = [dg.AssetKey(["conformed", feed.table]) for feed in FEEDS.values() if feed.mentions]
_ADDRESSES = dg.AssetKey(["conformed", FEEDS["public_security.standard_address"].table])


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["identity", name])


_DEPS = {
    "mention": [*_MENTIONING, _key("address_match")],
    "address_match": [*_MENTIONING, _ADDRESSES],
    "home": [_key("crosswalk"), _key("address_match")],
    "household": [_key("crosswalk"), _key("address_match")],
    "household_member": [_key("household")],
    "organisation_mention": [*_MENTIONING, _key("address_match")],
}


def _deps(table: Table) -> list[dg.AssetKey]:
    """What a table follows from; most follow from the mentions."""
    is_organisation = table.name.startswith("organisation_")
    root = _key("organisation_mention" if is_organisation else "mention")
    return _DEPS.get(table.name, [root])


@dg.multi_asset(
    name="identity",
    specs=[table_spec(t, _deps(t)) for t in TABLES.values()],
    can_subset=True,
    description="Resolve who is the same person, dwelling and household",
)
def identity(
    context: dg.AssetExecutionContext, hub: HubResource
) -> Iterator[dg.MaterializeResult[None]]:
    """One step: its parts share what they compute, and the crosswalk is one state."""
    with hub.writing("resolving identities") as open_hub:
        context.log.info("identity: who is the same person, household and dwelling")
        before = open_hub.lake.versions()
        report = resolve_all(open_hub, rebuild=hub.rebuild)
        context.log.info(report.summary())
        page = report_of(open_hub, anew=hub.rebuild)
        linked = {"model_report": dg.MetadataValue.path(page)} if page else {}
        for table in _in_order():
            if _key(table.name) in context.selected_asset_keys:
                made = open_hub.lake.table("identity", table.name)
                yield dg.MaterializeResult(
                    asset_key=_key(table.name),
                    metadata={
                        **state(
                            open_hub,
                            made,
                            table.columns,
                            False,
                            made.exists and made.version != before.get(made.full_name),
                        ),
                        **report.counts(table.name),
                        **(linked if table.name == "crosswalk" else {}),
                    },
                )


def _in_order() -> list[Table]:
    """Every table after those that it depends on: Dagster wants a step's results in that order."""
    own = {key.path[1]: key for key in map(_key, TABLES)}
    deps = {name: _deps(table) for name, table in TABLES.items()}
    reads = {name: {k.path[1] for k in keys if k in own.values()} for name, keys in deps.items()}
    return [TABLES[name] for name in TopologicalSorter(reads).static_order()]
