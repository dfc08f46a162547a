"""Ten batches of Ultralytics 8.3.0's own training loop on a tiny detector: Tests/TrainingTests/Golden/recipe.{json,bin}.

    python tools/golden/recipe.py

The loop, the optimizer with its groups, warm-up, accumulation, clipping and moving average are Ultralytics' (its trainer
is run, with the loader replaced by a fixed stream of batches and validation left out). File format and number generator:
goldenfile.py; the network is Golden/tiny.yaml, its first values are those of step.py.

Batch n: images [batch, side, side, 3] = 0.5 + 0.5 * unit("recipe/image/n"), the last of an epoch with `lastBatch` images;
targets: for row r of its 3 * batch rows with u = (unit("recipe/targets/n", 3 * batch, 5) + 1) / 2 in double precision, rounded to
float32 at the end: image r // 3, class floor(u4 * classes), w = 0.1 + 0.5 * u2, h = 0.1 + 0.5 * u3, cx = w/2 + u0 * (1 - w), cy
alike with u1 and h; a short batch has the first rows.

Every case has "settings" and
    losses     [batches, 3]  box, cls, dfl with gains
    rates      [batches, 6]  lr of the three groups, momentum (-1 without), accumulate, whether the optimizer stepped
    norms      [steps]       norm of the gradients before clipping
    weights    [steps, n]    after each step, of every tensor in the order of "parameters" the elements at 0, d, 2d … with d = max(1, size // 8)
    average    [steps, n]    the same of the moving average
    noise      [steps, 2]    largest difference of weights and averages to the same run in float64
"""
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from goldenfile import Golden, unit
from step import start, state
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ROOT / 'Tests/TrainingTests/Golden/tiny.yaml'
CLASSES, SIDE = 3, 64


def batch(n, size, count, dtype):
    image = np.float32(.5) + np.float32(.5) * unit(f'recipe/image/{n}', size, SIDE, SIDE, 3)[:count]
    u = ((unit(f'recipe/targets/{n}', 3 * size, 5).astype(np.float64) + 1) / 2)[:3 * count]
    wh = .1 + .5 * u[:, 2:4]
    rows = np.concatenate([np.repeat(np.arange(count), 3)[:, None], np.floor(u[:, 4:] * CLASSES),
                           wh / 2 + u[:, :2] * (1 - wh), wh], 1).astype(np.float32)
    rows = torch.tensor(rows).to(dtype)
    return dict(img=torch.tensor(image).permute(0, 3, 1, 2).to(dtype), batch_idx=rows[:, 0], cls=rows[:, 1:2], bboxes=rows[:, 2:])


class Stream:
    """Stands for the loader: `images` of them in batches of `size`, other ones each time."""

    def __init__(self, images, size, dtype):
        self.dataset, self.num_workers = range(images), 0
        self.images, self.size, self.dtype, self.number = images, size, dtype, 0

    def __len__(self):
        return -(-self.images // self.size)

    def __iter__(self):
        for i in range(len(self)):
            yield batch(self.number, self.size, min(self.size, self.images - i * self.size), self.dtype)
            self.number += 1

    def reset(self):
        pass


def samples(model):
    return np.concatenate([v.double().numpy().ravel()[::max(1, v.numel() // 8)][:8] for v in state(model).values()])


def run(images, dtype, settings):
    record = SimpleNamespace(losses=[], rates=[], norms=[], weights=[], average=[])

    class Trainer(DetectionTrainer):
        def get_dataset(self):
            self.data = dict(nc=CLASSES, names={i: str(i) for i in range(CLASSES)})
            return None, None

        def get_model(self, cfg=None, weights=None, verbose=True):
            model = DetectionModel(str(NETWORK), nc=CLASSES, verbose=False)
            with torch.no_grad():
                for k, v in state(model).items():
                    v.copy_(torch.tensor(start(k, v.shape)))
            return model.to(dtype)

        def setup_model(self):
            self.model = self.get_model()

        def get_dataloader(self, path, batch_size=16, rank=0, mode='train'):
            return Stream(images, batch_size, dtype)

        def get_validator(self):
            self.loss_names = 'box_loss', 'cls_loss', 'dfl_loss'
            return SimpleNamespace(metrics=SimpleNamespace(keys=[]))

        def preprocess_batch(self, batch):
            return batch

        def optimizer_step(self):
            squares = [p.grad.double().square().sum() for p in self.model.parameters() if p.grad is not None]
            record.norms.append(float(torch.stack(squares).sum().sqrt()))
            super().optimizer_step()
            record.weights.append(samples(self.model))
            record.average.append(samples(self.ema.ema))

        def validate(self):
            return {}, 0.

        def save_model(self):
            pass

        def final_eval(self):
            pass

    def after(trainer):
        groups = trainer.optimizer.param_groups
        record.losses.append(trainer.loss_items.tolist())
        stepped = len(record.weights) - sum(int(r[5]) for r in record.rates)
        record.rates.append([*(g['lr'] for g in groups), groups[0].get('momentum', -1), trainer.accumulate, stepped])

    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(overrides=dict(model=str(NETWORK), data='none.yaml', imgsz=SIDE, device='cpu', amp=False, plots=False,
                                         save=False, verbose=False, project=folder, **settings))
        trainer.add_callback('on_train_batch_end', after)
        trainer.train()
    return record


def main():
    torch.set_num_threads(1)
    golden, names = Golden(), None
    common = dict(batch=4, epochs=1, close_mosaic=0)
    cases = {
        'SGD, warm-up': (40, dict(optimizer='SGD', nbs=256, warmup_bias_lr=.01, weight_decay=.01)),
        'SGD, no warm-up, leftover gradients, short batches': (14, dict(optimizer='SGD', nbs=12, epochs=3, warmup_epochs=0., lr0=.002, lrf=.1,
                                                                         weight_decay=.05)),
        'AdamW, warm-up': (40, dict(optimizer='AdamW', nbs=128, lr0=.002, momentum=.9, weight_decay=.05)),
        'Adam, cosine': (14, dict(optimizer='Adam', nbs=8, epochs=3, warmup_epochs=0., cos_lr=True, lr0=.001, weight_decay=.01)),
        'RMSProp, warm-up': (40, dict(optimizer='RMSProp', nbs=64, lr0=.0005, warmup_bias_lr=.0005, weight_decay=.01)),
        'auto': (40, dict(optimizer='auto', nbs=64)),
    }
    for name, (images, settings) in cases.items():
        settings = {**common, **settings}
        r, exact = run(images, torch.float32, settings), run(images, torch.float64, settings)
        noise = [[np.abs(a - b).max() for a, b in zip(x, y)] for x, y in ((r.weights, exact.weights), (r.average, exact.average))]
        model = DetectionModel(str(NETWORK), nc=CLASSES, verbose=False)
        names = [[k, list(v.shape)] for k, v in state(model).items()]
        print(name, 'steps', len(r.weights), 'norms', [round(n, 2) for n in r.norms],
              'noise of weights', [f'{v:.0e}' for v in noise[0]],
              'of losses', f'{np.abs(np.array(r.losses) / np.array(exact.losses) - 1).max():.0e}', 'last', r.losses[-1])
        golden.case(name, dict(losses=r.losses, rates=r.rates, norms=r.norms, weights=r.weights, average=r.average,
                               noise=np.array(noise).T), settings=settings, images=images, classes=CLASSES, side=SIDE)
    golden.header = dict(parameters=names)
    golden.write(ROOT / 'Tests/TrainingTests/Golden/recipe')


if __name__ == '__main__':
    main()
