"""Which shops and landlords are one organisation: the linkage engine's second model."""

from pipelines.organisations.run import OrganisationReport, resolve_organisations

__all__ = ["OrganisationReport", "resolve_organisations"]
