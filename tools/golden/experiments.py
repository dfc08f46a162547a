#!/usr/bin/env python3
"""Writes Tests/ExperimentsTests/Golden/identities.txt: IDs of the trials of a manifest, computed apart from the Swift code.

A line is `trialID cellID name`. An ID is the SHA-256 of canonical JSON (sorted keys, no spaces) of what differs from
the defaults, with the dataset's name replaced by its digest. The manifest is `ghost` of Tests/ExperimentsTests/Planning.swift.
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

golden = pathlib.Path(__file__).resolve().parents[2] / "Tests/ExperimentsTests/Golden/identities.txt"
golden.write_text("\n".join(lines) + "\n")
