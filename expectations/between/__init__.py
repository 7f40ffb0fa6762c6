"""Rules between departments: what one feed says that another contradicts, and where it goes back.

    people.py, places.py, references.py, tickets.py -> BETWEEN -> SQL over conformed, identity and
    warehouse -> warehouse.discrepancy -> counts, Data Docs (pipelines.between)

Needs no secrets. Alone: ``python -c "from expectations.between import main; main()"`` lists them.
"""

from expectations.between import people, places, references, tickets
from expectations.between.rule import Between, Side
from expectations.between.shared import SHARED

BETWEEN: dict[str, Between] = {
    rule.kind: rule
    for module in (people, places, references, tickets)
    for rule in module.BETWEEN
}  # fmt: skip

__all__ = ["BETWEEN", "SHARED", "Between", "Side", "main"]


def main() -> None:
    """List the rules: id, titles, and the feeds whose rows they judge."""
    for rule in BETWEEN.values():
        print(f"{rule.id:34} {rule.title} {rule.title_zh}: {', '.join(rule.judged)}")
    print(f"{len(BETWEEN)} rules between departments")
