#!/usr/bin/env python3
"""Converts weights between PyTorch and the HDF5 files of `ablate`, in both directions.

    tools/convert-weights.py yolo11n.pt yolo11n.h5                 # Ultralytics YOLO11, detection
    tools/convert-weights.py ghostnetv2_1x.pth ghostnetv2.h5       # timm's or Huawei's GhostNetV1/V2, any width
    tools/convert-weights.py model.safetensors model.h5
    tools/convert-weights.py timm:ghostnetv2_100 start.h5 --seed 0 # a timm network with random weights
    tools/convert-weights.py best.h5 best.pth                      # a state dict; .safetensors likewise
    tools/convert-weights.py best.h5 best.pt                       # a checkpoint that YOLO("best.pt") loads (YOLO11 only)

Tensors keep PyTorch's names, shapes and bits (half precision becomes single precision). docs/weights.md says what is renamed,
what is left out, and what the file says about its network. Needs torch and h5py; timm, ultralytics and safetensors only for
files of theirs:

    pip install torch h5py timm==1.0.31 ultralytics==8.3.0 safetensors

A .pt or .pth file is unpickled, which can run any code: convert only files that you trust.
"""
import argparse
import re
import sys
from pathlib import Path

import h5py
import numpy as np
import torch

GROUP = 'weights'
# What wraps a state dict in a checkpoint, best first: averaged weights before others.
WRAPPERS = ('ema', 'state_dict_ema', 'model_ema', 'model', 'state_dict', 'net')
PREFIXES = ('module.', '_orig_mod.', 'backbone.')
# Input channels of the head's first convolution at each scale of YOLO11; m and l differ in depth.
SCALES = {64: 'n', 128: 's', 256: 'm', 384: 'x'}
BINS = 16
WIDTHS = (1.0, .5, 1.1, 1.3, 1.4, 1.6, 1.7, *(round(.05 * n, 2) for n in range(2, 61)))


class Refusal(Exception):
    """What cannot be converted, in a sentence for the user."""


# ---------------------------------------------------------------------------------------------------------------- reading

def read(source, seed):
    """State dict by PyTorch's names, and what the file says of its network."""
    if source.startswith('timm:'):
        import timm
        if seed is not None:
            torch.manual_seed(seed)
        return timm.create_model(source[5:], pretrained=seed is None).state_dict(), {}
    path = Path(source)
    if not path.exists():
        raise Refusal(f'{source}: there is no such file')
    if path.suffix == '.safetensors':
        from safetensors.torch import load_file
        return load_file(str(path)), {}
    if path.suffix in ('.h5', '.hdf5'):
        with h5py.File(path) as f:
            if GROUP not in f:
                raise Refusal(f'{source}: there is no group {GROUP}')
            tensors = {}
            f[GROUP].visititems(lambda name, item: tensors.__setitem__(name, torch.from_numpy(item[()])) if isinstance(item, h5py.Dataset) else None)
            facts = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in f.attrs.items()}
            if 'network' in f:
                facts['network'] = f['network'].asstr()[()].ravel()[0]
            return tensors, facts
    if path.suffix not in ('.pt', '.pth', '.tar', '.bin', '.ckpt'):
        raise Refusal(f'{source}: expected .pt, .pth, .pth.tar, .safetensors or .h5')
    try:
        return unwrap(torch.load(path, map_location='cpu', weights_only=False))
    except ModuleNotFoundError as error:
        raise Refusal(f'{source}: the file holds Python objects of the package {error.name}; install it first') from None


def unwrap(checkpoint):
    """Finds the state dict in a checkpoint, and the class names and image size beside it."""
    facts = {}
    while True:
        if hasattr(checkpoint, 'state_dict'):
            names = getattr(checkpoint, 'names', None)
            if names:
                facts['names'] = [str(names[k]) for k in sorted(names)] if isinstance(names, dict) else [str(n) for n in names]
            size = getattr(checkpoint, 'args', None)
            size = size.get('imgsz') if isinstance(size, dict) else getattr(size, 'imgsz', None)
            if isinstance(size, int):
                facts.setdefault('imgsz', size)
            return checkpoint.state_dict(), facts
        if not isinstance(checkpoint, dict):
            raise Refusal(f'the file holds a {type(checkpoint).__name__}, expected a state dict or a checkpoint with one')
        arguments = checkpoint.get('train_args')
        if isinstance(arguments, dict) and isinstance(arguments.get('imgsz'), int):
            facts['imgsz'] = arguments['imgsz']
        if any(torch.is_tensor(v) for v in checkpoint.values()):
            return {k: v for k, v in checkpoint.items() if torch.is_tensor(v)}, facts
        inner = next((checkpoint[k] for k in WRAPPERS if checkpoint.get(k) is not None), None)
        if inner is None:
            raise Refusal(f'the file holds no state dict: it has {", ".join(map(str, list(checkpoint)[:8]))}')
        checkpoint = inner


