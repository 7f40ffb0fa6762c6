"""Giving back: each department learns what is wrong in its own data, and whether it was mended."""
