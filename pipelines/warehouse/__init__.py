"""The warehouse: one .sql a table, one .sql a question, and the step that builds what changed."""
