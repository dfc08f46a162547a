"""The PyTorch side of ConversionTests.swift.

    conversion.py make FOLDER      random networks: yolo.pt, ghost.pth, and images with PyTorch's answers in yolo-answers.h5, ghost-answers.h5
    conversion.py compare FOLDER   the same tensors, bit by bit, in yolo-back.pt and ghost-back.pth / .safetensors
"""
import sys
from pathlib import Path

import h5py
import timm
import torch
from ultralytics.nn.tasks import DetectionModel


def randomize(model):
    """Batch norms that do something."""
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.weight.uniform_(.7, 1.3), m.bias.uniform_(-.2, .2), m.running_mean.uniform_(-.2, .2), m.running_var.uniform_(.6, 1.4)
    return model.eval()


def answers(path, model, image, first):
    with torch.no_grad(), h5py.File(path, 'w') as f:
        f['images'] = image.permute(0, 2, 3, 1).numpy()
        result = model(image)
        f['answers'] = (result[0] if first else result).numpy()


def make(folder):
    torch.manual_seed(3)
    yolo = randomize(DetectionModel('yolo11n.yaml', nc=3, verbose=False))
    yolo.names, yolo.args = {0: 'a', 1: 'b', 2: 'c'}, dict(task='detect', imgsz=128)
    torch.save(dict(model=yolo, train_args=dict(imgsz=128)), folder / 'yolo.pt')
    answers(folder / 'yolo-answers.h5', yolo, torch.rand(2, 3, 96, 128), True)
    ghost = randomize(timm.create_model('ghostnetv2_100'))
    torch.save(ghost.state_dict(), folder / 'ghost.pth')
    answers(folder / 'ghost-answers.h5', ghost, torch.rand(2, 3, 224, 224), False)


def same(before, after):
    keys = [k for k in before if not k.endswith('num_batches_tracked')]
    assert set(keys) == {k for k in after if not k.endswith('num_batches_tracked')}
    assert all(torch.equal(before[k], after[k]) and before[k].dtype == after[k].dtype for k in keys)


def compare(folder):
    from safetensors.torch import load_file
    load = lambda name: torch.load(folder / name, weights_only=False)
    same(load('yolo.pt')['model'].state_dict(), load('yolo-back.pt')['model'].state_dict())
    before = load('ghost.pth')
    same(before, load('ghost-back.pth'))
    same(before, load_file(folder / 'ghost-back.safetensors'))
    timm.create_model('ghostnetv2_100').load_state_dict(load('ghost-back.pth'), strict=True)
    print('same')


{'make': make, 'compare': compare}[sys.argv[1]](Path(sys.argv[2]))
