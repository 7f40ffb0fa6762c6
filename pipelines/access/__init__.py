"""Who may see what in the published warehouse, as far as PostgreSQL itself can keep it."""
