"""The warehouse's tables in one step, each with the inputs that its SQL names.

    conformed/*, identity/*, warehouse/* -> warehouse/<table>

Needs no secrets.
"""

from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter

import dagster as dg

from pipelines.defs.between import between_results, between_specs, judge_and_keep
from pipelines.defs.describe import counts, state, table_spec
from pipelines.defs.hub import HubResource
from pipelines.warehouse.lineage import lineage
from pipelines.warehouse.models import ordered
from pipelines.warehouse.run import build
from schemas.warehouse import HISTORY, TABLES

_ASSETS = ("conformed.", "quarantine.", "identity.", "warehouse.")


def inputs_of(name: str) -> list[dg.AssetKey]:
    """The assets that a table is made from: what its SQL reads, and what the stages in it read."""
    recorded = {ledger.name: of for of, ledger in HISTORY.items()}
    if name in recorded:
        return [dg.AssetKey(["warehouse", recorded[name]])]
    models = {model.name: model for model in ordered()}
    found: set[str] = set()
    waiting = [f"warehouse.{name}"]
    while waiting:
        for read in set(models[waiting.pop()].inputs) - found:
            found.add(read)
            waiting += [read] if read.startswith("stage.") else []
    found.discard(f"warehouse.{name}")
    return [dg.AssetKey(one.split(".")) for one in sorted(found) if one.startswith(_ASSETS)]


@dg.multi_asset(
    name="warehouse",
    specs=[table_spec(table, inputs_of(table.name)) for table in TABLES.values()],
    check_specs=between_specs(),
    can_subset=True,
    description="Make the published model from conformed rows and identities",
)
def warehouse(
    context: dg.AssetExecutionContext, hub: HubResource
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """One step for all selected models, in the order of their dependencies."""
    selected = [name for name in _in_order() if _key(name) in context.selected_asset_keys]
    with hub.writing("building the warehouse") as open_hub:
        context.log.info(f"warehouse: {len(selected)} tables")
        report = build(open_hub)
        if judge_and_keep(open_hub, report.rules, context.run_id):
            again = build(open_hub).tables  # the results are a table of the warehouse too
            report.tables.update({name: made for name, made in again.items() if made.touched})
        for name in selected:
            made, did = open_hub.lake.table("warehouse", name), report.tables[name]
            columns, changed = TABLES[name].columns, did.touched > 0
            yield dg.MaterializeResult(
                asset_key=_key(name),
                metadata={
                    **state(open_hub, made, columns, False, changed, did.rows),
                    **counts(vars(did), "added", "changed", "removed"),
                    "dagster/column_lineage": _lineage(name),
                },
            )
        if _key("discrepancy") in context.selected_asset_keys:
            yield from between_results(open_hub)


@cache
def _lineage(name: str) -> dg.TableColumnLineage:
    """Which columns of which assets each column is made from; a table that the file lacks is
    built all the same."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(dg.AssetKey(table.split(".")), source)
                for table, source in sources
                if table.startswith(_ASSETS)
            ]
            for column, sources in lineage().get(f"warehouse.{name}", {}).items()
        }
    )


def _in_order() -> list[str]:
    """Every table after those that it reads: Dagster wants a step's results in that order."""
    reads = {
        name: {key.path[1] for key in inputs_of(name) if key.path[0] == "warehouse"}
        for name in TABLES
    }
    return list(TopologicalSorter(reads).static_order())


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["warehouse", name])
