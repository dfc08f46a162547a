#!/usr/bin/env python3
"""Reference values for main effects, interactions and ladders of a factorial sweep, from numpy and scipy.

    python tools/golden/effects.py

writes Tests/ReportsTests/Golden/effects.json: a made-up metric of 3 x 2 x 2 arms at 2 scales with 6 seeds. Effects are
marginal means taken within each seed, and least squares of a sum-coded model must give the same.
"""

import itertools
import json
from pathlib import Path

import numpy as np
from metrics import SplitMix64
from scipy import stats

GOLDEN = Path(__file__).resolve().parents[2] / "Tests" / "ReportsTests" / "Golden"
AXES = {"dfc": ["none", "output", "both"], "tail": ["false", "true"], "width": ["1", "1.3"], "scale": ["n", "s"]}
SEEDS = 6


def values():
    """With effects, an interaction of dfc and width, seeds that differ, and noise."""
    random = SplitMix64(31)
    shape = [len(levels) for levels in AXES.values()]
    made = np.zeros(shape + [SEEDS])
    difficulty = [0.02 * random.uniform() for _ in range(SEEDS)]
    for place in np.ndindex(*shape):
        dfc, tail, width, scale = place
        mean = 0.3 + 0.01 * dfc + 0.004 * tail + 0.02 * width + 0.05 * scale - 0.006 * (dfc == 2) * width
        for seed in range(SEEDS):
            made[place + (seed,)] = round(mean + difficulty[seed] + 0.01 * random.uniform(), 6)
    return made


def summary(by_seed):
    low, high = stats.t.interval(0.95, len(by_seed) - 1, loc=np.mean(by_seed), scale=stats.sem(by_seed))
    return dict(mean=float(np.mean(by_seed)), low=float(low), high=float(high))


def level(made, axis, index):
    return np.take(made, index, axis=axis)


def over_all(array):
    """Mean over everything but the seeds, which are last."""
    return array.reshape(-1, SEEDS).mean(axis=0)


def main_effects(made):
    found = []
    for axis, (name, levels) in enumerate(AXES.items()):
        for index in range(1, len(levels)):
            effect = over_all(level(made, axis, index) - level(made, axis, 0))
            found.append(dict(axes=name, name=f"{levels[index]} − {levels[0]}", **summary(effect)))
    return found


def interactions(made):
    found = []
    names = list(AXES)
    for first, second in itertools.combinations(range(len(names)), 2):
        for a in range(1, len(AXES[names[first]])):
            for b in range(1, len(AXES[names[second]])):
                moved = np.moveaxis(made, [first, second], [0, 1])
                effect = over_all((moved[a, b] - moved[0, b]) - (moved[a, 0] - moved[0, 0]))
                levels, others = AXES[names[first]], AXES[names[second]]
                found.append(
                    dict(
                        axes=f"{names[first]} × {names[second]}",
                        name=f"({levels[a]} − {levels[0]}) at {others[b]} − at {others[0]}",
                        **summary(effect),
                    )
                )
    return found


def check_with_least_squares(made):
    """A sum-coded linear model with all interactions of two, seed by seed, gives the same marginal differences."""
    places = list(np.ndindex(*made.shape[:-1]))

    def code(index, count):
        return [1.0 if index == k else -1.0 if index == 0 else 0.0 for k in range(1, count)]

    counts = made.shape[:-1]
    rows = []
    for place in places:
        codes = [code(index, count) for index, count in zip(place, counts)]
        row = [1.0] + [value for one in codes for value in one]
        for one, other in itertools.combinations(codes, 2):
            row += [x * y for x in one for y in other]
        rows.append(row)
    design = np.array(rows)
    for seed in range(SEEDS):
        solution, *_ = np.linalg.lstsq(design, np.array([made[place + (seed,)] for place in places]), rcond=None)
        dfc = solution[1:3]
        # Sum coding: the reference level has minus the sum of the others.
        expected = over_all(level(made, 0, 1) - level(made, 0, 0))[seed]
        assert abs((dfc[0] + dfc.sum()) - expected) < 1e-12
        expected = over_all(level(made, 0, 2) - level(made, 0, 0))[seed]
        assert abs((dfc[1] + dfc.sum()) - expected) < 1e-12


def ladders(made):
    """From (none, false, 1) to (both, true, 1.3), over both scales."""

    def arm(dfc, tail, width):
        return over_all(made[dfc, tail, width])

    cumulative = [arm(0, 0, 0), arm(2, 0, 0), arm(2, 1, 0), arm(2, 1, 1)]
    without = [arm(2, 1, 1), arm(0, 1, 1), arm(2, 0, 1), arm(2, 1, 0)]
    return dict(
        cumulative=[
            dict(
                mean=float(rung.mean()),
                step=None if k == 0 else summary(rung - cumulative[k - 1]),
                total=None if k == 0 else float((rung - cumulative[0]).mean()),
            )
            for k, rung in enumerate(cumulative)
        ],
        leaveOneOut=[
            dict(mean=float(rung.mean()), step=None if k == 0 else summary(rung - without[0]), total=None)
            for k, rung in enumerate(without)
        ],
    )


def main():
    made = values()
    check_with_least_squares(made)
    golden = dict(
        axes=[dict(name=name, levels=levels) for name, levels in AXES.items()],
        seeds=SEEDS,
        # In the order of the axes, the last moving fastest, then the seeds.
        values=[float(value) for value in made.reshape(-1)],
        main=main_effects(made),
        interactions=interactions(made),
        **ladders(made),
    )
    GOLDEN.mkdir(exist_ok=True)
    text = json.dumps(golden, separators=(",", ":"), ensure_ascii=False)
    (GOLDEN / "effects.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
