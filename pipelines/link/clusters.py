"""Constrained clusters: links join best first, and a join that breaks a rule is refused.

    links (two nodes, weight, rank) + rules (what a cluster has one of) -> label a node, outcome a
    link

A link that is the best remaining one of both its clusters can be joined at once: nothing better
touches either, so rounds of such joins end exactly where one link at a time in order would. No
tables, no secrets: numpy only. Alone: ``cluster(3, Links.of([0, 1], [1, 2], [9.0, 8.0]))``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

OUTCOMES = ("weak", "joined", "same_already", "refused")
WEAK, JOINED, SAME_ALREADY, REFUSED = range(4)
UNKNOWN = -1


class Rule(Protocol):
    """What joined clusters may not contradict. It knows what each label has, and merges it."""

    reason: str

    def against(self, left: Ints, right: Ints) -> Flags:
        """Which of these pairs of labels may not be one."""
        ...

    def join(self, left: Ints, right: Ints) -> None:
        """Pairs of labels became one, the left ones."""
        ...

    def broken(self, label: Ints) -> Flags:
        """Which labels would break the rule if all their nodes were one cluster."""
        ...

    def gather(self, label: Ints) -> None:
        """Nodes became these labels at the start."""
        ...


class OneValue:
    """A cluster has one value at most; ``codes`` are a node's, or UNKNOWN."""

    def __init__(self, reason: str, codes: Ints) -> None:
        self.reason, self._codes = reason, codes

    def against(self, left: Ints, right: Ints) -> Flags:
        """Both known and not equal."""
        a, b = self._codes[left], self._codes[right]
        return np.asarray((a != UNKNOWN) & (b != UNKNOWN) & (a != b))

    def join(self, left: Ints, right: Ints) -> None:
        """The known value stays."""
        self._codes[left] = np.maximum(self._codes[left], self._codes[right])

    def broken(self, label: Ints) -> Flags:
        """Labels whose nodes have two values."""
        known = self._codes != UNKNOWN
        least = np.full(len(label), np.iinfo(np.int64).max)
        most = np.full(len(label), UNKNOWN, dtype=np.int64)
        np.minimum.at(least, label[known], self._codes[known])
        np.maximum.at(most, label[known], self._codes[known])
        return np.asarray((most != UNKNOWN) & (least != most))

    def gather(self, label: Ints) -> None:
        """Each label takes what its nodes have."""
        gathered = np.full(len(label), UNKNOWN, dtype=np.int64)
        np.maximum.at(gathered, label, self._codes)
        self._codes = gathered


class Span:
    """A cluster's values lie within ``span``; ``values`` are a node's, NaN where unknown."""

    def __init__(self, reason: str, values: Floats, span: float) -> None:
        self.reason, self._span = reason, span
        self._least = np.where(np.isnan(values), np.inf, values)
        self._most = np.where(np.isnan(values), -np.inf, values)

    def against(self, left: Ints, right: Ints) -> Flags:
        """Together too far apart."""
        most = np.maximum(self._most[left], self._most[right])
        least = np.minimum(self._least[left], self._least[right])
        return np.asarray(most - least > self._span)

    def join(self, left: Ints, right: Ints) -> None:
        """The range of both."""
        self._least[left] = np.minimum(self._least[left], self._least[right])
        self._most[left] = np.maximum(self._most[left], self._most[right])

    def broken(self, label: Ints) -> Flags:
        """Labels whose nodes lie too far apart."""
        least, most = self._gathered(label)
        return np.asarray(most - least > self._span)

    def gather(self, label: Ints) -> None:
        """Each label takes its nodes' range."""
        self._least, self._most = self._gathered(label)

    def _gathered(self, label: Ints) -> tuple[Floats, Floats]:
        least, most = np.full(len(label), np.inf), np.full(len(label), -np.inf)
        np.minimum.at(least, label, self._least)
        np.maximum.at(most, label, self._most)
        return least, most


