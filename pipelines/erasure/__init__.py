"""A person's erasure: from every place at once, kept erased when departments deliver them again."""
