"""Reference values for Tests/ModelsTests: counts and outputs of networks, from PyTorch.

Writes `counts.txt` (the output of `tools/reference/ghost_yolo.py counts`) and `networks.json` into the folder given.
The counter must be of the time of Ultralytics 8.3.0, as later ones count other things:

    pip install torch torchvision ultralytics==8.3.0 ultralytics-thop==2.0.8 timm==1.0.31
    python tools/golden/models.py Tests/ModelsTests/Golden
"""
import contextlib
import io
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'reference'))
import ghost_yolo  # noqa: E402
from ultralytics.utils.torch_utils import get_flops  # noqa: E402


class GatedGhostModule(nn.Module):
    """A Ghost module with a DFC gate whose every choice is an argument; parameters are named as timm's."""

    def __init__(self, plain, inputs, kernel, pool, upsample, gate):
        super().__init__()
        self.primary_conv, self.cheap_operation, self.out_chs = plain.primary_conv, plain.cheap_operation, plain.out_chs
        out, half = plain.out_chs, kernel // 2
        self.short_conv = nn.Sequential(
            nn.Conv2d(inputs, out, 1, bias=False), nn.BatchNorm2d(out),
            nn.Conv2d(out, out, (1, kernel), padding=(0, half), groups=out, bias=False), nn.BatchNorm2d(out),
            nn.Conv2d(out, out, (kernel, 1), padding=(half, 0), groups=out, bias=False), nn.BatchNorm2d(out))
        self.pool, self.upsample, self.gate = pool, upsample, gate

    def forward(self, x):
        pooled = F.max_pool2d(x, 2) if self.pool == 'max' else F.avg_pool2d(x, 2)
        gate = self.short_conv(pooled)
        gate = F.hardsigmoid(gate) if self.gate == 'hardsigmoid' else torch.sigmoid(gate)
        primary = self.primary_conv(x)
        y = torch.cat([primary, self.cheap_operation(primary)], 1)[:, :self.out_chs]
        if self.upsample == 'bilinear':
            return y * F.interpolate(gate, size=y.shape[-2:], mode='bilinear', align_corners=False)
        return y * F.interpolate(gate, size=y.shape[-2:], mode='nearest')


def add_dfc(stages, o):
    """Puts DFC into a GhostNetV1's stages as the options say."""
    blocks = [block for stage in list(stages)[:9] for block in stage]
    sizes = [int(k) for k in str(o.get('dfc_kernel', 5)).split(',')]
    stride = 2
    for index, block in enumerate(blocks):
        after = stride * (block.conv_dw.stride[0] if block.conv_dw is not None else 1)
        for place, name, at in (('expanded', 'ghost1', stride), ('output', 'ghost2', after)):
            if o.get('dfc', 'expanded') not in (place, 'both') or index not in o.get('blocks', range(2, 16)):
                continue
            kernel = sizes[min(int(math.log2(max(at, 4))) - 2, len(sizes) - 1)]
            plain = getattr(block, name)
            gated = GatedGhostModule(plain, plain.primary_conv[0].in_channels, kernel, o.get('dfc_pool', 'avg'),
                                     o.get('dfc_upsample', 'nearest'), o.get('dfc_gate', 'sigmoid'))
            setattr(block, name, gated)
        stride = after


def build(case):
    o = case['options']
    width, tail = float(o.get('width', 1)), o.get('tail', 'true') == 'true'
    if case['network'].endswith('-cls'):
        from timm.models.ghostnet import GhostNet
        model = GhostNet(cfgs=ghost_yolo._cfgs(), version='v1', width=width, num_classes=case['nc'])
        stages = model.blocks
    else:
        backbone = 'baseline' if case['network'] == 'yolo11' else 'ghostnetv1'
        model = ghost_yolo.build(case['scale'], backbone, 'none', width, tail, case['nc'])
        stages = model.model[0].blocks if backbone != 'baseline' else None
    if 'ghostnetv2' in case['network'] and o.get('dfc') != 'none':
        add_dfc(stages, o)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d) and not case['network'].endswith('-cls'):
            m.eps, m.momentum = 1e-3, 0.03
    return model.eval()


