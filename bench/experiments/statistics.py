"""Paired comparison: Hodges–Lehmann estimate, and the interval that inverts the Wilcoxon signed-rank test.

The interval is the set of shifts that the test does not reject, so test and interval cannot disagree: 0 lies in it exactly
when p ≥ alpha. Up to `EXACT_N` pairs the test uses the exact permutation distribution of the signed ranks *as they are*: ties
share their mean rank, a zero keeps its rank but has no sign to flip (Pratt), so a set full of zeros proves nothing. Beyond,
the normal approximation with continuity correction and the variance without ties, which is never too small.

With ties or zeros the p-value as a function of the shift is not quite monotonous on either side of its peak; it is replaced by
the smallest function above it that is. That can only make the test more cautious.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, expm1, isfinite, log, log2, pi, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

EXACT_N = 25
"""Largest number of pairs for the exact distribution: 2^25 sign patterns still count exactly in a double."""
POWER = 0.8
"""With how many further pairs the test would decide in 4 of 5 runs, if the difference is what it looks like now."""
MOST_PAIRS = 10_000
"""Above this the estimate of further pairs is not given: nobody will run them."""
_RESOLUTION = 1e-6
"""Differences in ms are compared as whole ns: equal means equal."""
_LOG_RESOLUTION = 1e-12

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedEstimate:
    """How far two paired series are apart."""

    n: int
    """Pairs."""
    estimate: float
    """Hodges–Lehmann: the median of all means of two differences."""
    low: float | None
    """Lower end of the interval; None: unbounded, n is too small."""
    high: float | None
    """Upper end of the interval; None: unbounded."""
    p: float
    """Two-sided p-value of 'no difference'."""
    alpha: float
    """Level: the interval covers with 1 − alpha."""

    @property
    def decided(self) -> bool:
        """The interval does not hold 0."""
        return self.p < self.alpha


@dataclass(frozen=True, slots=True)
class Trend:
    """A steady change within a run."""

    per_step: float
    """Theil–Sen slope: change per step."""
    p: float
    """Two-sided p-value of Kendall's test against 'no trend'."""


