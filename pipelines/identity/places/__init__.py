"""Places: what an address text means, down to the dwelling where only one fits.

    conformed.* -> occurrences -> distinct texts -> match -> identity.address_match
    standard_address + division -> gazetteer -> identity.address_alias

Precision first: a dwelling is given only where exactly one standard address fits all that the
text says. Needs no secrets. Alone:
``match_addresses(Hub.open(Home.find()))``, ``explain_address(hub, "...")``.
"""

from pipelines.identity.places.run import (
    AddressReport,
    Explanation,
    explain_address,
    match_addresses,
)

__all__ = ["AddressReport", "Explanation", "explain_address", "match_addresses"]
