"""How the warehouse reaches its readers: PostgreSQL with a stable contract."""
