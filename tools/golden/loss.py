"""Reference values for the detection loss, box decoding, non-maximum suppression and box mapping.

    python tools/golden/loss.py            # rewrites Tests/ModelsTests/Golden/detection.{json,bin}

Needs torch, torchvision and ultralytics 8.3.0, which is only run, never copied. File format and generator: goldenfile.py.

Cases of kind
* "loss": three levels of logits in NHWC, made by `logits` below from (name of the case, profile), not stored; stored are
  the targets (image, class, cx, cy, w, h), the three items, and each level's gradient of (sum of items x images).
* "decode": predictions of the same logits.
* "nms": predictions made by `crowd` below; stored are the detections (x1, y1, x2, y2, score, class).
* "mapping": boxes in the input and in the original image.
"""
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from goldenfile import Golden, unit
from ultralytics.cfg import get_cfg
from ultralytics.nn.modules import Detect
from ultralytics.utils import DEFAULT_CFG, ops
from ultralytics.utils.loss import v8DetectionLoss

STRIDES = (8, 16, 32)


def logits(name, profile, images, height, width, nc):
    """Per level an array (images, rows, columns, 64 + nc).

    Box logit of bin k: spread * unit - slope * k; class logit: 4 * unit - 2. Profile = (spread, slope).
    """
    spread, slope = (np.float32(v) for v in profile)
    out = []
    for s in STRIDES:
        u = unit(f'{name}/{s}', images, height // s, width // s, 64 + nc)
        x = np.float32(4) * u - np.float32(2)
        k = np.tile(np.arange(16, dtype=np.float32), 4)
        x[..., :64] = spread * u[..., :64] - slope * k
        out.append(x)
    return out


def targets(name, counts, smallest, largest, nc):
    """Rows (image, class, cx, cy, w, h): sides between smallest and largest, boxes inside the image."""
    rows = []
    for image, count in enumerate(counts):
        u = (unit(f'{name}/targets/{image}', max(count, 1), 5)[:count].astype(np.float64) + 1) / 2
        wh = smallest + (largest - smallest) * u[:, 2:4]
        xy = wh / 2 + u[:, :2] * (1 - wh)
        c = np.floor(u[:, 4:] * nc)
        rows.append(np.concatenate([np.full((count, 1), image), c, xy, wh], 1))
    return np.concatenate(rows).astype(np.float32)


def head(nc):
    detect = Detect(nc, (16, 16, 16))
    detect.stride = torch.tensor([float(s) for s in STRIDES])
    return detect


def loss_case(golden, name, images, height, width, nc, rows, profile=(3, 0.5)):
    maps = logits(name, profile, images, height, width, nc)
    feats = [torch.tensor(m).permute(0, 3, 1, 2).contiguous().requires_grad_() for m in maps]
    model = torch.nn.Module()
    model.model = torch.nn.ModuleList([head(nc)])
    model.args = get_cfg(DEFAULT_CFG)
    criterion = v8DetectionLoss(model)
    r = torch.tensor(rows).reshape(-1, 6)
    total, items = criterion(feats, dict(batch_idx=r[:, 0], cls=r[:, 1:2], bboxes=r[:, 2:]))
    total.sum().backward()
    tensors = dict(targets=rows.reshape(-1, 6), items=items.numpy())
    for s, f in zip(STRIDES, feats):
        tensors[f'gradient/{s}'] = f.grad.permute(0, 2, 3, 1).numpy()
    assigned = sum(int((f.grad[:, :64].abs().sum(1) > 0).sum()) for f in feats)
    print(f'{name:24s} items {items.tolist()} anchors with box gradient {assigned}')
    golden.case(name, tensors, kind='loss', images=images, height=height, width=width, classes=nc, profile=list(profile))


def decode_case(golden, name, images, height, width, nc, profile):
    detect = head(nc).eval()
    maps = [torch.tensor(m).permute(0, 3, 1, 2) for m in logits(name, profile, images, height, width, nc)]
    with torch.no_grad():
        y = detect._inference(maps)
    golden.case(name, dict(predictions=y.numpy()), kind='decode', images=images, height=height, width=width, classes=nc,
                profile=list(profile))


def crowd(name, anchors, nc, size, floor):
    """Predictions (4 + nc, anchors): centres around nine places, sides size/8 to size/4, scores between floor and 1."""
    u = (unit(name, 4 + nc, anchors) + np.float32(1)) * np.float32(.5)
    place = np.arange(anchors) % 9
    p = np.empty_like(u)
    size = np.float32(size)
    p[0] = size * ((place % 3 + 1).astype(np.float32) * np.float32(.25) + (u[0] - np.float32(.5)) * np.float32(.125))
    p[1] = size * ((place // 3 + 1).astype(np.float32) * np.float32(.25) + (u[1] - np.float32(.5)) * np.float32(.125))
    p[2:4] = size * (np.float32(.125) + u[2:4] * np.float32(.125))
    floor = np.float32(floor)
    p[4:] = floor + (np.float32(1) - floor) * u[4:] * u[4:]
    return p


def nms_case(golden, name, anchors, nc, size, floor, conf, multi_label):
    p = crowd(name, anchors, nc, size, floor)
    out = ops.non_max_suppression(torch.tensor(p)[None], conf, 0.7, multi_label=multi_label, max_det=300, nc=nc)[0]
    s = np.sort(p[4:][p[4:] > conf])[::-1]
    print(f'{name:24s} {len(s)} candidates, {len(out)} kept, equal scores among the best 3000: {int((np.diff(s[:3000]) == 0).sum())}')
    golden.case(name, dict(detections=out.numpy()), kind='nms', anchors=anchors, classes=nc, size=size, floor=floor,
                confidence=conf, multiLabel=multi_label)


def mapping_cases(golden):
    boxes = unit('mapping', 12, 4) * 400 + 300
    for name, (h1, w1), (h0, w0), ratio_pad in (
            ('validation', (672, 512), (427, 320), ((640 / 427, 480 / 320), (16, 16.5))),
            ('prediction wide', (384, 640), (375, 1242), None),
            ('prediction tall', (640, 640), (611, 333), None)):
        out = ops.scale_boxes((h1, w1), torch.tensor(boxes.copy()), (h0, w0), ratio_pad=ratio_pad).numpy()
        golden.case(name, dict(input=boxes, original=out), kind='mapping', inputHeight=h1, inputWidth=w1, originalHeight=h0,
                    originalWidth=w0, gain=ratio_pad[0][0] if ratio_pad else 0, left=ratio_pad[1][0] if ratio_pad else 0,
                    top=ratio_pad[1][1] if ratio_pad else 0)


def main():
    torch.set_num_threads(1)
    g = Golden()
    loss_case(g, 'one class', 2, 64, 64, 1, targets('one class', (3, 5), .1, .8, 1))
    loss_case(g, 'wide', 2, 64, 96, 3, targets('wide', (4, 2), .1, .6, 3))
    loss_case(g, 'tall', 2, 96, 64, 20, targets('tall', (6, 6), .05, .9, 20))
    loss_case(g, 'eighty classes', 2, 64, 64, 80, targets('eighty classes', (5, 3), .1, .7, 80))
    loss_case(g, 'image without boxes', 3, 64, 64, 3, targets('image without boxes', (2, 0, 4), .2, .6, 3))
    loss_case(g, 'no boxes at all', 2, 64, 64, 3, np.zeros((0, 6), np.float32))
    loss_case(g, 'tiny boxes', 2, 64, 64, 3, targets('tiny boxes', (12, 30), .01, .12, 3))
    loss_case(g, 'crowded', 1, 96, 96, 3, targets('crowded', (40,), .25, .6, 3))
    same = targets('equal boxes', (2,), .3, .5, 3)
    loss_case(g, 'equal boxes', 1, 64, 64, 3, np.concatenate([same, same[:, [0, 1, 2, 3, 4, 5]], same[::-1]]))
    # Boxes between the anchor points, and one whose corners add up to nothing: nothing is assigned.
    loss_case(g, 'no positives', 1, 64, 64, 1, np.array(
        [[0, 0, .125, .125, .05, .05], [0, 0, 0, 0, 0, 0], [0, 0, .5, .5, .08, .08]], np.float32))
    loss_case(g, 'large logits', 1, 64, 64, 3, targets('large logits', (6,), .1, .8, 3), (30, 1))
    loss_case(g, 'flat bins', 1, 64, 64, 3, targets('flat bins', (6,), .3, .9, 3), (0, 0))
    decode_case(g, 'decoded', 2, 64, 96, 3, (4, .25))
    decode_case(g, 'decoded twenty', 1, 64, 64, 20, (4, .25))
    nms_case(g, 'one class crowd', 600, 1, 640, 0, .001, True)
    nms_case(g, 'three classes', 500, 3, 320, 0, .001, True)
    nms_case(g, 'eighty classes crowd', 120, 80, 640, 0, .001, True)
    nms_case(g, 'over the limit', 450, 80, 640, .002, .001, True)
    nms_case(g, 'best class only', 300, 3, 640, 0, .25, False)
    nms_case(g, 'nothing', 20, 3, 640, 0, .99999, False)
    mapping_cases(g)
    g.write(Path(__file__).resolve().parents[2] / 'Tests/ModelsTests/Golden/detection')


if __name__ == '__main__':
    main()
