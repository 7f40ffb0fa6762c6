"""How each department's rows leave it: exchange databases, guarded HTTP, and file drops."""