class OncePerValue:
    """A cluster has one row at most of each value; ``bits`` are a node's values as a bit set, and
    ``twice`` whether it has one of them twice."""

    def __init__(self, reason: str, bits: Ints) -> None:
        self.reason, self._bits = reason, bits

    def against(self, left: Ints, right: Ints) -> Flags:
        """Both have a row of one value."""
        return np.asarray((self._bits[left] & self._bits[right]) != 0)

    def join(self, left: Ints, right: Ints) -> None:
        """The values of both."""
        self._bits[left] |= self._bits[right]

    def broken(self, label: Ints) -> Flags:
        """Labels with two nodes of one value: then they have fewer values than their nodes."""
        union = np.zeros(len(label), dtype=np.int64)
        np.bitwise_or.at(union, label, self._bits)
        count = np.bincount(label, weights=np.bitwise_count(self._bits), minlength=len(label))
        return np.asarray(np.bitwise_count(union) < count)

    def gather(self, label: Ints) -> None:
        """Each label takes its nodes' values."""
        gathered = np.zeros(len(label), dtype=np.int64)
        np.bitwise_or.at(gathered, label, self._bits)
        self._bits = gathered


class Apart:
    """Pairs of nodes that were said to be two, whatever links them."""

    def __init__(self, reason: str, left: Ints, right: Ints, count: int) -> None:
        self.reason, self._left, self._right = reason, left, right
        self._label = np.arange(count, dtype=np.int64)

    def against(self, left: Ints, right: Ints) -> Flags:
        """A pair has a node in each."""
        if not len(self._left):
            return np.zeros(len(left), dtype=bool)
        count = len(self._label)
        a, b = self._label[self._left], self._label[self._right]
        known = np.unique(_pair(a, b, count))
        return np.asarray(np.isin(_pair(left, right, count), known))

    def join(self, left: Ints, right: Ints) -> None:
        """Follow the labels."""
        moved = np.arange(len(self._label), dtype=np.int64)
        moved[right] = left
        self._label = moved[self._label]

    def broken(self, label: Ints) -> Flags:
        """Labels that hold both nodes of a pair."""
        result = np.zeros(len(label), dtype=bool)
        a, b = label[self._left], label[self._right]
        result[a[a == b]] = True
        return result

    def gather(self, label: Ints) -> None:
        """Follow the labels; a pair that a decision joined no longer counts."""
        self._label = label.copy()
        keep = label[self._left] != label[self._right]
        self._left, self._right = self._left[keep], self._right[keep]


@dataclass(frozen=True)
class Links:
    """Pairs of node positions, their weights in bits, and their place in the total order."""

    left: Ints
    right: Ints
    weight: Floats

    @classmethod
    def of(cls, left: npt.ArrayLike, right: npt.ArrayLike, weight: npt.ArrayLike) -> "Links":
        """From anything that numpy takes."""
        return cls(
            np.asarray(left, dtype=np.int64),
            np.asarray(right, dtype=np.int64),
            np.asarray(weight, dtype=np.float64),
        )


@dataclass(frozen=True)
class Clusters:
    """label: cluster of each node, the smallest position in it. outcome, reason: one a link, codes
    of OUTCOMES and position in ``rules`` plus one, 0 for none."""

    label: Ints
    outcome: Ints
    reason: Ints


def cluster(
    count: int, links: Links, rules: Sequence[Rule] = (), join_weight: float = -np.inf,
    start: Ints | None = None, order: Ints | None = None,
) -> Clusters:  # fmt: skip
    """Join ``count`` nodes along links of at least ``join_weight``, where no rule stands against.

    start: labels that nodes have already. order: what decides between links of one weight, a
    number a node; default its position, so that equal weights are settled alike in every run.
    """
    position = np.arange(count, dtype=np.int64)
    label = position if start is None else start
    for rule in rules if start is not None else ():
        rule.gather(label)
    outcome = np.zeros(len(links.left), dtype=np.int64)
    reason = np.zeros(len(links.left), dtype=np.int64)
    ranked = _order(links, order if order is not None else position)
    rank = np.empty(len(ranked), dtype=np.int64)
    rank[ranked] = np.arange(len(ranked))
    active = ranked[links.weight[ranked] >= join_weight]
    while len(active):
        active, label = _round(label, links, rules, rank, active, outcome, reason)
    return Clusters(smallest(label), outcome, reason)


