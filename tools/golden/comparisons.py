#!/usr/bin/env python3
"""Reference values for the statistics of comparisons, from scipy.

    python tools/golden/comparisons.py

writes Tests/MetricsTests/Golden/comparisons.json. (A file called statistics.py would hide Python's own module from every
script beside it.)
"""

import itertools
import json
from pathlib import Path

import numpy as np
from metrics import SplitMix64
from scipy import stats

GOLDEN = Path(__file__).resolve().parents[2] / "Tests" / "MetricsTests" / "Golden"
LEVEL = 0.95
RESAMPLES = 10_000


def samples():
    """Differences as comparisons have them: few, small, now and then tied."""
    random = SplitMix64(7)
    made = [
        [0.011, 0.004, 0.009],
        [0.002, -0.001],
        [0.5, 0.25, 0.25, -0.25, 0.5, -0.5, 0.25],
        [0.0, 0.0, 0.01, 0.0, -0.01, 0.02],
    ]
    for count in (4, 5, 6, 8, 12, 15, 20):
        made.append([(random.uniform() - 0.35) * 0.02 for _ in range(count)])
    # Skewed, so that the acceleration of BCa counts.
    made.append([random.uniform() ** 4 for _ in range(11)])
    return made


def sign_flip(values):
    """All sign patterns in blocks, without shortcuts."""
    values = np.asarray(values)
    observed = abs(values.sum())
    slack = 1e-12 * np.abs(values).sum()
    half = len(values) // 2
    first = np.array([np.dot(s, values[:half]) for s in itertools.product((-1, 1), repeat=half)])
    second = np.array([np.dot(s, values[half:]) for s in itertools.product((-1, 1), repeat=len(values) - half)])
    count = sum(int((np.abs(f + second) >= observed - slack).sum()) for f in first)
    p = count / 2.0 ** len(values)
    if len(values) <= 12:
        by_scipy = stats.permutation_test(
            (values,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        )
        # scipy doubles the smaller tail, so it can only differ where that exceeds 1.
        assert abs(min(1, by_scipy.pvalue) - p) < 1e-12, (values, by_scipy.pvalue, p)
    return p


def bca(values):
    """scipy's interval from the resamples that the Swift code draws."""
    if len(values) < 5:
        return None
    random = SplitMix64(0)
    means = []
    for _ in range(RESAMPLES):
        total = 0.0
        for _ in values:
            total += values[random.index(len(values))]
        means.append(total / len(values))

    # scipy would count means that equal the estimate but for rounding as smaller or larger.
    means = np.array(means)
    means[np.abs(means - np.mean(values)) <= 1e-12 * np.max(np.abs(values))] = np.mean(values)

    class Drawn:
        bootstrap_distribution = means

    interval = stats.bootstrap(
        (np.array(values),), np.mean, n_resamples=0, method="BCa", confidence_level=LEVEL, bootstrap_result=Drawn()
    ).confidence_interval
    return [float(interval.low), float(interval.high)]


def case(values, margin=0.005):
    low, high = stats.t.interval(LEVEL, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    above = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, margin, alternative="less").pvalue
    return dict(
        values=values,
        mean=float(np.mean(values)),
        standardDeviation=float(np.std(values, ddof=1)),
        t=[float(low), float(high)],
        bca=bca(values),
        signFlip=sign_flip(values),
        margin=margin,
        equivalence=float(max(above, below)),
    )


def holm(values):
    """From the definition: the largest of the scaled p up to one's own rank."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted = [0.0] * len(values)
    for rank, index in enumerate(order):
        adjusted[index] = min(1.0, max((len(values) - k) * values[order[k]] for k in range(rank + 1)))
    return adjusted


def main():
    freedoms = [1, 2, 3, 4, 5, 7, 9, 14, 19, 29, 59, 200, 1000]
    tails = [0.4, 0.25, 0.1, 0.05, 0.025, 0.005, 1e-4, 1e-8]
    families = [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.5, 0.001], [0.0625, 0.125, 1.0, 0.25, 0.0625, 0.002]]
    golden = dict(
        tQuantiles=[[f, p, float(stats.t.isf(p, f))] for f in freedoms for p in tails],
        tTails=[[f, t, float(stats.t.sf(t, f))] for f in freedoms for t in (-2.5, -0.3, 0.0, 0.01, 1.0, 3.0, 40.0)],
        normalQuantiles=[
            [p, float(stats.norm.ppf(p))] for p in (1e-12, 1e-5, 0.025, 0.3, 0.5, 0.8, 0.975, 0.99999)
        ],
        samples=[case(values) for values in samples()],
        holm=[dict(p=p, adjusted=holm(p)) for p in families],
        # Power of the t test alone, which a verdict that also asks the sign-flip test cannot exceed.
        tPower=[
            dict(effect=e, pairs=n, power=float(power(e, n))) for e, n in ((0.5, 8), (1.0, 8), (1.0, 12), (2.0, 6))
        ],
    )
    (GOLDEN / "comparisons.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def power(effect, pairs):
    """Of the one-sample t test for one side, with differences of standard deviation 1."""
    critical = stats.t.isf(0.025, pairs - 1)
    return stats.nct.sf(critical, pairs - 1, effect * pairs**0.5)


if __name__ == "__main__":
    main()
