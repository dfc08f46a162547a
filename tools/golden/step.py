"""Five training steps of every arm at scale n, as digests: whole-network reference values in a few hundred kB.

    python tools/golden/step.py            # rewrites Tests/TrainingTests/Golden/step-ARM.{json,bin}

Networks come from tools/reference/ghost_yolo.py. File format and number generator: goldenfile.py. Nothing large is stored:

Tensors. Element i of the state tensor NAME, in PyTorch's layout and row-major, in float32, with u = unit(NAME, i):
    4 dimensions             u * (1 / sqrt(fan_in)), fan_in = product of all sizes but the first; root and quotient in float32
    *.running_mean           0.1 * u
    *.running_var            1 + 0.2 * u
    *.weight, 1 dimension    1 + 0.2 * u                           (batch norm)
    *.cv2.<level>.2.bias     0.1 * u - 0.25 * (i mod 16)           (the head's box logits: short distances)
    other *.bias             0.1 * u
    The head's fixed `dfl.conv.weight` is no state.
Images. [images, height, width, 3]: 0.5 + 0.5 * unit("image/2", i).

The setting is one that float32 can repeat. With two images a DFC branch at stride 32 has two pixels for its batch norms,
whose gradients are then mostly rounding error (12 to 20 % of PyTorch's own in every tensor before them); with four
images and this stream the median is below 0.05 %. A larger learning rate makes later steps diverge as quickly.

A digest of a tensor t is ten numbers: its L2 norm; the projections sum(t_i * unit("projection/J/NAME", i)) for J = 0…7,
summed in double precision; and the noise: the L2 norm of PyTorch's own rounding error (its float32 result less its
float64 result) over the L2 norm. An error vector e adds about |e|/sqrt(3) to each projection.

A file has "parameters": name and shape of every state tensor, in PyTorch's order. Its cases have "images", "height",
"width", "classes", "learningRate", "momentum" (SGD, Nesterov, no decay, no clipping, the same batch every step) and
    targets       [n, 6]: image, class, cx, cy, w, h
    predictions   [images, 4 + classes, anchors]: evaluation mode, before the first step
    initial       [parameters, 2]: L2 norm and first projection of the initial values, to check the reader by
    losses        [5, 3]: box, cls, dfl of every step, gains applied, not multiplied by the number of images
    lossNoise     [5, 3]: PyTorch's own rounding error of them, relative
    gradients     [trainable, 10]: digests after the first backward pass, of the parameters that are not running statistics
    changes       [parameters, 10]: digests of what five steps added to each state tensor
"""
import re
import sys
from pathlib import Path

import numpy as np
import torch
from goldenfile import Golden, Stream, unit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tools/reference'))
import ghost_yolo  # noqa: E402

ARMS = {
    'baseline': ('baseline', None), 'ghostnetv1': ('ghostnetv1', 'none'), 'ghostnetv2': ('ghostnetv2', 'expanded'),
    'ghostnetv2-output': ('ghostnetv2', 'output'), 'ghostnetv2-both': ('ghostnetv2', 'both')}
SIZES = ((64, 64), (64, 96))
CLASSES, IMAGES, STEPS, RATE, MOMENTUM = 3, 4, 5, 5e-6, 0.9


def start(name, shape):
    u, f = unit(name, *shape), np.float32
    if len(shape) == 4:
        return u * (f(1) / np.sqrt(f(np.prod(shape[1:]))))
    if name.endswith('running_mean'):
        return f(.1) * u
    if name.endswith('running_var') or name.endswith('weight'):
        return f(1) + f(.2) * u
    if re.search(r'\.cv2\.\d\.2\.bias$', name):
        return f(.1) * u - f(.25) * (np.arange(len(u)) % 16).astype(f)
    return f(.1) * u


def state(model):
    return {k: v for k, v in model.state_dict().items() if v.is_floating_point() and not k.endswith('dfl.conv.weight')}


def targets():
    u = (unit('targets', 5 * IMAGES, 5).astype(np.float64) + 1) / 2
    wh = .1 + .5 * u[:, 2:4]
    rows = [np.repeat(np.arange(IMAGES), 5)[:, None], np.floor(u[:, 4:] * CLASSES), wh / 2 + u[:, :2] * (1 - wh), wh]
    return np.concatenate(rows, 1).astype(np.float32)


