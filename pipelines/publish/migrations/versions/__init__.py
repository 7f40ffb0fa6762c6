"""One module a revision, numbered; what is released is never edited."""