def _round(
    label: Ints, links: Links, rules: Sequence[Rule], rank: Ints, active: Ints, outcome: Ints,
    reason: Ints,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Settle what can be settled at once; returns the links that are still open, and the labels."""
    left, right = label[links.left[active]], label[links.right[active]]
    inside = left == right
    outcome[active[inside]] = np.where(outcome[active[inside]] == JOINED, JOINED, SAME_ALREADY)
    active, left, right = active[~inside], left[~inside], right[~inside]
    refused = np.zeros(len(active), dtype=bool)
    for number, rule in enumerate(rules, 1):
        against = rule.against(left, right) & ~refused
        reason[active[against]] = number
        refused |= against
    outcome[active[refused]] = REFUSED
    active, left, right = active[~refused], left[~refused], right[~refused]
    best = np.full(len(label), np.iinfo(np.int64).max)
    np.minimum.at(best, left, rank[active])
    np.minimum.at(best, right, rank[active])
    mutual = (best[left] == rank[active]) & (best[right] == rank[active])
    outcome[active[mutual]] = JOINED
    for rule in rules:
        rule.join(left[mutual], right[mutual])
    moved = np.arange(len(label), dtype=np.int64)
    moved[right[mutual]] = left[mutual]
    return active[~mutual], moved[label]


def tie(count: int, links: Links, rules: Sequence[Rule], order: Ints | None = None) -> Ints:
    """Labels of nodes joined along all links at once where no rule is broken, best first else.

    Strong ties are many and seldom in dispute: connected components settle nearly all of them.
    """
    label = smallest(components(count, links.left, links.right))
    disputed = np.zeros(count, dtype=bool)
    for rule in rules:
        disputed |= rule.broken(label)
    if not disputed.any():
        return label
    chosen = disputed[label[links.left]]
    few = Links(links.left[chosen], links.right[chosen], links.weight[chosen])
    return np.where(disputed[label], cluster(count, few, rules, order=order).label, label)


def compete(count: int, links: Links, has: Flags) -> Floats:
    """Weights of links from a node without to one with a value, against all its other candidates.

    A cluster has one value, so the candidates exclude one another: the odds of one are its
    likelihood over that of the others and of none.
    """
    weight = links.weight.astype(np.float64).copy()
    chosen = np.flatnonzero(has[links.left] != has[links.right])
    seeker = np.where(has[links.left], links.right, links.left)[chosen]
    odds = np.exp2(np.clip(weight[chosen], -60, 60))
    total = np.bincount(seeker, weights=odds, minlength=count)
    candidates = np.bincount(seeker, minlength=count)
    others = np.maximum(total[seeker] - odds, 0.0)
    others[candidates[seeker] < 2] = 0.0
    weight[chosen] -= np.log2(1.0 + others)
    return weight


def components(count: int, left: Ints, right: Ints) -> Ints:
    """Labels of the connected components of ``count`` nodes joined by the given pairs."""
    # Slow to import, and a quiet night joins nothing.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def smallest(label: Ints) -> Ints:
    """Labels renamed to the smallest position that has them."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return first.astype(np.int64)[inverse]


def _pair(left: Ints, right: Ints, count: int) -> Ints:
    return np.minimum(left, right) * count + np.maximum(left, right)


def _order(links: Links, order: Ints) -> Ints:
    """Heavier first, then by the nodes' numbers; the last bits of a sum are no evidence."""
    left, right = order[links.left], order[links.right]
    keys = (np.maximum(left, right), np.minimum(left, right), -np.round(links.weight, 6))
    return np.lexsort(keys).astype(np.int64)
