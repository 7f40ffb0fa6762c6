"""From raw text to judged rows: types, verdicts, a feed's conformed and quarantine tables."""
