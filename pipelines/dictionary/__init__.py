"""The data dictionary: every table, column, code, rule and question as pages to open offline."""
