"""PyTorch's values for every operation of the engine.

    python tools/golden/operations.py      # rewrites Tests/EngineTests/Golden/operations.{json,bin}

File format and number generator: goldenfile.py. A case has "operation", "attributes" (numbers), sometimes "mode" and
"activation" (names), "training" (batch norm uses the batch), and these tensors:

    input0, input1, …      feature maps, NHWC: [images, height, width, channels]; attention scores are
                           [images, heads, rows, columns]
    weight, bias, …        parameters in PyTorch's layout: convolution [out, in / groups, height, width], linear [out, in];
                           batch norm bn.weight, bn.bias, bn.running_mean, bn.running_var
    output                 NHWC
    output.gradient        what is propagated back
    input0.gradient, weight.gradient, …     gradients of sum(output * output.gradient)
    bn.running_mean.after, bn.running_var.after     running statistics after one training step

Convolutions compute activation(batch norm(convolution)) + input1, as far as present.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from goldenfile import Golden, Stream

ACTIVATIONS = dict(identity=lambda x: x, relu=F.relu, silu=F.silu, sigmoid=torch.sigmoid, hardSigmoid=F.hardsigmoid)


class Writer:
    def __init__(self):
        self.golden = Golden()

    def case(self, name, operation, compute, inputs, parameters=None, running=None, mode=None, activation=None,
             training=None, attributes=None):
        """compute(inputs as NCHW, parameters, running statistics) -> NCHW; inputs are shapes in NHWC or arrays."""
        tensors, xs, ps, rs = {}, [], {}, {}
        for i, shape in enumerate(inputs):
            if isinstance(shape, np.ndarray):
                tensors[f'input{i}'], numbers = shape, shape
            else:
                tensors[f'input{i}'] = stream = Stream(f'{name}/input{i}', shape, 2.0)
                numbers = stream.numbers
            xs.append(torch.tensor(numbers).requires_grad_())
        for k, (shape, scale, shift) in (parameters or {}).items():
            tensors[k] = stream = Stream(f'{name}/{k}', shape, scale, shift)
            ps[k] = torch.tensor(stream.numbers).requires_grad_()
        for k, (shape, scale, shift) in (running or {}).items():
            tensors[k] = stream = Stream(f'{name}/{k}', shape, scale, shift)
            rs[k] = torch.tensor(stream.numbers)
        y = compute([x.permute(0, 3, 1, 2) for x in xs], ps, rs).permute(0, 2, 3, 1)
        stream = Stream(f'{name}/output.gradient', y.shape)
        y.backward(torch.tensor(stream.numbers))
        tensors['output'], tensors['output.gradient'] = y.detach().numpy(), stream
        for i, x in enumerate(xs):
            tensors[f'input{i}.gradient'] = x.grad.numpy()
        for k, p in ps.items():
            tensors[f'{k}.gradient'] = p.grad.numpy()
        if training:
            for k, r in rs.items():
                tensors[f'{k}.after'] = r.numpy()
        extra = {k: v for k, v in dict(mode=mode, activation=activation, training=training).items() if v is not None}
        self.golden.case(name, tensors, operation=operation, attributes=attributes or {}, **extra)

    def convolution(self, name, shape, out, kernel, stride=(1, 1), padding=(0, 0), groups=1, bias=False, activation='identity',
                    training=None, residual=False):
        channels = shape[3]
        fan_in = channels // groups * kernel[0] * kernel[1]
        parameters = dict(weight=((out, channels // groups, *kernel), float(np.float32(fan_in ** -.5)), 0.0))
        if bias:
            parameters['bias'] = ((out,), 0.5, 0.0)
        running = None
        attributes = dict(outputChannels=out, kernelHeight=kernel[0], kernelWidth=kernel[1], strideHeight=stride[0],
                          strideWidth=stride[1], paddingHeight=padding[0], paddingWidth=padding[1], groups=groups)
        if training is not None:
            parameters['bn.weight'], parameters['bn.bias'] = ((out,), 0.25, 1.0), ((out,), 0.25, 0.0)
            running = {'bn.running_mean': ((out,), 0.25, 0.0), 'bn.running_var': ((out,), 0.25, 1.0)}
            attributes.update(epsilon=1e-3, momentum=0.03)

        def compute(x, p, r):
            y = F.conv2d(x[0], p['weight'], p.get('bias'), stride, padding, 1, groups)
            if training is not None:
                y = F.batch_norm(y, r['bn.running_mean'], r['bn.running_var'], p['bn.weight'], p['bn.bias'], training, 0.03, 1e-3)
            y = ACTIVATIONS[activation](y)
            return y + x[1] if residual else y
        h, w = ((shape[i + 1] + 2 * padding[i] - kernel[i]) // stride[i] + 1 for i in (0, 1))
        self.case(name, 'convolution', compute, [shape, (shape[0], h, w, out)] if residual else [shape], parameters, running,
                  activation=activation, training=training, attributes=attributes)


def convolutions(w):
    c = w.convolution
    c('convolution 3x3', (2, 7, 9, 3), 8, (3, 3), padding=(1, 1))
    c('convolution 3x3 without padding', (1, 5, 6, 5), 3, (3, 3))
    c('convolution 3x3 stride 2, odd', (2, 9, 7, 3), 5, (3, 3), (2, 2), (1, 1))
    c('convolution 3x3 stride 2, even', (1, 8, 6, 8), 20, (3, 3), (2, 2), (1, 1))
    c('convolution 3x3 stride 2x1', (1, 6, 5, 3), 5, (3, 3), (2, 1), (1, 1))
    c('convolution 1x1', (2, 5, 7, 5), 8, (1, 1))
    c('convolution 1x1, odd channels', (3, 3, 5, 33), 17, (1, 1))
    c('convolution 1x1 stride 2', (1, 5, 6, 8), 3, (1, 1), (2, 2))
    c('convolution 1x5', (1, 5, 6, 5), 3, (1, 5), padding=(0, 2))
    c('convolution 5x1', (1, 6, 5, 3), 5, (5, 1), padding=(2, 0))
    c('convolution 5x5 stride 2', (1, 9, 8, 3), 5, (5, 5), (2, 2), (2, 2))
    c('convolution 2x2 stride 2', (1, 6, 7, 3), 8, (2, 2), (2, 2))
    c('convolution 3x3 of many channels', (2, 5, 7, 16), 20, (3, 3), padding=(1, 1))
    c('convolution 3x3 of many channels with bias, ReLU', (1, 6, 4, 20), 16, (3, 3), padding=(1, 1), bias=True, activation='relu')
    c('convolution 3x3 of many channels on one row', (3, 1, 5, 17), 16, (3, 3), padding=(1, 1))
    c('convolution 3x3 of many channels on one pixel', (2, 1, 1, 16), 33, (3, 3), padding=(1, 1))
    c('convolution larger than its map', (1, 2, 1, 5), 3, (5, 5), padding=(2, 2))
    c('grouped convolution 3x3', (1, 5, 6, 8), 12, (3, 3), padding=(1, 1), groups=4)
    c('grouped convolution 1x1', (2, 4, 3, 20), 8, (1, 1), groups=2)
    c('depthwise convolution 3x3', (2, 6, 5, 8), 8, (3, 3), padding=(1, 1), groups=8)
    c('depthwise convolution 3x3, odd channels', (1, 5, 4, 37), 37, (3, 3), padding=(1, 1), groups=37)
    c('depthwise convolution 3x3 stride 2', (2, 7, 8, 5), 5, (3, 3), (2, 2), (1, 1), 5)
    c('depthwise convolution 5x5 stride 2', (1, 9, 9, 20), 20, (5, 5), (2, 2), (2, 2), 20)
    c('depthwise convolution 5x5', (1, 4, 6, 3), 3, (5, 5), padding=(2, 2), groups=3)
    c('depthwise convolution 1x5', (2, 3, 6, 8), 8, (1, 5), padding=(0, 2), groups=8)
    c('depthwise convolution 5x1', (2, 6, 3, 5), 5, (5, 1), padding=(2, 0), groups=5)
    c('depthwise convolution 1x5 on one column', (1, 2, 1, 20), 20, (1, 5), padding=(0, 2), groups=20)
    c('depthwise convolution with two outputs a channel', (1, 5, 5, 3), 6, (3, 3), padding=(1, 1), groups=3)
    c('convolution 1x1 with bias', (2, 3, 4, 8), 5, (1, 1), bias=True)
    c('convolution 3x3 with bias', (1, 4, 5, 3), 8, (3, 3), padding=(1, 1), bias=True)
    c('depthwise convolution 3x3 with bias', (1, 4, 5, 5), 5, (3, 3), padding=(1, 1), groups=5, bias=True)
    c('convolution 1x1 on a vector, ReLU', (3, 1, 1, 20), 5, (1, 1), bias=True, activation='relu')
    c('convolution 1x1 on a vector, hard sigmoid', (3, 1, 1, 5), 20, (1, 1), bias=True, activation='hardSigmoid')
    for training in (True, False):
        when = 'training' if training else 'evaluation'
        c(f'convolution 3x3 stride 2, batch norm, SiLU, {when}', (2, 7, 6, 3), 8, (3, 3), (2, 2), (1, 1), activation='silu', training=training)
        c(f'convolution 1x1, batch norm, ReLU, {when}', (2, 4, 5, 5), 20, (1, 1), activation='relu', training=training)
        c(f'convolution 1x1, batch norm, sigmoid, {when}', (2, 3, 5, 8), 3, (1, 1), activation='sigmoid', training=training)
        c(f'depthwise convolution 3x3, batch norm, {when}', (2, 5, 4, 5), 5, (3, 3), padding=(1, 1), groups=5, training=training)
        c(f'depthwise convolution 3x3, batch norm, SiLU, {when}', (2, 4, 5, 8), 8, (3, 3), padding=(1, 1), groups=8, activation='silu', training=training)
        c(f'convolution 3x3, batch norm, SiLU, residual, {when}', (2, 5, 4, 3), 5, (3, 3), padding=(1, 1), activation='silu', training=training, residual=True)
        c(f'convolution 3x3 of many channels, batch norm, SiLU, residual, {when}', (3, 4, 5, 18), 24, (3, 3), padding=(1, 1), activation='silu', training=training, residual=True)
        c(f'grouped convolution 3x3, batch norm, SiLU, {when}', (2, 4, 3, 8), 4, (3, 3), padding=(1, 1), groups=2, activation='silu', training=training)


def others(w):
    for training in (True, False):
        for shape in ((2, 4, 3, 5), (3, 1, 2, 20)):
            c = shape[3]
            w.case(f'batch norm of {c} channels, {"training" if training else "evaluation"}', 'batch_norm',
                   lambda x, p, r, t=training: F.batch_norm(x[0], r['bn.running_mean'], r['bn.running_var'], p['bn.weight'], p['bn.bias'], t, 0.1, 1e-5),
                   [shape], {'bn.weight': ((c,), 0.25, 1.0), 'bn.bias': ((c,), 0.25, 0.0)},
                   {'bn.running_mean': ((c,), 0.25, 0.0), 'bn.running_var': ((c,), 0.25, 1.0)}, training=training,
                   attributes=dict(epsilon=1e-5, momentum=0.1))
    for a, f in ACTIVATIONS.items():
        # Values up to 6 in size, so that every piece of a piecewise function is met.
        w.case(f'activation {a}', 'activation', lambda x, p, r, f=f: f(x[0] * 1), [Stream(f'activation {a}', (2, 3, 5, 3), 6.0).numbers], activation=a)
    w.case('add', 'add', lambda x, p, r: x[0] + x[1], [(2, 3, 5, 5)] * 2)
    w.case('multiply', 'multiply', lambda x, p, r: x[0] * x[1], [(2, 3, 5, 5)] * 2)
    w.case('multiply by a factor for each channel', 'multiply', lambda x, p, r: x[0] * x[1], [(2, 3, 5, 20), (2, 1, 1, 20)])
    w.case('multiply by a factor for each of three channels', 'multiply', lambda x, p, r: x[0] * x[1], [(2, 5, 4, 3), (2, 1, 1, 3)])
    w.case('concat of three', 'concat', lambda x, p, r: torch.cat(x, 1), [(2, 3, 5, 3), (2, 3, 5, 8), (2, 3, 5, 5)])
    w.case('slice at the start', 'slice', lambda x, p, r: x[0][:, :3], [(2, 3, 5, 8)], attributes=dict(lower=0, upper=3))
    w.case('slice in the middle', 'slice', lambda x, p, r: x[0][:, 3:16], [(2, 3, 2, 20)], attributes=dict(lower=3, upper=16))

    def pool(name, shape, mode, k, s, padding=0):
        f = (lambda x, p, r: F.max_pool2d(x[0], k, s, padding)) if mode == 'max' else (lambda x, p, r: F.avg_pool2d(x[0], k, s))
        w.case(name, 'pooling', f, [shape], mode=mode, attributes=dict(kernelHeight=k, kernelWidth=k, strideHeight=s, strideWidth=s,
                                                                       paddingHeight=padding, paddingWidth=padding))
    pool('max pool 5x5 stride 1', (2, 6, 7, 5), 'max', 5, 1, 2)
    pool('max pool 5x5 stride 1 on a small map', (1, 2, 3, 20), 'max', 5, 1, 2)
    pool('max pool 2x2', (2, 6, 4, 3), 'max', 2, 2)
    pool('max pool 2x2, odd', (1, 7, 5, 8), 'max', 2, 2)
    pool('max pool 3x3 stride 2', (1, 7, 6, 5), 'max', 3, 2, 1)
    ties = np.floor(Stream('ties', (1, 6, 7, 5)).numbers * 2) / 2
    pool('max pool 5x5 of equal numbers', ties.astype(np.float32), 'max', 5, 1, 2)
    pool('max pool 2x2 of equal numbers', ties.astype(np.float32), 'max', 2, 2)
    pool('average pool 2x2', (2, 4, 6, 5), 'average', 2, 2)
    pool('average pool 2x2, odd', (2, 5, 7, 3), 'average', 2, 2)
    pool('average pool 2x2, odd rows', (1, 3, 4, 20), 'average', 2, 2)
    w.case('global average', 'global_average_pool', lambda x, p, r: x[0].mean((2, 3), keepdim=True), [(2, 5, 7, 8)])
    w.case('global average of 20 channels', 'global_average_pool', lambda x, p, r: x[0].mean((2, 3), keepdim=True), [(3, 3, 1, 20)])

    def upsample(name, shape, mode, height, width):
        torch_mode = dict(nearest=dict(mode='nearest'), bilinear=dict(mode='bilinear', align_corners=False),
                          bilinearAlignCorners=dict(mode='bilinear', align_corners=True))[mode]
        w.case(name, 'upsample', lambda x, p, r: F.interpolate(x[0], size=(height, width), **torch_mode), [shape], mode=mode,
               attributes=dict(height=height, width=width))
    upsample('nearest, twice', (2, 3, 4, 5), 'nearest', 6, 8)
    upsample('nearest, to an odd size', (2, 3, 2, 8), 'nearest', 7, 5)
    upsample('nearest, from one', (1, 1, 1, 20), 'nearest', 3, 2)
    for mode in ('bilinear', 'bilinearAlignCorners'):
        upsample(f'{mode}, twice', (1, 3, 4, 5), mode, 6, 8)
        upsample(f'{mode}, to an odd size', (2, 3, 2, 3), mode, 7, 5)
        upsample(f'{mode}, from one', (1, 1, 2, 8), mode, 3, 5)
        upsample(f'{mode}, to the same size', (1, 3, 2, 5), mode, 3, 2)

    # Attention: two heads; a head's channels are key queries, key keys, then `size` values.
    images, height, width, heads, key, size = 2, 3, 4, 2, 3, 5
    rows, stride = height * width, 2 * key + size
    qkv = (images, height, width, heads * stride)

    def parts(x):
        return x.reshape(images, heads, stride, rows).split([key, key, size], 2)

    def scores(x):
        q, k, _ = parts(x)
        return q.transpose(2, 3) @ k * key ** -.5

    # Score maps are [images, heads, rows, columns]: as NCHW that is a permutation of what they are as NHWC.
    to_nchw = lambda a: a.permute(0, 3, 1, 2)
    numbers = dict(heads=heads, key=key, size=size)
    w.case('attention scores', 'attention_scores', lambda x, p, r: to_nchw(scores(x[0])), [qkv], attributes=numbers)

    def values(a, x):
        return (parts(x)[2] @ a.transpose(2, 3)).reshape(images, heads * size, height, width)
    w.case('attention values', 'attention_values', lambda x, p, r: values(x[0].permute(0, 2, 3, 1), x[1]),
           [(images, heads, rows, rows), qkv], attributes=numbers)
    w.case('attention', 'attention', lambda x, p, r: values(scores(x[0]).softmax(-1), x[0]), [qkv], attributes=numbers)
    w.case('softmax', 'softmax', lambda x, p, r: x[0].softmax(1), [(2, 3, 5, 20)])
    w.case('softmax of large numbers', 'softmax', lambda x, p, r: x[0].softmax(1), [Stream('large', (1, 2, 5, 5), 90.0).numbers])
    w.case('linear', 'linear', lambda x, p, r: F.linear(x[0].flatten(1), p['weight'], p['bias'])[..., None, None], [(3, 1, 1, 20)],
           dict(weight=((5, 20), 0.25, 0.0), bias=((5,), 0.5, 0.0)), attributes=dict(outputFeatures=5))
    w.case('linear without bias', 'linear', lambda x, p, r: F.linear(x[0].flatten(1), p['weight'])[..., None, None], [(2, 1, 1, 5)],
           dict(weight=((8, 5), 0.5, 0.0)), attributes=dict(outputFeatures=8))


def main():
    torch.set_num_threads(1)
    w = Writer()
    convolutions(w)
    others(w)
    w.golden.write(Path(__file__).resolve().parents[2] / 'Tests/EngineTests/Golden/operations')


if __name__ == '__main__':
    main()
