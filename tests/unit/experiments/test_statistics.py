from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.experiments import statistics
from bench.experiments.statistics import further_pairs, holm_levels, percent, signed_rank, trend, wilson

COARSE = st.lists(st.integers(-6, 6).map(float), min_size=1, max_size=12)
"""Full of ties and zeros."""
FINE = st.lists(st.floats(-1e4, 1e4, allow_nan=False), min_size=1, max_size=40)
ALPHA = st.sampled_from((0.01, 0.05, 0.1, 0.5))


@settings(deadline=None)
@given(st.one_of(COARSE, FINE), ALPHA)
def test_interval_and_test_never_disagree(differences: list[float], alpha: float) -> None:
    found = signed_rank(differences, alpha)
    holds_zero = (found.low is None or found.low <= 0) and (found.high is None or found.high >= 0)
    assert holds_zero == (found.p >= alpha)
    assert found.decided == (not holds_zero)
    assert found.low is None or found.low <= found.estimate
    assert found.high is None or found.estimate <= found.high


@settings(deadline=None)
@given(COARSE, ALPHA, st.integers(-9, 9))
def test_the_interval_is_the_set_of_shifts_that_are_not_rejected(differences: list[float], alpha: float, shift: int) -> None:
    moved = signed_rank([d - shift / 2 for d in differences], alpha)
    whole = signed_rank(differences, alpha)
    inside = (whole.low is None or whole.low <= shift / 2) and (whole.high is None or shift / 2 <= whole.high)
    assert inside == (moved.p >= alpha)


@settings(deadline=None)
@given(st.one_of(COARSE, FINE))
def test_turning_the_sign_turns_everything(differences: list[float]) -> None:
    one, other = signed_rank(differences), signed_rank([-d for d in differences])
    assert one.p == pytest.approx(other.p)
    assert one.estimate == pytest.approx(-other.estimate)
    assert (one.low is None) == (other.high is None)
    if one.low is not None and other.high is not None:
        assert one.low == pytest.approx(-other.high)


def by_every_sign(differences: list[float]) -> float:
    """Two-sided p by trying every pattern of signs on the ranks as they are; zeros keep their rank and have no sign."""
    ranks = stats.rankdata(np.abs(differences))
    flips = [(rank, d > 0) for rank, d in zip(ranks, differences, strict=True) if d != 0]
    seen = sum(rank for rank, positive in flips if positive)
    sums = [sum(rank for (rank, _), up in zip(flips, ups, strict=True) if up) for ups in product((0, 1), repeat=len(flips))]
    low, high = np.mean([s <= seen + 1e-9 for s in sums]), np.mean([s >= seen - 1e-9 for s in sums])
    return min(1.0, 2 * float(min(low, high)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=8))
def test_p_is_never_below_the_exact_one(differences: list[float]) -> None:
    assert signed_rank(differences).p >= by_every_sign(differences) - 1e-9


@pytest.mark.parametrize("n", [6, 9, 14, 25])
def test_p_is_the_textbook_one_without_ties(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1, n)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert signed_rank(list(differences)).p == pytest.approx(expected)


@pytest.mark.parametrize("n", [26, 60])
def test_p_is_the_textbook_approximation_beyond(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.2, 1, n)
    expected = stats.wilcoxon(differences, method="asymptotic", correction=True).pvalue
    assert signed_rank(list(differences)).p == pytest.approx(expected)


def test_the_exact_test_and_the_approximation_meet() -> None:
    differences = list(np.random.default_rng(3).normal(0.5, 1, 25))
    exact = signed_rank(differences)
    near = signed_rank([*differences, exact.estimate])
    assert near.low == pytest.approx(exact.low, abs=0.1)
    assert near.p == pytest.approx(exact.p, abs=0.01)


def test_a_known_interval() -> None:
    # The depression scores of Hollander & Wolfe, Nonparametric Statistical Methods: estimate −0.46, 96.1 % (−0.786, −0.010).
    differences = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010]
    found = signed_rank(differences, alpha=0.0391)
    assert found.p == 20 / 512
    assert found.estimate == pytest.approx(-0.46)
    assert (found.low, found.high) == (pytest.approx(-0.786), pytest.approx(-0.010))


def test_five_pairs_can_never_decide_and_six_can() -> None:
    five = signed_rank([400.0, 401, 402, 403, 404])
    assert (five.low, five.high, five.decided) == (None, None, False)
    assert five.p == 2 / 32
    six = signed_rank([400.0, 401, 402, 403, 404, 405])
    assert (six.low, six.high, six.decided) == (400, 405, True)


