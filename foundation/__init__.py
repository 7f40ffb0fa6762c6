"""The ground floor: home, config, secrets, errors, redaction, clock, lake, engine, embedded
PostgreSQL."""
