#!/usr/bin/env python3
"""Reference values for the detection metrics, from pycocotools and from ultralytics 8.3.0.

    python tools/golden/metrics.py

writes Tests/MetricsTests/Golden/random-coco.json and random-ultralytics.json. Labels and detections are made from a
seed by `scene`; Tests/MetricsTests/RandomScene.swift makes the same ones, so that only the seeds and the results are
stored. All numbers of a scene are multiples of 1/64, and every operation on them rounds alike in both languages.
"""

import contextlib
import io
import json
import math
import types
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).resolve().parents[2] / "Tests" / "MetricsTests" / "Golden"
MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def index(self, bound):
        return (self.next() * bound) >> 64


def grid(value):
    return math.floor(value * 64) / 64


SIDES = [12.0, 40.0, 160.0]


def scene(seed, images, categories, boxes, strays, score_steps):
    """Ground truth and detections. The first category has only crowds, the last has no boxes at all."""
    random = SplitMix64(seed)
    image_ids = [3 * (images - i) + 1 for i in range(images)]
    category_ids = [2 * c + 5 for c in range(categories)]
    labels, found = [], []

    def score():
        return math.floor(random.uniform() * score_steps) / score_steps

    def place():
        width = grid(SIDES[random.index(3)] * (0.5 + random.uniform()))
        height = grid(SIDES[random.index(3)] * (0.5 + random.uniform()))
        return [grid(random.uniform() * 640), grid(random.uniform() * 480), width, height]

    for image in image_ids:
        for _ in range(random.index(boxes + 1)):
            category = random.index(max(1, categories - 1))
            x, y, width, height = place()
            area = grid(width * height * (0.5 + random.uniform() / 2))
            crowd = random.uniform() < 0.06 or (category == 0 and categories > 1)
            labels.append(
                dict(
                    id=len(labels) + 1,
                    image_id=image,
                    category_id=category_ids[category],
                    bbox=[x, y, width, height],
                    area=area,
                    iscrowd=int(crowd),
                )
            )
            for _ in range(random.index(3)):
                moved = category if random.uniform() < 0.85 else random.index(categories)
                found.append(
                    dict(
                        image_id=image,
                        category_id=category_ids[moved],
                        bbox=[
                            grid(x + width * (random.uniform() - 0.5) * 0.4),
                            grid(y + height * (random.uniform() - 0.5) * 0.4),
                            grid(width * (0.8 + random.uniform() * 0.4)),
                            grid(height * (0.8 + random.uniform() * 0.4)),
                        ],
                        score=score(),
                    )
                )
        for _ in range(random.index(strays + 1)):
            category = category_ids[random.index(categories)]
            found.append(dict(image_id=image, category_id=category, bbox=place(), score=score()))
    truth = dict(
        images=[dict(id=i) for i in image_ids],
        categories=[dict(id=c, name=f"category {c}") for c in category_ids],
        annotations=labels,
    )
    return truth, found