def test_zeros_prove_nothing() -> None:
    assert signed_rank([0.0] * 20).p == 1
    mostly = signed_rank([0.0] * 19 + [5.0] * 6)  # six of six in one direction, yet the median difference is 0
    assert (mostly.estimate, mostly.low, mostly.decided) == (0, 0, False)
    assert signed_rank([0.0] * 2 + [5.0] * 9).decided
    same = signed_rank([7.0] * 8)
    assert (same.estimate, same.low, same.high, same.decided) == (7, 7, 7, True)


def test_the_short_cut_without_ties_gives_what_the_long_way_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    for n in (4, 7, 11):
        whole = np.unique(rng.integers(-(10**9), 10**9, n)).astype(np.int64)
        points, counts = np.unique(statistics._walsh_sums(whole), return_counts=True)
        short = statistics._p_curve(whole, points, counts)
        own = np.array([statistics._p_exact(whole, 2 * int(point)) for point in points])
        assert len(points) == len(whole) * (len(whole) + 1) // 2
        assert (own <= short[1::2] + 1e-12).all()
        between = [statistics._p_exact(whole, int(a + b)) for a, b in zip(points, points[1:], strict=False)]
        assert between == pytest.approx(list(short[2:-1:2]))


def test_what_cannot_be_compared() -> None:
    for bad in ([], [1.0, float("nan")], [float("inf")]):
        with pytest.raises(ValueError, match="finite differences"):
            signed_rank(bad)


def test_per_cent_from_logarithms() -> None:
    first = [100.0, 200, 300, 400, 500, 600, 700]
    found = percent(first, [value * 1.5 for value in first])
    assert found is not None
    assert (found.estimate, found.low, found.high) == (pytest.approx(50), pytest.approx(50), pytest.approx(50))
    assert found.decided
    assert percent([100.0, 0.0], [120.0, 3.0]) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), ALPHA)
def test_holm_levels_give_holms_decisions(p_values: list[float], alpha: float) -> None:
    levels = holm_levels(p_values, alpha)
    expected, going = {}, True
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        going = going and p_values[index] < alpha / (len(p_values) - step)
        expected[index] = going
    assert [p < level for p, level in zip(p_values, levels, strict=True)] == [expected[i] for i in range(len(p_values))]


def test_identical_configurations_are_crowned_in_about_one_of_twenty() -> None:
    """The noise is what turns are like: skewed, with now and then a turn that takes far longer."""
    rng = np.random.default_rng(20260301)
    runs = 1500

    def crowned(n: int) -> float:
        noise = rng.lognormal(0, 0.5, (runs, 2, n)) * 100 + (rng.random((runs, 2, n)) < 0.05) * 800
        return sum(signed_rank(list(a - b)).decided for a, b in noise) / runs

    assert crowned(6) <= 0.05
    assert 0.03 < crowned(12) <= 0.062  # 0.05 and two standard errors of 1,500 runs
    coarse = np.rint(rng.normal(0, 2, (400, 10)))
    assert sum(signed_rank(list(row)).decided for row in coarse) / 400 <= 0.07


def test_further_pairs_are_about_as_many_as_it_takes() -> None:
    rng = np.random.default_rng(11)
    estimates = [more for _ in range(60) if (more := further_pairs(list(rng.normal(1, 2, 15)))) is not None]
    needed = 15 + float(np.median(estimates))
    decided = np.mean([signed_rank(list(rng.normal(1, 2, round(needed)))).decided for _ in range(200)])
    assert 0.6 < decided < 0.95


def test_further_pairs_at_the_edges() -> None:
    assert further_pairs([]) == 6
    assert further_pairs([5.0]) == 5
    assert further_pairs([400.0, 401, 402, 403, 404]) == 1
    assert further_pairs([5.0, -5.0, 5.0, -5.0]) is None  # no difference to go by
    assert further_pairs([0.001, 1000, -1000, 1000, -1000.0]) is None  # nobody would run that many
    assert further_pairs([1.0, 2.0], alpha=0.05 / 3) == 5


def test_trend() -> None:
    steps = list(range(12))
    rng = np.random.default_rng(2)
    rising = trend(steps, [100 + 5 * k + float(rng.normal(0, 3)) for k in steps])
    assert rising is not None
    assert rising.per_step == pytest.approx(5, abs=1)
    assert trend(steps, [float(x) for x in rng.normal(0, 3, 12)]) is None
    assert trend(steps, [5.0] * 12) is None
    assert trend(steps[:5], [1.0, 2, 3, 4, 5]) is None


def test_wilson() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(4, 12) or (0, 0)
    expected = stats.binomtest(4, 12).proportion_ci(method="wilson")
    assert (low, high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert (wilson(0, 9) or (1, 1))[0] == 0
