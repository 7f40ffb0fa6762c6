"""Who is who, whole: mentions, where they live, who they are, with whom they live.

    match_addresses -> update_mentions -> resolve -> build_households, resolve_organisations

Each part writes only what differs, and nothing when its inputs are as they were. No secrets.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.hub import Hub
from pipelines.identity.households import HouseholdReport, build_households
from pipelines.identity.places import AddressReport, match_addresses
from pipelines.identity.run import IdentityReport, resolve
from pipelines.organisations import OrganisationReport, resolve_organisations


@dataclass(frozen=True)
class Resolution:
    """What the parts found."""

    addresses: AddressReport
    identity: IdentityReport
    households: HouseholdReport
    organisations: OrganisationReport

    def summary(self) -> str:
        """One line for the log."""
        return (
            f"identity: {self.identity.mentions} mentions are {self.identity.residents} residents"
        )

    def counts(self, table: str) -> dict[str, Any]:
        """The figures that belong to one table, for its page in the UI."""
        report: Any = {
            "crosswalk": self.identity,
            "address_match": self.addresses,
            "household": self.households,
            "organisation_crosswalk": self.organisations,
        }.get(table)
        return report.to_dict() if report else {}


def resolve_all(hub: Hub, *, rebuild: bool = False) -> Resolution:
    """Resolve everything that changed; ``rebuild`` looks at everything anew."""
    addresses = match_addresses(hub, rebuild=rebuild)
    identity = resolve(hub, rebuild=rebuild)
    households = build_households(hub, rebuild=rebuild)
    return Resolution(addresses, identity, households, resolve_organisations(hub))
