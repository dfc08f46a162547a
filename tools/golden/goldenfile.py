"""Golden files: an index in JSON and numbers in a binary file beside it.

`NAME.json` holds {"format": 1, "cases": [...]}. A case has a "name", its own attributes, and "tensors": a table from a
tensor's name to its shape and where its numbers come from, which are float32 and row-major:

    {"shape": [...], "offset": o}                               from the o-th number of `NAME.bin` (little-endian) on
    {"shape": [...], "stream": s, "scale": a, "shift": b}       b + a * unit(s, i), made by the reader

Readers need nothing but a JSON parser. Numbers that a test can make itself are not stored. They come from a generator
that works on integers up to the last step and is therefore the same in every language:

    key(name)      = FNV-1a, 64 bits, of the name's UTF-8 bytes (offset 14695981039346656037, prime 1099511628211)
    bits(name, i)  = splitmix64: z = key + (i + 1) * 0x9E3779B97F4A7C15; z = (z ^ z>>30) * 0xBF58476D1CE4E5B9;
                     z = (z ^ z>>27) * 0x94D049BB133111EB; z ^ z>>31 (all modulo 2^64)
    unit(name, i)  = (bits >> 40) - 2^23, divided by 2^23: in [-1, 1), exact in float32
"""
import json
from pathlib import Path

import numpy as np

MASK = (1 << 64) - 1


def key(name):
    h = 14695981039346656037
    for byte in name.encode():
        h = ((h ^ byte) * 1099511628211) & MASK
    return h


def bits(name, count):
    with np.errstate(over='ignore'):
        z = np.uint64(key(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def unit(name, *shape):
    """float32 numbers in [-1, 1), element i of the row-major array from bits(name, i)."""
    k = (bits(name, int(np.prod(shape, dtype=np.int64))) >> np.uint64(40)).astype(np.int64) - (1 << 23)
    return (k.astype(np.float32) / np.float32(1 << 23)).reshape(shape)


class Stream:
    """A tensor of generated numbers: `numbers` holds shift + scale * unit(name)."""

    def __init__(self, name, shape, scale=1.0, shift=0.0):
        self.entry = dict(shape=list(shape), stream=name, scale=scale, shift=shift)
        self.numbers = np.float32(shift) + np.float32(scale) * unit(name, *shape)


class Golden:
    """Collects cases and writes them."""

    def __init__(self):
        self.cases, self.numbers, self.offset, self.header = [], [], 0, {}

    def case(self, name, tensors, **attributes):
        table = {}
        for k, v in tensors.items():
            if isinstance(v, Stream):
                table[k] = v.entry
                continue
            v = np.asarray(v, dtype='<f4')
            table[k] = dict(shape=list(v.shape), offset=self.offset)
            self.numbers.append(np.ascontiguousarray(v).tobytes())
            self.offset += v.size
        self.cases.append(dict(name=name, **attributes, tensors=table))

    def write(self, path):
        """Writes PATH.json and PATH.bin."""
        path = Path(path)
        lines = ',\n'.join('  ' + json.dumps(c, separators=(', ', ': ')) for c in self.cases)
        head = ''.join(f'"{k}": {json.dumps(v)}, ' for k, v in self.header.items())
        path.with_suffix('.json').write_text('{"format": 1, ' + head + '"cases": [\n' + lines + '\n]}\n')
        path.with_suffix('.bin').write_bytes(b''.join(self.numbers))
        print(path, len(self.cases), 'cases', 4 * self.offset, 'bytes')
