"""What the county's truth answers to each question of the warehouse: one .sql a question.

    feeds at rest + truth/ -> <question>.sql -> the rows that a hub without errors would show

A question's columns are named as its view's. ``-- cells: KEY`` at the head compares what is
counted, by key and column; otherwise rows are compared whole. DuckDB's SQL; no secrets.
"""
