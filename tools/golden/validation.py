"""A pass of Ultralytics 8.3.0's validator over nine pictures: Tests/TrainingTests/Golden/validation.json and validation/.

    python tools/golden/validation.py

The validator runs as it does in the middle of a training: batches of four, rectangles, the loss, several labels an anchor. The network
is Golden/tiny.yaml with the first values of step.py, convolutions 3 times as large and class biases lower by 3.8, 3 and 9. The pictures are smooth noise; their labels are
moved and scaled detections of the same network, so that the metrics are neither 0 nor 1. The JSON has the
    "frames"      the sizes of the batches, height x width, in order
    "losses"      box, cls, dfl, means over the batches
    "metrics"     P, R, mAP50, mAP50-95, and "confusion", rows predicted, columns true, last = background
    "predictions" what the predictor finds in each picture above "confidence": x1, y1, x2, y2, score, class
    "images"      for each picture its file, "count" of detections, "sums" of x1, y1, x2, y2, score over them, and
                  the "first" twelve as x1, y1, x2, y2, score, class in pixels of the original picture
"""
import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from goldenfile import unit
from step import start, state
from ultralytics import YOLO
from ultralytics.cfg import get_cfg
from ultralytics.data import build_dataloader, build_yolo_dataset
from ultralytics.models.yolo.detect import DetectionValidator
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils import DEFAULT_CFG

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / 'Tests/TrainingTests/Golden'
FOLDER = GOLDEN / 'validation'
CLASSES, SIDE, BATCH, CONFIDENCE = 3, 96, 4, .1
LOUDNESS, SHIFTS = 3., [-3.8, -3., -9.]
SIZES = [(64, 64), (60, 90), (90, 60), (48, 96), (81, 50), (50, 81), (33, 97), (70, 71), (120, 45)]


def network(noise=0.):
    model = DetectionModel(str(GOLDEN / 'tiny.yaml'), nc=CLASSES, verbose=False)
    with torch.no_grad():
        for k, v in state(model).items():
            v.copy_(torch.tensor(start(k, v.shape)))
            # Louder features, so that scores and boxes differ from cell to cell: near ties would be decided by rounding.
            if v.ndim == 4:
                v *= LOUDNESS * (1 + noise * torch.tensor(unit('noise/' + k, *v.shape)))
            if k.endswith('.2.bias') and '.cv3.' in k:
                v += torch.tensor(SHIFTS)
    model.names = {i: 'abc'[i] for i in range(CLASSES)}
    return model


