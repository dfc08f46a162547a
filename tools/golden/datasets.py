"""Makes Tests/DatasetsTests/Golden: small images in every storage form, and what other programs make of them.

    python tools/golden/datasets.py Tests/DatasetsTests/Golden

Needs numpy, Pillow, opencv-python and ultralytics 8.3.0 (asked, not copied). Expected images are 8-bit RGB PNG files.
"""

import io
import json
import os
import sys
import types

import cv2
import numpy as np
from PIL import Image

OUT = sys.argv[1] if len(sys.argv) > 1 else "Tests/DatasetsTests/Golden"


def picture(height, width, seed):
    """Smooth colour with some noise and hard edges, so that rounding shows."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = [
        127 + 120 * np.sin(x / (3 + c) + seed) * np.cos(y / (4 + 2 * c)) + rng.normal(0, 12, (height, width))
        for c in range(3)
    ]
    image = np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)
    image[: height // 4, : width // 5] = (250, 10, 30)
    image[-height // 5 :, -width // 3 :] = (0, 0, 0)
    image[height // 2, :] = 255
    return image


def path(name):
    full = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def save(name, rgb):
    Image.fromarray(np.ascontiguousarray(rgb)).save(path(name), optimize=True)


def decoding():
    """Files in every form, each with what OpenCV (or, for inks, Pillow) decodes."""
    rgb = picture(18, 27, 1)
    image = Image.fromarray(rgb)
    files = {}

    def jpeg(name, source, **options):
        buffer = io.BytesIO()
        source.save(buffer, "JPEG", **options)
        files[name] = buffer.getvalue()

    jpeg("baseline.jpg", image, quality=92)
    jpeg("full-color.jpg", image, quality=95, subsampling=0)
    jpeg("progressive.jpg", image, quality=90, progressive=True)
    jpeg("grey.jpg", image.convert("L"), quality=92)
    jpeg("inks.jpg", image.convert("CMYK"), quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        jpeg(f"orientation{orientation}.jpg", image, quality=92, exif=exif.tobytes())

    def png(name, source, **options):
        buffer = io.BytesIO()
        source.save(buffer, "PNG", **options)
        files[name] = buffer.getvalue()

    png("color.png", image)
    png("grey.png", image.convert("L"))
    png("bit.png", image.convert("1"))
    png("palette.png", image.quantize(16))
    rgba = np.dstack([rgb, np.linspace(0, 255, 18 * 27).reshape(18, 27).astype(np.uint8)])
    png("alpha.png", Image.fromarray(rgba, "RGBA"))
    png("grey-alpha.png", Image.fromarray(rgba, "RGBA").convert("LA"))
    sixteen = (rgb.astype(np.uint16) * 257) ^ np.arange(18 * 27 * 3, dtype=np.uint16).reshape(18, 27, 3) % 97
    files["sixteen.png"] = cv2.imencode(".png", sixteen[..., ::-1])[1].tobytes()
    files["grey-sixteen.png"] = cv2.imencode(".png", sixteen[..., 1])[1].tobytes()

    for name, content in files.items():
        with open(path(f"decoding/{name}"), "wb") as file:
            file.write(content)
        if name == "inks.jpg":
            decoded = np.array(Image.open(io.BytesIO(content)).convert("RGB"))
        else:
            decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        save(f"decoding/{name}.expected.png", decoded)


def transforms():
    """Resizing, warping and colour by OpenCV; letterbox, perspective and batch shapes by Ultralytics."""
    from ultralytics.data.augment import LetterBox, RandomHSV, RandomPerspective
    from ultralytics.utils.instance import Instances

    def instances(boxes):
        return Instances(boxes.copy(), np.zeros((0, 1000, 2), np.float32), bbox_format="xyxy", normalized=False)

    cases = {"resize": [], "warp": [], "hsv": [], "letterbox": [], "perspective": []}
    rgb = picture(37, 53, 2)
    save("transforms/source.png", rgb)

    for height, width in [(37, 80), (64, 64), (18, 26), (20, 53), (111, 159), (5, 7), (74, 106)]:
        name = f"transforms/resize-{width}x{height}.png"
        save(name, cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR))
        cases["resize"].append({"file": name, "height": height, "width": width})

    matrices = {
        "identity": np.eye(3),
        "shift": np.array([[1, 0, 3.4], [0, 1, -2.7], [0, 0, 1]]),
        "shrink": np.array([[0.61, 0, 8.3], [0, 0.61, 5.1], [0, 0, 1]]),
        "grow": np.array([[1.43, 0, -12.2], [0, 1.43, -3.9], [0, 0, 1]]),
        "turn": np.array([[0.83, 0.41, -6.0], [-0.37, 0.92, 11.0], [0, 0, 1]]),
        "tilt": np.array([[0.95, 0.11, 2.0], [-0.07, 1.02, 4.0], [9e-4, -6e-4, 1]]),
    }
    for name, matrix in matrices.items():
        if (matrix[2] == (0, 0, 1)).all():
            warped = cv2.warpAffine(rgb, matrix[:2], dsize=(48, 40), borderValue=(114, 114, 114))
        else:
            warped = cv2.warpPerspective(rgb, matrix, dsize=(48, 40), borderValue=(114, 114, 114))
        file = f"transforms/warp-{name}.png"
        save(file, warped)
        cases["warp"].append({"file": file, "matrix": matrix.reshape(-1).tolist(), "height": 40, "width": 48})

    # Ultralytics draws three numbers in -1...1; they are put in its hand here. The width is a multiple of 32, like that
    # of every training image: in what is left over at the end of a row OpenCV rounds to nearest instead of down.
    wide = cv2.resize(rgb, (64, 40), interpolation=cv2.INTER_LINEAR)
    save("transforms/wide.png", wide)
    for number, draws in enumerate([(0.0, 0.0, 0.0), (1.0, -0.6, 0.9), (-0.8, 0.7, -0.95), (0.35, 1.0, 0.2)]):
        original = np.random.uniform
        np.random.uniform = lambda *_: np.array(draws)
        labels = {"img": np.ascontiguousarray(wide[..., ::-1])}
        RandomHSV(hgain=0.015, sgain=0.7, vgain=0.4)(labels)
        np.random.uniform = original
        file = f"transforms/hsv-{number}.png"
        save(file, labels["img"][..., ::-1])
        cases["hsv"].append({"file": file, "draws": list(draws)})

    boxes = np.array([[2, 3, 20, 30], [10, 1, 52, 12], [30, 20, 36, 36], [0, 0, 53, 37], [48, 33, 52, 36]], np.float32)
    for height, width, scaleup in [(64, 64, True), (64, 64, False), (40, 60, True), (32, 32, True), (45, 64, False)]:
        labels = {
            "img": rgb.copy(),
            "cls": np.zeros((len(boxes), 1)),
            "instances": instances(boxes),
            "ratio_pad": ((1.0, 1.0), (0, 0)),
        }
        result = LetterBox((height, width), auto=False, scaleup=scaleup)(labels)
        file = f"transforms/letterbox-{width}x{height}-{int(scaleup)}.png"
        save(file, result["img"])
        cases["letterbox"].append(
            {
                "file": file, "height": height, "width": width, "scalesUp": scaleup, "before": boxes.tolist(),
                "after": result["instances"].bboxes.tolist(),
            }
        )

    import random

    for number, (settings, border) in enumerate(
        [
            (dict(degrees=0, translate=0.1, scale=0.5, shear=0, perspective=0), (0, 0)),
            (dict(degrees=20, translate=0.2, scale=0.3, shear=8, perspective=0), (0, 0)),
            (dict(degrees=5, translate=0.1, scale=0.4, shear=2, perspective=0.0008), (0, 0)),
        ]
    ):
        random.seed(number + 5)
        transform = RandomPerspective(**settings, border=border)
        square = cv2.resize(rgb, (48, 48), interpolation=cv2.INTER_LINEAR)
        box = np.array([[2, 3, 20, 30], [10, 1, 47, 12], [30, 20, 36, 36], [0, 0, 48, 48], [44, 40, 47, 47]], np.float32)
        seen = {}
        inner = transform.affine_transform

        def spy(image, border):
            out = inner(image, border)
            seen["matrix"], seen["scale"] = out[1], out[2]
            return out

        transform.affine_transform = spy
        result = transform(
            {
                "img": square.copy(),
                "cls": np.arange(len(box), dtype=np.float32)[:, None],
                "instances": instances(box),
            }
        )
        file = f"transforms/perspective-{number}.png"
        save(file, result["img"])
        cases["perspective"].append(
            {
                "file": file, "matrix": seen["matrix"].astype(np.float64).reshape(-1).tolist(),
                "scale": float(seen["scale"]), "before": box.tolist(),
                "classes": result["cls"].reshape(-1).astype(int).tolist(), "after": result["instances"].bboxes.tolist(),
            }
        )
    save("transforms/square.png", cv2.resize(rgb, (48, 48), interpolation=cv2.INTER_LINEAR))

    cases["batchShapes"] = batch_shapes()
    with open(path("transforms/cases.json"), "w") as file:
        json.dump(cases, file, indent=1)


def batch_shapes():
    """Frames of rectangular validation batches, as Ultralytics' data set class works them out."""
    from ultralytics.data.base import BaseDataset

    rng = np.random.default_rng(3)
    result = []
    for sizes, image_size in [
        ([(480, 640)] * 3, 320),
        ([(640, 480), (700, 400)], 320),
        ([(480, 640), (640, 480)], 640),
        ([(200, 200)] * 2, 224),
        ([tuple(int(v) for v in rng.integers(100, 700, 2)) for _ in range(11)], 320),
    ]:
        holder = types.SimpleNamespace(
            ni=len(sizes), batch_size=4, imgsz=image_size, stride=32, pad=0.5, im_files=[str(i) for i in range(len(sizes))],
            labels=[{"shape": size} for size in sizes],
        )
        BaseDataset.set_rectangle(holder)
        result.append(
            {
                "sizes": [list(size) for size in sizes], "imageSize": image_size, "batchSize": 4,
                "order": [int(i) for i in holder.im_files], "frames": np.asarray(holder.batch_shapes).astype(int).tolist(),
            }
        )
    return result


if __name__ == "__main__":
    decoding()
    transforms()