def signed_rank(differences: Sequence[float], alpha: float = 0.05, resolution: float = _RESOLUTION) -> PairedEstimate:
    """Estimate, interval and test for paired differences (any unit; equal within `resolution` is equal).

    Raises `ValueError` without differences, or when one is not finite.
    """
    if not differences or not all(isfinite(d) for d in differences):
        raise ValueError("finite differences are needed")
    whole: Ints = np.array([round(d / resolution) for d in differences], dtype=np.int64)
    n = len(whole)
    sums = _walsh_sums(whole)
    points, counts = np.unique(sums, return_counts=True)
    curve = _p_curve(whole, points, counts)
    inside = np.flatnonzero(curve >= alpha)
    first, last = int(inside[0]), int(inside[-1])
    return PairedEstimate(
        n=n, estimate=float(np.median(sums)) / 2 * resolution,
        low=None if first == 0 else float(points[first // 2]) / 2 * resolution,
        high=None if last == len(curve) - 1 else float(points[(last - 1) // 2]) / 2 * resolution,
        p=float(curve[_place(points, 0)]), alpha=alpha,
    )  # fmt: skip


def percent(first: Sequence[float], second: Sequence[float], alpha: float = 0.05) -> PairedEstimate | None:
    """By how many per cent `second` is longer than `first`, pair by pair, from the logarithms of their ratios.

    None when a value is not above 0.
    """
    if not first or min(*first, *second) <= 0:
        return None
    found = signed_rank([log(b / a) for a, b in zip(first, second, strict=True)], alpha, _LOG_RESOLUTION)
    low, high = (None if end is None else expm1(end) * 100 for end in (found.low, found.high))
    return PairedEstimate(found.n, expm1(found.estimate) * 100, low, high, found.p, alpha)


def holm_levels(p_values: Sequence[float], alpha: float = 0.05) -> list[float]:
    """For each of several tests the level at which Holm's procedure judges it, so that p < level exactly when it rejects.

    Step k of m has level alpha / (m − k); once a test is not rejected, the rest share its level. Intervals drawn at these
    levels agree with Holm's decisions.
    """
    m = len(p_values)
    levels = [alpha] * m
    stopped: float | None = None
    for step, index in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        levels[index] = stopped if stopped is not None else alpha / (m - step)
        if stopped is None and p_values[index] >= levels[index]:
            stopped = levels[index]
    return levels


def further_pairs(differences: Sequence[float], alpha: float = 0.05) -> int | None:
    """About how many more pairs would decide, if the difference is what it looks like now; None when there is no telling.

    From the normal approximation of the signed-rank test's power (asymptotic efficiency 3/π against the mean), with a spread
    that outliers do not blow up; never fewer than the smallest n at which any result can decide.
    """
    n = len(differences)
    least = ceil(log2(2 / alpha)) + (1 if log2(2 / alpha).is_integer() else 0)  # 2 / 2^n must be below alpha
    if n < 2:
        return least - n
    values = np.array(differences, dtype=np.float64)
    shift = abs(signed_rank(differences, alpha).estimate)
    if shift == 0:
        return None
    low, high = (float(q) for q in np.quantile(values, (0.25, 0.75)))
    spread = (high - low) / 1.349 or float(np.std(values, ddof=1))
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER)
    needed = max(least, ceil((z * spread / shift) ** 2 * pi / 3))
    return max(1, needed - n) if needed <= MOST_PAIRS else None


def trend(steps: Sequence[float], values: Sequence[float], alpha: float = 0.01) -> Trend | None:
    """A trend of the values over the steps, when Kendall's test sees one at level alpha; None otherwise."""
    if len(values) < 6 or len(set(values)) < 2 or len(set(steps)) < 2:
        return None
    kendall: Any = stats.kendalltau(steps, values)
    if not kendall.pvalue < alpha:
        return None
    line: Any = stats.theilslopes(values, steps)
    return Trend(float(line.slope), float(kendall.pvalue))


def wilson(successes: int, n: int, alpha: float = 0.05) -> tuple[float, float] | None:
    """Wilson's interval of a proportion; None without trials."""
    if n <= 0:
        return None
    z = NormalDist().inv_cdf(1 - alpha / 2)
    centre = (successes + z * z / 2) / (n + z * z)
    half = z * sqrt(successes * (n - successes) / n + z * z / 4) / (n + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


# ── the p-value as a function of the shift ───────────────────────────────────────────────────────────────────────────────
def _walsh_sums(whole: Ints) -> Ints:
    """d_i + d_j for all i ≤ j: twice the Walsh averages."""
    i, j = np.triu_indices(len(whole))
    return whole[i] + whole[j]


def _place(points: Ints, value: int) -> int:
    """Where a shift lies on the curve: 2k + 1 on point k, 2k between points k − 1 and k."""
    k = int(np.searchsorted(points, value))
    return 2 * k + 1 if k < len(points) and int(points[k]) == value else 2 * k


def _p_curve(whole: Ints, points: Ints, counts: Ints) -> Floats:
    """p-values over the shifts: below the first Walsh average, on it, between it and the next, …, above the last.

    On a Walsh average the larger of its own value and its neighbours' counts, so that the interval holds its ends.
    """
    n = len(whole)
    between = _p_between(whole, points, counts)
    curve = np.empty(2 * len(points) + 1)
    curve[0::2] = between
    curve[1::2] = np.maximum(between[:-1], between[1:])
    if n <= EXACT_N and len(points) < n * (n + 1) // 2:  # with no two sums equal, no point lies above both its neighbours
        own = [_p_exact(whole, 2 * int(point)) for point in points]
        curve[1::2] = np.maximum(curve[1::2], own)
    return np.minimum(np.maximum.accumulate(curve), np.maximum.accumulate(curve[::-1])[::-1])


def _p_between(whole: Ints, points: Ints, counts: Ints) -> Floats:
    """p-values at shifts that are no Walsh average, from below the first to above the last."""
    n = len(whole)
    if n <= EXACT_N and len(np.unique(whole)) < n:  # equal differences stay tied whatever the shift
        inner = points[:-1] + points[1:]
        shifts = [2 * int(points[0]) - 2, *(int(shift) for shift in inner), 2 * int(points[-1]) + 2]
        return np.array([_p_exact(whole, shift) for shift in shifts])
    above = n * (n + 1) // 2 - np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return _p_plain(n)[above]


@lru_cache(maxsize=64)
def _p_plain(n: int) -> Floats:
    """Two-sided p for each value of the signed-rank statistic of n different ranks."""
    total = n * (n + 1) // 2
    statistic = np.arange(total + 1)
    if n <= EXACT_N:
        at_most = _cumulative(tuple(range(1, n + 1)))
        return np.minimum(1.0, 2 * np.minimum(at_most, at_most[::-1]))
    z = (np.abs(statistic - total / 2) - 0.5).clip(0) / sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return np.array([2 * NormalDist().cdf(-float(each)) for each in z])


def _p_exact(whole: Ints, four_shift: int) -> float:
    """Two-sided p at one shift (given as four times its value, so that it is whole), by the ranks as they are there."""
    moved = 4 * whole - four_shift
    _, place, count = np.unique(np.abs(moved), return_inverse=True, return_counts=True)
    doubled = (2 * np.cumsum(count) - count + 1)[place]  # twice the mean rank
    flips = doubled[moved != 0]
    if not len(flips):
        return 1.0
    at_most = _cumulative(tuple(int(rank) for rank in np.sort(flips)))
    positive = int(flips[moved[moved != 0] > 0].sum())
    return float(min(1.0, 2 * min(at_most[positive], at_most[len(at_most) - 1 - positive])))


@lru_cache(maxsize=1024)
def _cumulative(ranks: tuple[int, ...]) -> Floats:
    """P(sum of the ranks whose coin shows heads ≤ s), for s = 0 … their sum."""
    ways = np.zeros(sum(ranks) + 1)
    ways[0] = 1
    for rank in ranks:
        ways[rank:] = ways[rank:] + ways[:-rank]
    return np.cumsum(ways) / 2.0 ** len(ranks)
