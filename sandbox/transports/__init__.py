"""How each department's rows leave it: exchange databases, signed and token-guarded HTTP, and file drops."""
