"""What good data is: rules, the Great Expectations suites made from them, the verdicts of rows."""
