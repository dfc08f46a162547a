"""Learning rates, momentum and accumulation of every batch by a small model of the recipe: Tests/TrainingTests/Golden/schedule.json.

    python tools/golden/schedule.py

The recipe is Ultralytics 8.3.0's as its settings document it, written here once more with NumPy's interpolation and
Python's rounding (halves to even), independently of the Swift code. A case is a setting; its rows are the batches
    [batch, epoch, lr of biases, lr of weights, lr of norm weights, momentum, accumulate, whether the optimizer steps]
of which long runs keep the first batches of the warm-up, those around its end and the last of every epoch.
"""
import json
import math
from pathlib import Path

import numpy as np

DEFAULTS = dict(epochs=100, batch=16, lr0=.01, lrf=.01, momentum=.937, weight_decay=5e-4, warmup_epochs=3.0,
                warmup_momentum=.8, warmup_bias_lr=.1, cos_lr=False, nbs=64, optimizer='SGD')


def choose(s, images, classes):
    """Optimizer, lr and warmup_bias_lr once `auto` is resolved."""
    if s['optimizer'] != 'auto':
        return s['optimizer'], s['lr0'], s['momentum'], s['warmup_bias_lr']
    iterations = math.ceil(images / max(s['batch'], s['nbs'])) * s['epochs']
    if iterations > 10000:
        return 'SGD', .01, .9, 0.0
    return 'AdamW', round(.002 * 5 / (4 + classes), 6), .9, 0.0


def case(name, images, classes, **settings):
    s = {**DEFAULTS, **settings}
    rule, lr, first_momentum, bias_lr = choose(s, images, classes)
    nb = math.ceil(images / min(s['batch'], images))
    accumulate = max(round(s['nbs'] / s['batch']), 1)
    decay = s['weight_decay'] * s['batch'] * accumulate / s['nbs']
    nw = max(round(s['warmup_epochs'] * nb), 100) if s['warmup_epochs'] > 0 else -1
    current, last, rows, steps, initial = first_momentum, -1, [], 0, accumulate
    for epoch in range(s['epochs']):
        x = epoch / s['epochs']
        if s['cos_lr']:
            factor = max((1 - math.cos(math.pi * x)) / 2, 0) * (s['lrf'] - 1) + 1
        else:
            factor = max(1 - x, 0) * (1 - s['lrf']) + s['lrf']
        for i in range(nb):
            ni = i + nb * epoch
            rates = [lr * factor] * 3
            if ni <= nw:
                accumulate = max(1, int(np.interp(ni, [0, nw], [1, s['nbs'] / s['batch']]).round()))
                rates = [float(np.interp(ni, [0, nw], [bias_lr if j == 0 else 0.0, lr * factor])) for j in range(3)]
                if rule == 'SGD':
                    current = float(np.interp(ni, [0, nw], [s['warmup_momentum'], s['momentum']]))
            stepped = ni - last >= accumulate
            if stepped:
                last, steps = ni, steps + 1
            if ni < 12 or abs(ni - nw) < 4 or i == nb - 1 and (epoch < 5 or epoch % 7 == 0 or epoch > s['epochs'] - 3):
                rows.append([ni, epoch, *rates, current, accumulate, int(stepped)])
    return dict(name=name, settings=s, images=images, classes=classes, rule=rule, learningRate=lr, momentum=first_momentum,
                warmupBiasLR=bias_lr, batchesPerEpoch=nb, warmupBatches=max(nw, 0), initialAccumulate=initial, weightDecay=decay,
                steps=steps, rows=rows)


def main():
    cases = [
        case('defaults', 2000, 20),
        case('cosine', 1000, 20, cos_lr=True, epochs=30),
        case('few images: the warm-up is 100 batches', 205, 3, epochs=12),
        case('batch 48', 500, 3, batch=48, epochs=20),
        case('batch 128', 1500, 3, batch=128, epochs=20),
        case('batch 24, halves', 400, 3, batch=24, nbs=60, epochs=10),
        case('batch 25, halves', 400, 3, batch=25, nbs=62, epochs=10),
        case('half an epoch of warm-up, halves', 1040, 3, batch=8, warmup_epochs=2.5, epochs=6, lrf=.2),
        case('warm-up of a number of batches between two', 1608, 3, batch=8, warmup_epochs=.5, epochs=3),
        case('no warm-up', 300, 3, warmup_epochs=0.0, epochs=5),
        case('warm-up longer than the training', 64, 3, epochs=4),
        case('fewer images than a batch', 10, 3, epochs=3),
        case('AdamW', 500, 3, optimizer='AdamW', lr0=.001, epochs=10),
        case('Adam', 500, 3, optimizer='Adam', lr0=.001, momentum=.9, cos_lr=True, epochs=10),
        case('auto, short', 2000, 80, optimizer='auto', epochs=20),
        case('auto, one class', 2000, 1, optimizer='auto', epochs=5),
        case('auto, at the limit', 64 * 100, 3, optimizer='auto', epochs=100),
        case('auto, beyond the limit', 64 * 100 + 1, 3, optimizer='auto', epochs=100),
        case('auto, batch above nbs', 12800, 3, optimizer='auto', batch=128, epochs=101),
    ]
    averages = [[t, .9999 * (1 - math.exp(-t / 2000))] for t in (1, 2, 10, 100, 2000, 5000, 100000)]
    path = Path(__file__).resolve().parents[2] / 'Tests/TrainingTests/Golden/schedule.json'
    lines = ',\n'.join('  ' + json.dumps(c) for c in cases)
    path.write_text('{"format": 1, "averageDecays": %s, "cases": [\n%s\n]}\n' % (json.dumps(averages), lines))
    print(path, len(cases), 'cases', sum(len(c['rows']) for c in cases), 'rows', path.stat().st_size, 'bytes')


if __name__ == '__main__':
    main()
