"""The keys of a pull, kept small."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors import seen
from connectors.seen import Seen

KEYS = st.lists(st.integers(0, 50).map(str) | st.tuples(st.text(max_size=1), st.text(max_size=1)))


@given(st.lists(st.tuples(KEYS, KEYS, st.booleans())), st.sampled_from([0, 3, 10_000]))
def test_it_knows_what_a_set_would_know(pages: list[tuple[list[str], list[str], bool]], few: int):
    seen.FEW, usual = few, seen.FEW
    try:
        kept, known = Seen(), set()
        for added, asked, counts in pages:
            kept.add(added)
            known.update(added)
            assert kept.has(asked) == [key in known for key in asked]
            assert not counts or len(kept) == len(known)
        assert len(kept) == len(known)
    finally:
        seen.FEW = usual


def test_a_key_costs_eight_bytes() -> None:
    kept = Seen()
    for page in range(20):
        kept.add(f"{page % 10}-{number}" for number in range(1000))
    assert len(kept) == 10_000 and kept.whole.nbytes == 80_000 and not kept.pieces