def run(backbone, dfc, height, width, dtype):
    model = ghost_yolo.build('n', backbone, dfc, nc=CLASSES)
    with torch.no_grad():
        for k, v in state(model).items():
            v.copy_(torch.tensor(start(k, v.shape)))
    model.to(dtype)
    first = {k: v.clone() for k, v in state(model).items()}
    image = Stream('image/2', (IMAGES, height, width, 3), .5, .5).numbers
    rows = torch.tensor(targets()).to(dtype)
    batch = dict(img=torch.tensor(image).permute(0, 3, 1, 2).to(dtype), batch_idx=rows[:, 0], cls=rows[:, 1:2], bboxes=rows[:, 2:])
    model.eval()
    with torch.no_grad():
        predictions = model(batch['img'])[0]
    model.train()
    parameters = {k: p for k, p in model.named_parameters() if 'dfl' not in k}
    for k, p in model.named_parameters():
        p.requires_grad_('dfl' not in k)
    optimizer = torch.optim.SGD(parameters.values(), lr=RATE, momentum=MOMENTUM, nesterov=True)
    losses, gradients = [], {}
    for i in range(STEPS):
        loss, items = model.loss(batch)
        optimizer.zero_grad()
        loss.sum().backward()
        if i == 0:
            gradients = {k: p.grad.double().numpy().copy() for k, p in parameters.items()}
        optimizer.step()
        losses.append(items.tolist())
    changes = {k: (v.double() - first[k].double()).numpy() for k, v in state(model).items()}
    return predictions.numpy(), np.array(losses), gradients, changes


def digest(name, t, exact):
    size = np.linalg.norm(t)
    noise = np.linalg.norm(t - exact) / size if size > 0 else 0
    flat = t.ravel()
    return [size, *(flat @ unit(f'projection/{j}/{name}', t.size).astype(np.float64) for j in range(8)), noise]


def main():
    torch.set_num_threads(1)
    for arm, (backbone, dfc) in ARMS.items():
        golden = Golden()
        for height, width in SIZES:
            predictions, losses, gradients, changes = run(backbone, dfc, height, width, torch.float32)
            exact_predictions, exact_losses, exact_gradients, exact_changes = run(backbone, dfc, height, width, torch.float64)
            names = list(changes)
            g = np.array([digest(k, gradients[k], exact_gradients[k]) for k in names if k in gradients])
            c = np.array([digest(k, changes[k], exact_changes[k]) for k in names])
            values = {k: start(k, changes[k].shape).astype(np.float64) for k in names}
            initial = np.array([digest(k, values[k], values[k])[:2] for k in names])
            print(f'{arm} {height}x{width}: predictions off by {np.abs(predictions - exact_predictions).max():.1e}, '
                  f'losses by {np.abs(losses / exact_losses - 1).max():.1e}, noise of gradients: median {np.median(g[:, 9]):.1e}, '
                  f'largest {g[:, 9].max():.1e}; of changes: median {np.median(c[:, 9]):.1e}, largest {c[:, 9].max():.1e}')
            worst = np.argsort(-g[:, 9])[:3]
            trainable = [k for k in names if k in gradients]
            print('   ', [(trainable[i], float(g[i, 0]), float(g[i, 9])) for i in worst], losses[[0, -1]].tolist())
            golden.case(f'{height}x{width}', dict(
                targets=targets(), predictions=predictions, initial=initial, losses=losses,
                lossNoise=np.abs(losses / exact_losses - 1), gradients=g, changes=c),
                        images=IMAGES, height=height, width=width, classes=CLASSES, learningRate=RATE, momentum=MOMENTUM)
        golden.header = dict(arm=arm, backbone=backbone, dfc=dfc or '', scale='n',
                             parameters=[[k, list(v.shape)] for k, v in changes.items()])
        golden.write(ROOT / f'Tests/TrainingTests/Golden/step-{arm}')


if __name__ == '__main__':
    main()
