"""Writes Tests/HDF5Tests/Golden/h5py.h5: what h5py makes of the types this project meets.

    pip install h5py numpy
    python tools/golden/hdf5.py Tests/HDF5Tests/Golden/h5py.h5
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w") as f:
    f.attrs["backbone"] = "ghostnetv2"
    f.attrs["dfc"] = ""
    f.attrs["unicode"] = "größe λ"
    f.attrs["nc"] = 3
    f.attrs["width"] = 1.0
    f.attrs["lr"] = 0.01
    f.attrs["single"] = np.float32(0.5)
    f.attrs["flag"] = True
    f.attrs["bytes"] = np.bytes_("fixed")
    f.attrs["sizes"] = np.array([8, 16, 32], np.int64)
    f.attrs["gains"] = np.array([7.5, 0.5, 1.5])
    f.attrs["names"] = ["red", "white", "platelets"]
    f.attrs["nothing"] = h5py.Empty("f4")
    w = f.create_group("weights")
    w["model.0.conv.weight"] = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2) / 8
    w["model.0.bn.num_batches_tracked"] = np.int64(7)
    w["model.0.conv.weight"].attrs["layout"] = "OIHW"
    f["pixels"] = np.arange(12, dtype=np.uint8).reshape(3, 4)
    f["half"] = np.array([0.5, 1.5], np.float16)
    f["big-endian"] = np.array([1.0, -2.0], ">f8")
    f["counts"] = np.array([[1, -2], [3, -4]], np.int32)
    f["empty"] = np.zeros((0, 4), np.float32)
    f["text"] = np.array(["a", "bc", ""], dtype=h5py.string_dtype())
    f["fixed"] = np.array([b"one", b"three"], "S5")
    f.create_dataset("packed", data=np.arange(1000, dtype=np.float64), chunks=(100,), compression="gzip", shuffle=True)
