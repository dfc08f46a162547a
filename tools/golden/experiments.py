#!/usr/bin/env python3
"""Writes identities.txt and keys.json in Tests/ExperimentsTests/Golden: IDs computed apart from the Swift code.

A line of identities.txt is `trialID cellID name`; its manifest is `ghost` of Tests/ExperimentsTests/Planning.swift. An entry
of keys.json is the text of a [base], in one of the ways to write it, and the ID of the one cell that it makes.

An ID is the SHA-256 of canonical JSON (sorted keys, no spaces) of what differs from the defaults, with the names of the
dataset and of files replaced by digests of their content. IDs may never change: trials are found by them. A new key adds
entries, and leaves every entry that is there alone.
"""
import hashlib
import json
import pathlib


def identifier(document):
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


data = hashlib.sha256(b"d1").hexdigest()
batches = {"n": 16, "s": 16, "m": 8, "l": 8, "x": 4}
arms = [("baseline", None), ("v1", None), ("v2", "expanded"), ("v2", "output"), ("v2", "both")]
cells = []
# Arm by arm, and inside an arm scale by scale.
for backbone, dfc in arms:
    for scale, batch in batches.items():
        configuration = {"data": data, "epochs": 20, "imgsz": 128, "mosaic": 0}
        if backbone != "baseline":
            configuration["backbone"] = backbone
        if scale != "n":
            configuration["scale"] = scale
        if batch != 16:
            configuration["batch"] = batch
        if dfc not in (None, "expanded"):
            configuration["dfc"] = dfc
        cells.append(("-".join(part for part in (backbone, dfc, scale) if part), configuration))

lines = []
for seed in (0, 1, 2):
    for name, configuration in cells:
        cell = {"configuration": configuration, "schema": 1}
        lines.append(f"{identifier(cell | {'seed': seed})} {identifier(cell)} {name}-s{seed}")

golden = pathlib.Path(__file__).resolve().parents[2] / "Tests/ExperimentsTests/Golden"
(golden / "identities.txt").write_text("\n".join(lines) + "\n")

# Every key with another value than its default: how a manifest writes it, and what is hashed.
V2 = {"backbone": "v2"}
V1 = {"backbone": "v1"}
START = {"weights": "content"}
bases = [
    ("", {}),
    ('data = "/data/other.yaml"', {"data": hashlib.sha256(b"d2").hexdigest()}),
    ("image_size = 320.0", {"imgsz": 320}),
    ("classes = [2, 0]", {"classes": [0, 2]}),
    ('classes = ["class1", 0, 0]', {"classes": [0, 1]}),
    ("classes = [2, 1, 0]", {}),
    ("single_cls = true", {"single_cls": True}),
    ("fraction = 5e-1", {"fraction": 0.5}),
    ('backbone = "GhostNetV1"', V1),
    ('backbone = "ghostnetv2"', V2),
    ('backbone = "v2"\ndfc = "none"', V1),
    ('backbone = "/models/a.yaml"', {"backbone": "rows"}),
    ('scale = "x"', {"scale": "x"}),
    ('backbone = "v1"\nwidth = 1.5', V1 | {"width": 1.5}),
    ('backbone = "v1"\ntail = false', V1 | {"tail": False}),
    ('backbone = "v1"\nstage_dropout = 0.2', V1 | {"stage_dropout": 0.2}),
    ('backbone = "v2"\ndfc = "capacity"', V2 | {"dfc": "output"}),
    ('backbone = "v2"\ndfc_blocks = "4-6"', V2 | {"dfc_blocks": [4, 5, 6]}),
    ('backbone = "v2"\ndfc_blocks = [6, 4, 5]', V2 | {"dfc_blocks": [4, 5, 6]}),
    ('backbone = "v2"\ndfc_kernel = 7', V2 | {"dfc_kernel": 7}),
    ('backbone = "v2"\ndfc_kernel = [7, 7, 7, 7]', V2 | {"dfc_kernel": 7}),
    ('backbone = "v2"\ndfc_kernel = [9, 7, 5, 5]', V2 | {"dfc_kernel": [9, 7, 5, 5]}),
    ('backbone = "v2"\ndfc_pool = "max"', V2 | {"dfc_pool": "max"}),
    ('backbone = "v2"\ndfc_upsample = "bilinear"', V2 | {"dfc_upsample": "bilinear"}),
    ('backbone = "v2"\ndfc_gate = "hardsigmoid"', V2 | {"dfc_gate": "hardsigmoid"}),
    ('weights = "/weights/a.h5"', START),
    ('pretrained = "/weights/copy.h5"', START),
    ('weights = "/weights/a.h5"\nstrict = true', START | {"strict": True}),
    ("freeze = 3", {"freeze": [0, 1, 2]}),
    ('freeze = "0-2"', {"freeze": [0, 1, 2]}),
    ("epochs = 20.0", {"epochs": 20}),
    ("batch_size = 0x8", {"batch": 8}),
    ('optimizer = "adamw"', {"optimizer": "AdamW"}),
    ("lr0 = 2e-2", {"lr0": 0.02}),
    ("lrf = 0.1", {"lrf": 0.1}),
    ("momentum = 0.9", {"momentum": 0.9}),
    ("weight_decay = 0.001", {"weight_decay": 0.001}),
    ("warmup_epochs = 2.5", {"warmup_epochs": 2.5}),
    ("warmup_momentum = 0.7", {"warmup_momentum": 0.7}),
    ("warmup_bias_lr = 0.05", {"warmup_bias_lr": 0.05}),
    ("cos_lr = true", {"cos_lr": True}),
    ("nbs = 32", {"nbs": 32}),
    ("box = 5.5", {"box": 5.5}),
    ("cls = 0.25", {"cls": 0.25}),
    ("dfl = 2.5", {"dfl": 2.5}),
    ("hsv_h = 0.125", {"hsv_h": 0.125}),
    ("hsv_s = 0.5", {"hsv_s": 0.5}),
    ("hsv_v = 0.25", {"hsv_v": 0.25}),
    ("degrees = 12.5", {"degrees": 12.5}),
    ("translate = 0.25", {"translate": 0.25}),
    ("augment_scale = 0.25", {"augment_scale": 0.25}),
    ("shear = 2.5", {"shear": 2.5}),
    ("perspective = 0.0005", {"perspective": 0.0005}),
    ("flipud = 0.5", {"flipud": 0.5}),
    ("fliplr = 0.25", {"fliplr": 0.25}),
    ("mosaic = 0.5", {"mosaic": 0.5}),
    ("mixup = 0.15", {"mixup": 0.15}),
    ("close_mosaic = 5", {"close_mosaic": 5}),
    ("mosaic = 0.0\nclose_mosaic = 5", {"mosaic": 0}),
    ('select = "best"', {"select": "best"}),
    ("conf = 0.25", {"conf": 0.25}),
    ("iou = 0.5", {"iou": 0.5}),
    ("max_det = 100", {"max_det": 100}),
    ("val_rect = false", {"val_rect": False}),
    ("val_interval = 2", {"val_interval": 2}),
]
entries = [
    {"base": text, "cellID": identifier({"configuration": {"data": data} | difference, "schema": 1})}
    for text, difference in bases
]
(golden / "keys.json").write_text(json.dumps(entries, indent=1) + "\n")
