"""How data flows: raw, conformed, identity, warehouse, publication, and the Dagster side of it."""
