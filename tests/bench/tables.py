"""How a benchmark prints what it measured."""

from collections.abc import Mapping, Sequence

import numpy as np


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """n, p50, p95, p99 and the largest (numpy 'linear')."""
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return {"n": len(values), "p50": float(p50), "p95": float(p95), "p99": float(p99), "max": float(max(values))}


def print_quantiles(title: str, rows: Mapping[str, Sequence[float]], unit: str = "ms") -> None:
    """One line for each row."""
    print(f"{title} ({unit})")
    print(f"  {'':<34}{'n':>6}{'p50':>10}{'p95':>10}{'p99':>10}{'max':>10}")
    for name, values in rows.items():
        if not values:
            print(f"  {name:<34}{0:>6}   nothing was measured")
            continue
        q = quantiles(values)
        print(f"  {name:<34}{q['n']:>6}{q['p50']:>10.3f}{q['p95']:>10.3f}{q['p99']:>10.3f}{q['max']:>10.3f}")