def pictures():
    for number, (h, w) in enumerate(SIZES):
        coarse = (127.5 + 127.5 * unit(f'picture/{number}', h // 8 + 2, w // 8 + 2, 3)).astype(np.uint8)
        cv2.imwrite(str(FOLDER / f'images/{number}.png'), cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR))


class Validator(DetectionValidator):
    def update_metrics(self, preds, batch):
        for si, pred in enumerate(preds):
            found = self._prepare_pred(pred, self._prepare_batch(si, batch)) if len(pred) else pred
            self.found[Path(batch['im_file'][si]).name] = found.double().numpy()
        self.frames.append('x'.join(str(n) for n in batch['img'].shape[2:]))
        super().update_metrics(preds, batch)

    def get_stats(self):
        self.plotted = True
        return super().get_stats()


def validate(model):
    args = get_cfg(DEFAULT_CFG, dict(imgsz=SIDE, batch=BATCH // 2, workers=0, plots=True, mode='val', save_dir='/tmp/validation-golden'))
    data = dict(names=model.names, nc=CLASSES, path=FOLDER, val=str(FOLDER / 'images'), train='')
    for cache in FOLDER.glob('*.cache'):
        cache.unlink()
    dataset = build_yolo_dataset(args, data['val'], BATCH, data, mode='val', rect=True, stride=32)
    for cache in FOLDER.glob('*.cache'):
        cache.unlink()
    validator = Validator(build_dataloader(dataset, BATCH, 0, shuffle=False, rank=-1), save_dir=Path('/tmp/validation-golden'), args=args)
    validator.found, validator.frames = {}, []
    validator.plot_val_samples = validator.plot_predictions = lambda *_: None
    model.args = args
    trainer = SimpleNamespace(device=torch.device('cpu'), data=data, amp=False, ema=SimpleNamespace(ema=model), loss_items=torch.zeros(3),
                              stopper=SimpleNamespace(possible_stop=True), epoch=0, epochs=1,
                              label_loss_items=lambda items, prefix: dict(zip('abc', items.tolist())))
    results = validator(trainer)
    return validator, results


def predict(model):
    """What Ultralytics' predictor finds in each picture, each in its own smallest frame."""
    detector = YOLO(str(GOLDEN / 'tiny.yaml'), task='detect')
    detector.model = model
    # The names of files, as `predict` sorts them.
    found = detector.predict(source=str(FOLDER / 'images'), imgsz=SIDE, conf=CONFIDENCE, iou=.7, verbose=False, device='cpu')
    return [dict(file=Path(r.path).name, boxes=r.boxes.data.double().numpy().round(5).tolist()) for r in found]


def main():
    torch.set_num_threads(1)
    for name in ('images', 'labels'):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
        for file in (FOLDER / name).iterdir():
            file.unlink()
    pictures()
    model = network()
    validator, _ = validate(model)
    for number, (h, w) in enumerate(SIZES):
        rows = []
        for k, (x1, y1, x2, y2, _, c) in enumerate(validator.found[f'{number}.png'][:6 if number else 0]):
            u = unit(f'label/{number}/{k}', 4)
            cx, cy, bw, bh = (x1 + x2) / 2 + 2 * u[0], (y1 + y2) / 2 + 2 * u[1], (x2 - x1) * (1 + .2 * u[2]), (y2 - y1) * (1 + .2 * u[3])
            x1, y1, x2, y2 = max(cx - bw / 2, 0), max(cy - bh / 2, 0), min(cx + bw / 2, w), min(cy + bh / 2, h)
            if x2 - x1 > 3 and y2 - y1 > 3:
                rows.append(f'{(int(c) + (k == 4)) % CLASSES} {(x1 + x2) / 2 / w:.6f} {(y1 + y2) / 2 / h:.6f} {(x2 - x1) / w:.6f} {(y2 - y1) / h:.6f}')
        (FOLDER / f'labels/{number}.txt').write_text('\n'.join(rows) + '\n' if rows else '')
    validator, results = validate(model)
    metrics = validator.metrics.results_dict
    disturbed, _ = validate(network(noise=1e-6))
    assert all(abs(metrics[k] - v) < 1e-6 for k, v in disturbed.metrics.results_dict.items()), 'rounding decides'
    assert all(len(f) == len(disturbed.found[k]) for k, f in validator.found.items()), 'rounding decides'
    assert (validator.confusion_matrix.matrix == disturbed.confusion_matrix.matrix).all(), 'rounding decides'
    document = dict(
        side=SIDE, batch=BATCH, frames=validator.frames, losses=[results[k] for k in 'abc'],
        metrics=[float(metrics[k]) for k in validator.metrics.keys], confusion=validator.confusion_matrix.matrix.astype(int).tolist(),
        images=[dict(file=f'{n}.png', count=len(f), sums=f[:, :5].sum(0).tolist(), first=np.round(f[:12], 5).tolist())
                for n in range(len(SIZES)) for f in [validator.found[f'{n}.png']]])
    document['confidence'] = CONFIDENCE
    document['predictions'] = predict(network().eval())
    (GOLDEN / 'validation.json').write_text(json.dumps(document, indent=1) + '\n')
    (FOLDER / 'data.yaml').write_text('path: .\ntrain: images\nval: images\nnames: [a, b, c]\n')
    print(validator.frames, document['losses'], document['metrics'], document['confusion'], [i['count'] for i in document['images']])


if __name__ == '__main__':
    main()
