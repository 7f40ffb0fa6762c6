"""Constrained clusters: links join best first, and a join that would contradict itself is refused.

    links (two nodes, weight) + what a person has one of + decisions -> label per node, outcome
    per link

A link that is the best remaining one of both its clusters can be joined at once: nothing better
touches either,
so rounds of such joins end exactly where one link at a time in order would. No secrets, no
tables: numpy only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.identity.arrays import Flags, Ints, distinct, is_among
from pipelines.identity.strong import components

Floats = npt.NDArray[np.float64]

# Outcomes and reasons, by code.
OUTCOMES = ("weak", "joined", "same_already", "refused")
REASONS = (
    "",
    "two_numbers",
    "two_persons_in_register",
    "two_sexes",
    "two_birth_years",
    "kept_apart",
    "two_candidates",
)
WEAK, JOINED, SAME_ALREADY, REFUSED = range(4)
_YEAR_END_DAYS = 60


@dataclass(frozen=True)
class Nodes:
    """What the constraints look at, one value a node.

    speaker: a mention's number, for the order of links of one weight. has_number, has_person_no:
    of which a
    person has one. sex: 0 unknown, 1, 2. birth: days since 1970 of an exact date, or UNKNOWN.
    """

    speaker: Ints
    has_number: Flags
    has_person_no: Flags
    sex: Ints
    birth: Ints


UNKNOWN = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Links:
    """Pairs of node positions and their weights in bits."""

    left: Ints
    right: Ints
    weight: Floats


@dataclass(frozen=True)
class Clusters:
    """label: cluster of each node, the smallest position in it. outcome, reason, weight: one a
    link, in the
    links' order; weight is the one after rival candidates were taken into account."""

    label: Ints
    outcome: Ints
    reason: Ints
    weight: Floats


def cluster(
    nodes: Nodes,
    links: Links,
    join_weight: float,
    same: Links | None = None,
    apart: Links | None = None,
) -> Clusters:
    """Join what the links allow. ``same`` is joined first whatever stands against it; ``apart``
    never."""
    count = len(nodes.speaker)
    label = np.arange(count, dtype=np.int64)
    if same is not None and len(same.left):
        label = _smallest(components(count, same.left, same.right))
    barred = _barred(count, label, same, apart)
    weight, rivals = _against_rivals(nodes, links, barred)
    state = _State(nodes, label, barred)
    outcome = np.zeros(len(weight), dtype=np.int64)
    reason = np.where(rivals & (weight < join_weight), REASONS.index("two_candidates"), 0)
    order = _order(nodes, links, weight)
    active = order[weight[order] >= join_weight]
    rank = np.empty(len(weight), dtype=np.int64)
    rank[order] = np.arange(len(order))
    while len(active):
        active = _round(state, links, rank, active, outcome, reason)
    return Clusters(_smallest(state.label), outcome, reason.astype(np.int64), weight)


def _round(
    state: "_State", links: Links, rank: Ints, active: Ints, outcome: Ints, reason: Ints
) -> Ints:
    """Settle what can be settled at once; returns the links that are still open."""
    left, right = state.label[links.left[active]], state.label[links.right[active]]
    inside = left == right
    outcome[active[inside]] = np.where(outcome[active[inside]] == JOINED, JOINED, SAME_ALREADY)
    active, left, right = active[~inside], left[~inside], right[~inside]
    against = state.against(left, right)
    refused = against > 0
    outcome[active[refused]], reason[active[refused]] = REFUSED, against[refused]
    active, left, right = active[~refused], left[~refused], right[~refused]
    best = np.full(len(state.label), np.iinfo(np.int64).max)
    np.minimum.at(best, left, rank[active])
    np.minimum.at(best, right, rank[active])
    mutual = (best[left] == rank[active]) & (best[right] == rank[active])
    outcome[active[mutual]] = JOINED
    state.join(left[mutual], right[mutual])
    return np.asarray(active[~mutual], dtype=np.int64)


