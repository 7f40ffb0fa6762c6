"""The rules themselves, one module a kind."""
