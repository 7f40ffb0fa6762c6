"""Who is who: mentions, strong identifiers, scored links, constrained clusters, stable ids,
review."""
