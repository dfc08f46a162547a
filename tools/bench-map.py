#!/usr/bin/env python3
"""Times mean average precision of 1,000 images x 100 detections x 80 classes, files read included.

    python tools/bench-map.py [ABLATE]        # needs numpy, pycocotools and faster-coco-eval

Whole runs of `ablate coco-eval`, pycocotools and faster-coco-eval alternate; medians and ratios are printed as rows of a
Markdown table. The numbers of all three have to agree.
"""
import contextlib
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

IMAGES, DETECTIONS, CLASSES, OBJECTS, ROUNDS = 1000, 100, 80, 7, 3


def write_files(folder):
    r = np.random.default_rng(0)
    categories = [dict(id=c + 1, name=f'class {c}') for c in range(CLASSES)]
    annotations, detections = [], []
    for image in range(1, IMAGES + 1):
        xy, wh = r.uniform(0, 400, (OBJECTS, 2)), r.lognormal(4, .8, (OBJECTS, 2))
        kinds = r.integers(1, CLASSES + 1, OBJECTS)
        for box, size, kind in zip(xy, wh, kinds):
            annotations.append(dict(id=len(annotations) + 1, image_id=image, category_id=int(kind), iscrowd=0,
                                    bbox=[*map(float, box), *map(float, size)], area=float(size[0] * size[1])))
        for n in range(DETECTIONS):
            near = n % OBJECTS
            hit = n < 3 * OBJECTS
            box = xy[near] + r.normal(0, 8, 2) if hit else r.uniform(0, 400, 2)
            size = wh[near] * r.lognormal(0, .15, 2) if hit else r.lognormal(4, .8, 2)
            kind = kinds[near] if hit and r.random() < .8 else r.integers(1, CLASSES + 1)
            detections.append(dict(image_id=image, category_id=int(kind), score=float(r.random()),
                                   bbox=[*map(float, box), *map(float, size)]))
    truth, found = folder / 'truth.json', folder / 'detections.json'
    truth.write_text(json.dumps(dict(images=[dict(id=i, width=640, height=480) for i in range(1, IMAGES + 1)],
                                     annotations=annotations, categories=categories)))
    found.write_text(json.dumps(detections))
    return str(truth), str(found)


def evaluate(coco, evaluation, truth, found):
    with contextlib.redirect_stdout(io.StringIO()):
        gt = coco(truth)
        run = evaluation(gt, gt.loadRes(found), 'bbox')
        run.evaluate(), run.accumulate(), run.summarize()
    return [float(v) for v in run.stats[:12]]


def main():
    ablate = sys.argv[1] if len(sys.argv) > 1 else '.build/release/ablate'
    from faster_coco_eval import COCO as FasterCOCO, COCOeval_faster
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def ours(truth, found):
        out = subprocess.run([ablate, 'coco-eval', truth, found, '--format', 'json'], check=True, capture_output=True)
        return json.loads(out.stdout)

    runs = {'ablate coco-eval': ours,
            'pycocotools': lambda t, f: evaluate(COCO, COCOeval, t, f),
            'faster-coco-eval': lambda t, f: evaluate(FasterCOCO, COCOeval_faster, t, f)}
    seconds, results = {name: [] for name in runs}, {}
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder))
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = time.perf_counter()
                results[name] = run(*files)
                seconds[name].append(time.perf_counter() - start)
    ap = {name: value[0] if isinstance(value, list) else value['AP'] for name, value in results.items()}
    assert max(ap.values()) - min(ap.values()) < 1e-9, ap
    mine = statistics.median(seconds['ablate coco-eval'])
    print('| mAP | s | ratio |\n|---|---:|---:|')
    for name, list_ in seconds.items():
        print(f'| {name} | {statistics.median(list_):.3f} | {statistics.median(list_) / mine:.1f} |')


main()