# ------------------------------------------------------------------------------------------------------------------ names

def rename(state):
    """PyTorch's names as `ablate` uses them, and what was done."""
    notes = []
    for prefix in PREFIXES:
        if state and all(k.startswith(prefix) for k in state):
            state = {k[len(prefix):]: v for k, v in state.items()}
            notes.append(f'prefix {prefix} removed')
    if any(re.match(r'features\.\d+\.conv\.0\.primary_conv', k) for k in state):
        raise Refusal('the file is of the first GhostNet release (features.N.conv…), whose squeeze-excite and classifier compute '
                      'something else: take the later one, whose names begin with conv_stem and blocks')
    counters = [k for k in state if k.endswith('num_batches_tracked')]
    bins = [k for k in state if k.endswith('dfl.conv.weight')]
    for k in bins:
        if not torch.equal(state[k].float().flatten(), torch.arange(BINS, dtype=torch.float)):
            raise Refusal(f'{k} is not 0 to {BINS - 1}: this is no head of YOLO11')
    # Anchors and strides are buffers of some versions.
    others = [k for k, v in state.items() if not v.is_floating_point() and k not in counters or k.rpartition('.')[2] in ('anchors', 'strides', 'stride')]
    for title, names in (('counters of batches', counters), ('fixed bins', bins), ('buffers', others)):
        if names:
            notes.append(f'{len(names)} {title} left out')
    dropped = {*counters, *bins, *others}
    kept = {k: v for k, v in state.items() if k not in dropped}
    halves = sum(v.dtype != torch.float32 for v in kept.values())
    if halves:
        notes.append(f'{halves} tensors of {next(v.dtype for v in kept.values() if v.dtype != torch.float32)} become float32')
    if kept and not any(k.endswith('running_var') for k in kept):
        raise Refusal('there are no batch norms: the file is of a fused network; convert the checkpoint that was trained')
    return {k: v.float().contiguous() for k, v in kept.items()}, notes


def divisible(value, divisor=4):
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < .9 * value else nearest