class _State:
    """The clusters so far: a label a node, and at each label what its members have."""

    def __init__(self, nodes: Nodes, label: Ints, barred: tuple[Ints, Ints]) -> None:
        count = len(label)
        self.label = label
        self._barred_left, self._barred_right = barred
        self._number = _owner(label, nodes.has_number)
        self._person = _owner(label, nodes.has_person_no)
        self._sexes = np.zeros(count, dtype=np.int64)
        np.bitwise_or.at(self._sexes, label, nodes.sex)
        known = nodes.birth != UNKNOWN
        self._first = np.full(count, np.iinfo(np.int64).max)
        self._last = np.full(count, UNKNOWN)
        np.minimum.at(self._first, label[known], nodes.birth[known])
        np.maximum.at(self._last, label[known], nodes.birth[known])

    def against(self, left: Ints, right: Ints) -> Ints:
        """Why two clusters may not be one, as a code of REASONS; 0 if they may."""
        result = np.zeros(len(left), dtype=np.int64)
        years = (_year(self._first[left]) != _year(self._last[right])) | (
            _year(self._last[left]) != _year(self._first[right])
        )
        known = (self._last[left] != UNKNOWN) & (self._last[right] != UNKNOWN)
        # A lunar birthday written as a solar one may fall into the year before.
        span = np.maximum(self._last[left], self._last[right]) - np.minimum(
            self._first[left], self._first[right]
        )
        result[known & years & (span > _YEAR_END_DAYS)] = REASONS.index("two_birth_years")
        both = self._sexes[left] | self._sexes[right]
        result[(both == 3) & (self._sexes[left] > 0) & (self._sexes[right] > 0)] = REASONS.index(
            "two_sexes"
        )
        result[self._person[left] & self._person[right]] = REASONS.index("two_persons_in_register")
        result[self._number[left] & self._number[right]] = REASONS.index("two_numbers")
        result[self._are_barred(left, right)] = REASONS.index("kept_apart")
        return result

    def _are_barred(self, left: Ints, right: Ints) -> Flags:
        if not len(self._barred_left):
            return np.zeros(len(left), dtype=bool)
        a, b = self.label[self._barred_left], self.label[self._barred_right]
        known = distinct(_pair(a, b, len(self.label)))
        return is_among(_pair(left, right, len(self.label)), known)

    def join(self, left: Ints, right: Ints) -> None:
        """Join pairs of labels, no label in two pairs."""
        self._number[left] |= self._number[right]
        self._person[left] |= self._person[right]
        self._sexes[left] |= self._sexes[right]
        self._first[left] = np.minimum(self._first[left], self._first[right])
        self._last[left] = np.maximum(self._last[left], self._last[right])
        moved = np.arange(len(self.label), dtype=np.int64)
        moved[right] = left
        self.label = moved[self.label]


def _owner(label: Ints, has: Flags) -> Flags:
    result = np.zeros(len(label), dtype=bool)
    result[label[has]] = True
    return result


def _year(days: Ints) -> Ints:
    safe = np.clip(days, -80_000, 80_000)
    return safe.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def _pair(left: Ints, right: Ints, count: int) -> Ints:
    return np.minimum(left, right) * count + np.maximum(left, right)


def _smallest(label: Ints) -> Ints:
    """Labels renamed to the smallest position that has them."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return first.astype(np.int64)[inverse]


def _barred(count: int, label: Ints, same: Links | None, apart: Links | None) -> tuple[Ints, Ints]:
    """The pairs to keep apart, without those that a decision joined."""
    if apart is None or not len(apart.left):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    keep = label[apart.left] != label[apart.right]
    return apart.left[keep], apart.right[keep]


def _against_rivals(nodes: Nodes, links: Links, barred: tuple[Ints, Ints]) -> tuple[Floats, Flags]:
    """Weights of links from a node without a number to one with, each against all its other
    candidates.

    A person has one number, so the candidates exclude one another: the odds of one are its
    likelihood
    over that of the others and of none. Returns the weights, and which links have a rival.
    """
    weight = links.weight.astype(np.float64).copy()
    rivals = np.zeros(len(weight), dtype=bool)
    seeks = nodes.has_number[links.left] != nodes.has_number[links.right]
    if len(barred[0]):
        count = len(nodes.speaker)
        known = distinct(_pair(barred[0], barred[1], count))
        seeks &= ~is_among(_pair(links.left, links.right, count), known)
    chosen = np.flatnonzero(seeks)
    seeker = np.where(nodes.has_number[links.left], links.right, links.left)[chosen]
    odds = np.exp2(np.clip(weight[chosen], -60, 60))
    total = np.bincount(seeker, weights=odds, minlength=len(nodes.speaker))
    candidates = np.bincount(seeker, minlength=len(nodes.speaker))
    others = np.maximum(total[seeker] - odds, 0.0)
    others[candidates[seeker] < 2] = 0.0
    weight[chosen] -= np.log2(1.0 + others)
    rivals[chosen] = others > 1.0
    return weight, rivals


def _order(nodes: Nodes, links: Links, weight: Floats) -> Ints:
    """The total order: heavier first, then by the speakers' numbers, so that no run depends on
    row order.

    Weights are rounded: the last bits of a floating sum are not evidence.
    """
    left, right = nodes.speaker[links.left], nodes.speaker[links.right]
    keys = (np.maximum(left, right), np.minimum(left, right), -np.round(weight, 6))
    return np.lexsort(keys).astype(np.int64)