def macs(model, height, width):
    """Multiply-accumulates of convolutions and linear layers without Detect's fixed one."""
    total = [0]

    def convolution(m, _, out):
        total[0] += out[0].numel() * (m.in_channels // m.groups) * m.kernel_size[0] * m.kernel_size[1]

    def linear(m, _, out):
        total[0] += out[0].numel() * m.in_features
    for name, m in model.named_modules():
        if isinstance(m, nn.Conv2d) and 'dfl' not in name:
            m.register_forward_hook(convolution)
        if isinstance(m, nn.Linear):
            m.register_forward_hook(linear)
    with torch.no_grad():
        model(torch.zeros(1, 3, height, width))
    return total[0]


def text_hash(text):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def uniform(name, count, low, high):
    """Numbers that depend on a name only: the generator splitmix64 from the name's hash, 24 bits each."""
    with np.errstate(over='ignore'):
        z = np.uint64(text_hash(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (low + (high - low) * ((z >> np.uint64(40)).astype(np.float64) / 2**24)).astype(np.float32)


def fill(model, gain):
    """Every tensor from its name: weights uniform with variance gain/(3 fan_in), batch norms near the identity."""
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point() or name.endswith('dfl.conv.weight'):
            continue
        if name.endswith('running_var') or (tensor.dim() == 1 and name.endswith('weight')):
            low, high = 0.8, 1.2
        elif tensor.dim() == 1:
            low, high = -0.1, 0.1
        else:
            high = math.sqrt(gain / (tensor.numel() // tensor.shape[0]))
            low = -high
        tensor.copy_(torch.from_numpy(uniform(name, tensor.numel(), low, high)).view(tensor.shape))


def forward(case, height, width, samples=48):
    """A hash over all tensors' names and shapes, and evenly spaced outputs (height, width, channels order)."""
    model = build(case)
    names = 0
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            names ^= text_hash(f'{name} {list(tensor.shape)}')
    with torch.no_grad():
        fill(model, case['gain'])
        image = torch.from_numpy(uniform('image', height * width * 3, 0, 1)).view(1, height, width, 3).permute(0, 3, 1, 2)
        out = model(image)
    maps = out[1] if isinstance(out, tuple) else [out[:, :, None, None]]
    expected = []
    for m in maps:
        flat = m[0].permute(1, 2, 0).reshape(-1)
        index = torch.arange(samples) * flat.numel() // samples
        expected.append(dict(shape=list(m[0].permute(1, 2, 0).shape), values=[float(v) for v in flat[index]],
                             largest=float(flat.abs().max())))
    return dict(height=height, width=width, names=f'{names:016x}', outputs=expected)


def cases():
    def detector(network, scale='n', nc=80, size=(640, 640), **options):
        return dict(network=network, scale=scale, nc=nc, size=list(size), options=options)
    v1, v2 = 'yolo11-ghostnetv1', 'yolo11-ghostnetv2'
    yield from (detector('yolo11', nc=n) for n in (1, 20, 64, 128))
    yield detector('yolo11', 'm', nc=3, size=(320, 480))
    for s in 'nsmlx':
        yield detector(v1, s, tail='false')
        yield detector(v2, s, tail='false')
    for w in ('0.5', '0.75', '1.3'):
        yield detector(v1, width=w)
        yield detector(v1, width=w, tail='false')
        yield detector(v2, width=w, dfc='both', tail='false')
        yield detector(v2, width=w)
    yield detector(v1, size=(96, 640))
    for kernel in ('3', '5', '7', '9', '9,7,5,5'):
        yield detector(v2, dfc_kernel=kernel)
        yield detector(v2, dfc='both', dfc_kernel=kernel)
    for text, blocks in (('s2', [2]), ('s3', [3, 4]), ('s4', range(5, 11)), ('s5', range(11, 16)), ('0-15', range(16)),
                         ('0,7,9-10', [0, 7, 9, 10])):
        for place in ('expanded', 'output', 'both'):
            yield detector(v2, dfc=place, dfc_blocks=text) | dict(blocks=list(blocks))
    yield detector(v2, dfc_pool='max', dfc_upsample='bilinear', dfc_gate='hardsigmoid')
    yield detector(v2, 's', nc=4, size=(320, 192), dfc='output', dfc_kernel='7', dfc_pool='max', dfc_blocks='s4') | dict(
        blocks=list(range(5, 11)))

    def classifier(version, **options):
        return dict(network=f'ghostnetv{version}-cls', scale=None, nc=1000, size=[224, 224], options=options)
    yield from (classifier(1, width=w) for w in ('0.5', '1', '1.1', '1.3', '1.4', '1.6', '1.7'))
    yield from (classifier(2, width=w) for w in ('0.5', '1.3', '1.6'))
    yield from (classifier(2, dfc=d) for d in ('none', 'expanded', 'output', 'both'))
    yield from (classifier(2, dfc_kernel=k) for k in ('3', '7', '9', '9,7,5,5'))
    for text, blocks in (('s2', [2]), ('s3', [3, 4]), ('s4', range(5, 11)), ('s5', range(11, 16))):
        yield classifier(2, dfc_blocks=text) | dict(blocks=list(blocks))


def forward_cases():
    def case(network, size, nc=3, scale='n', **options):
        # Chosen so that maps neither vanish nor drive DFC's sigmoids into saturation.
        gain = 4 if 'ghostnetv2' in network else 6
        return dict(network=network, scale=scale, nc=nc, gain=gain, options=options), size
    v1, v2 = 'yolo11-ghostnetv1', 'yolo11-ghostnetv2'
    yield case('yolo11', (64, 96))
    yield case('yolo11', (64, 64), scale='m')
    yield case(v1, (64, 96))
    yield case(v2, (64, 96))
    yield case(v2, (96, 64), dfc='output')
    yield case(v2, (96, 96), dfc='both')
    yield case(v2, (96, 64), width='0.5', tail='false', dfc='both', dfc_kernel='9,7,5,3', dfc_pool='max')
    yield case(v2, (96, 96), width='0.5', dfc_upsample='bilinear', dfc_gate='hardsigmoid', dfc_kernel='7')
    yield case('ghostnetv1-cls', (65, 97), nc=10, scale=None)
    yield case('ghostnetv2-cls', (70, 50), nc=10, scale=None, dfc='both')


def main(folder):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        ghost_yolo.counts(None)
    if '6.614336' not in text.getvalue():
        sys.exit('another counter than ultralytics-thop 2.0.8')
    (folder / 'counts.txt').write_text(text.getvalue())
    counted = []
    for case in cases():
        blocks = case.pop('blocks', None)
        model = build(dict(case, options=dict(case['options'], **({'blocks': blocks} if blocks else {}))))
        entry = dict(case, parameters=sum(p.numel() for p in model.parameters()))
        if case['scale']:
            model.stride = torch.tensor([8., 16., 32.])
            entry['gflops_u'] = get_flops(model, list(case['size']))
        entry['macs'] = macs(model, *case['size'])
        counted.append(entry)
    outputs = [dict(case, **forward(case, *size)) for case, size in forward_cases()]
    lines = [json.dumps(e, separators=(',', ':')) for e in counted]
    runs = [json.dumps(e, separators=(',', ':')) for e in outputs]
    (folder / 'networks.json').write_text(
        '{"counts":[\n' + ',\n'.join(lines) + '\n],\n"outputs":[\n' + ',\n'.join(runs) + '\n]}\n')


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]))