def ghost_options(state, prefix):
    """The version of GhostNet and its options, by what its tensors are."""
    on1, on2 = (any(k.startswith(prefix) and f'.ghost{i}.short_conv.' in k for k in state) for i in (1, 2))
    dfc = {(0, 0): 'none', (1, 0): 'expanded', (0, 1): 'output', (1, 1): 'both'}[on1, on2]
    stem, last = state[f'{prefix}conv_stem.weight'].shape[0], f'{prefix}blocks.8.0.ghost1.primary_conv.0.weight'
    width = next((w for w in WIDTHS if divisible(16 * w) == stem and -(-divisible(960 * w) // 2) == state[last].shape[0]), None)
    options = [] if dfc == 'none' else [f'dfc={dfc}']
    if width not in (None, 1.0):
        options.append(f'width={width}')
    return ('v1' if dfc == 'none' else 'v2'), options, width is not None


def describe(state, facts):
    """Attributes that let `ablate` build the network: model, scale, options, nc, names, imgsz."""
    facts = {k: v for k, v in facts.items() if k in ('names', 'imgsz')}
    head = [re.match(r'model\.(\d+)\.cv3\.0\.2\.bias$', k) for k in state]
    row = next((int(m[1]) for m in head if m), None)
    if 'conv_stem.weight' in state and 'classifier.weight' in state:
        version, options, known = ghost_options(state, '')
        if known:
            facts.update(model=f'ghostnet{version}-cls.yaml', options=options)
        facts['nc'] = state['classifier.weight'].shape[0]
    elif row is not None:
        scale = SCALES.get(state[f'model.{row}.cv2.0.0.conv.weight'].shape[1])
        if 'model.0.conv_stem.weight' in state:
            version, options, known = ghost_options(state, 'model.0.')
            if not any(k.startswith('model.0.blocks.9.') for k in state):
                options.append('tail=false')
            model, deep = f'yolo11-ghostnet{version}.yaml' if known and row == 15 else None, 'model.5.m.1.cv1.conv.weight'
        else:
            # YOLO11 has C2PSA in row 10 and its head in row 23.
            model, options = 'yolo11.yaml' if row == 23 and 'model.10.m.0.attn.qkv.conv.weight' in state else None, []
            deep = 'model.2.m.1.cv1.conv.weight'
        if scale == 'm' and deep in state:
            scale = 'l'
        if model and scale:
            facts.update(model=model, scale=scale, options=options)
        facts['nc'] = state[f'model.{row}.cv3.0.2.bias'].shape[0]
    return facts


# ---------------------------------------------------------------------------------------------------------------- writing

def write_h5(state, facts, target):
    with h5py.File(target, 'w') as f:
        for name, tensor in state.items():
            f[f'{GROUP}/{name}'] = tensor.numpy()
        for k in ('model', 'scale', 'nc', 'imgsz'):
            if facts.get(k) is not None:
                f.attrs[k] = facts[k]
        for k in ('options', 'names'):
            if facts.get(k):
                f.attrs.create(k, list(map(str, facts[k])), dtype=h5py.string_dtype())


def pytorch_state(state):
    """The state dict as PyTorch's modules want it: counters of batches and the head's bins are put in again."""
    result = {}
    for k, v in state.items():
        result[k] = v
        if k.endswith('running_var'):
            result[k.replace('running_var', 'num_batches_tracked')] = torch.zeros((), dtype=torch.long)
    for k in state:
        match = re.match(r'(model\.\d+)\.cv3\.0\.2\.bias$', k)
        if match:
            result[match[1] + '.dfl.conv.weight'] = torch.arange(BINS, dtype=torch.float).view(1, BINS, 1, 1)
    return result


def write_checkpoint(state, facts, target):
    """A checkpoint that Ultralytics loads."""
    if facts.get('model') != 'yolo11.yaml' or not facts.get('scale'):
        raise Refusal(f'{target}: only YOLO11 has a checkpoint of Ultralytics; write .pth or .safetensors instead')
    from ultralytics import __version__
    from ultralytics.nn.tasks import DetectionModel
    nc = int(facts['nc'])
    model = DetectionModel(f"yolo11{facts['scale']}.yaml", nc=nc, verbose=False)
    model.load_state_dict(pytorch_state(state))
    model.names = dict(enumerate(facts.get('names') or [f'class{i}' for i in range(nc)]))
    model.args = dict(task='detect', imgsz=int(facts.get('imgsz') or 640))
    model.task = 'detect'
    torch.save(dict(epoch=-1, best_fitness=None, model=model, ema=None, updates=None, optimizer=None, version=__version__,
                    train_args=dict(task='detect', imgsz=int(facts.get('imgsz') or 640), model=f"yolo11{facts['scale']}.yaml")), target)


def convert(source, target, seed=None):
    """Converts one file; returns lines that say what was done."""
    state, facts = read(source, seed)
    suffix = Path(target).suffix
    if suffix not in ('.h5', '.hdf5', '.pth', '.pt', '.safetensors'):
        raise Refusal(f'{target}: expected .h5, .pth, .pt or .safetensors')
    state, notes = rename(state)
    if not state:
        raise Refusal(f'{source}: there are no tensors')
    facts = {**describe(state, facts), **{k: v for k, v in facts.items() if k in ('model', 'scale', 'options', 'nc')}}
    if suffix in ('.h5', '.hdf5'):
        write_h5(state, facts, target)
    elif suffix == '.safetensors':
        from safetensors.torch import save_file
        save_file(pytorch_state(state), target)
    elif suffix == '.pt':
        write_checkpoint(state, facts, target)
    else:
        torch.save(pytorch_state(state), target)
    network = ' '.join(str(v) for v in (facts.get('model'), facts.get('scale'), *(facts.get('options') or [])) if v)
    lines = [f'{target}: {len(state)} tensors, {sum(v.numel() for v in state.values()):,} numbers',
             f'network: {network}' if network else 'network: none that ablate knows by itself; name it with --model']
    return lines + notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='.pt, .pth, .pth.tar, .safetensors, .h5, or timm:NAME')
    parser.add_argument('target', help='.h5, .pth, .pt or .safetensors')
    parser.add_argument('--seed', type=int, help='with timm:NAME, random weights instead of published ones')
    arguments = parser.parse_args()
    try:
        print('\n'.join(convert(arguments.source, arguments.target, arguments.seed)))
    except Refusal as refusal:
        sys.exit(f'error: {refusal}')


if __name__ == '__main__':
    main()