def coco(truth, found):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO()
        ground.dataset = truth
        ground.createIndex()
        evaluation = COCOeval(ground, ground.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    # threshold, recall, category, area, limit
    precision = evaluation.eval["precision"]
    recall = evaluation.eval["recall"]

    def mean(values):
        values = values[values > -1]
        return float(values.mean()) if values.size else -1.0

    categories = range(precision.shape[2])
    return dict(
        stats=evaluation.stats.tolist(),
        ap=[mean(precision[:, :, k, 0, 2]) for k in categories],
        ap50=[mean(precision[0, :, k, 0, 2]) for k in categories],
        # The whole arrays in short: means over recalls, for every area range and limit.
        precision=[
            [[mean(precision[t, :, k, a, m]) for t in range(10)] for a in range(4) for m in range(3)]
            for k in categories
        ],
        recall=[[recall[:, k, a, m].tolist() for a in range(4) for m in range(3)] for k in categories],
    )


def ultralytics(truth, found):
    import torch
    from ultralytics.engine.validator import BaseValidator
    from ultralytics.utils import metrics
    from ultralytics.utils.metrics import ConfusionMatrix, ap_per_class, box_iou

    # The precision-recall curve is only computed for its picture.
    metrics.plot_pr_curve = metrics.plot_mc_curve = lambda *arguments, **options: None
    validator = types.SimpleNamespace(iouv=torch.linspace(0.5, 0.95, 10))
    categories = sorted(c["id"] for c in truth["categories"])
    position = {c: k for k, c in enumerate(categories)}
    confusion = ConfusionMatrix(nc=len(categories))

    def corners(entries):
        boxes = [[e["bbox"][0], e["bbox"][1], e["bbox"][0] + e["bbox"][2], e["bbox"][1] + e["bbox"][3]] for e in entries]
        return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)

    stats = []
    for image in sorted(i["id"] for i in truth["images"]):
        labels = [a for a in truth["annotations"] if a["image_id"] == image and not a["iscrowd"]]
        mine = sorted((d for d in found if d["image_id"] == image), key=lambda d: -d["score"])
        classes = torch.tensor([position[a["category_id"]] for a in labels], dtype=torch.float32)
        predicted = torch.tensor([position[d["category_id"]] for d in mine], dtype=torch.float32)
        scores = torch.tensor([d["score"] for d in mine], dtype=torch.float32)
        correct = torch.zeros(len(mine), 10, dtype=torch.bool)
        if labels and mine:
            overlap = box_iou(corners(labels), corners(mine))
            correct = BaseValidator.match_predictions(validator, predicted, classes, overlap)
        if labels:
            rows = torch.cat([corners(mine), scores[:, None], predicted[:, None]], 1) if mine else None
            confusion.process_batch(detections=rows, gt_bboxes=corners(labels), gt_cls=classes)
        stats.append((correct, scores, predicted, classes))
    correct, scores, predicted, classes = (torch.cat(column).numpy() for column in zip(*stats))
    for k in range(len(categories)):
        mine = scores[predicted == k]
        assert len(np.unique(mine)) == len(mine), "equal scores: the oracle's order is not defined"
    assert correct.any()
    _, _, p, r, f1, ap, unique, p_curve, r_curve, _, _, by_recall = ap_per_class(
        correct, scores, predicted, classes, plot=True
    )
    means = [float(p.mean()), float(r.mean()), float(ap[:, 0].mean()), float(ap.mean())]
    return dict(
        precision=means[0],
        recall=means[1],
        mAP50=means[2],
        mAP50to95=means[3],
        fitness=0.1 * means[2] + 0.9 * means[3],
        classes=[categories[int(k)] for k in unique],
        p=p.tolist(),
        r=r.tolist(),
        f1=f1.tolist(),
        ap=ap.tolist(),
        # Every hundredth point of the curves.
        precisionByScore=np.asarray(p_curve)[:, ::100].tolist(),
        recallByScore=np.asarray(r_curve)[:, ::100].tolist(),
        # Only the classes that have detections have a row here.
        precisionByRecall=[row[::100] for row in np.asarray(by_recall).tolist()],
        confusion=confusion.matrix.astype(int).ravel().tolist(),
    )


def write(name, cases):
    (GOLDEN / name).write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def main():
    scenes = [
        dict(seed=1, images=60, categories=7, boxes=8, strays=12, score_steps=1 << 22),
        # Many equal scores.
        dict(seed=2, images=40, categories=4, boxes=6, strays=10, score_steps=16),
        # More than a hundred detections of a category in an image.
        dict(seed=3, images=6, categories=1, boxes=40, strays=260, score_steps=1 << 22),
    ]
    write("random-coco.json", [dict(scene=s, **coco(*scene(**s))) for s in scenes])
    scenes = [
        dict(seed=11, images=80, categories=6, boxes=8, strays=10, score_steps=1 << 30),
        dict(seed=12, images=25, categories=3, boxes=20, strays=40, score_steps=1 << 30),
        dict(seed=13, images=6, categories=9, boxes=4, strays=3, score_steps=1 << 30),
    ]
    write("random-ultralytics.json", [dict(scene=s, **ultralytics(*scene(**s))) for s in scenes])


if __name__ == "__main__":
    main()
