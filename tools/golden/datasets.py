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


def mosaic():
    """Mosaics of four images with boxes, the centre put in Ultralytics' hand."""
    import random

    from ultralytics.data.augment import Mosaic
    from ultralytics.utils.instance import Instances

    side = 32
    sizes = [(32, 24), (20, 32), (32, 32), (27, 32)]
    names, tiles = [], []
    rng = np.random.default_rng(11)
    for number, (height, width) in enumerate(sizes):
        names.append(f"mosaic/tile-{number}.png")
        rgb = picture(height, width, 20 + number)
        save(names[-1], rgb)
        corners = np.sort(rng.uniform(0, 1, (3, 2, 2)), axis=1) * (width, height)
        tiles.append((rgb, corners.reshape(3, 4).astype(np.float32)))

    def labels(number):
        rgb, boxes = tiles[number]
        return {
            "img": np.ascontiguousarray(rgb[..., ::-1]), "resized_shape": rgb.shape[:2], "ori_shape": rgb.shape[:2],
            "im_file": names[number], "cls": np.full((3, 1), number, np.float32),
            "instances": Instances(
                boxes.copy(), np.zeros((0, 1000, 2), np.float32), bbox_format="xyxy", normalized=False
            ),
        }

    cases = {"tiles": names, "boxes": [boxes.tolist() for _, boxes in tiles], "side": side, "cases": []}
    for number, (y, x) in enumerate([(31.7, 33.2), (16.4, 47.9), (47.2, 16.0)]):
        transform = Mosaic(types.SimpleNamespace(), imgsz=side, p=1.0, n=4)
        draws = iter([y, x])
        original, random.uniform = random.uniform, lambda *_: next(draws)
        result = transform._mix_transform({**labels(0), "mix_labels": [labels(i) for i in (1, 2, 3)]})
        random.uniform = original
        file = f"mosaic/canvas-{number}.png"
        save(file, result["img"][..., ::-1])
        cases["cases"].append(
            {
                "file": file, "centerY": int(y), "centerX": int(x),
                "classes": result["cls"].reshape(-1).astype(int).tolist(),
                "after": result["instances"].bboxes.tolist(),
            }
        )
    with open(path("mosaic/cases.json"), "w") as file:
        json.dump(cases, file, indent=1)


def outlines():
    """Boxes around what perspective leaves of outlines."""
    import random

    from ultralytics.data.augment import RandomPerspective
    from ultralytics.utils.instance import Instances
    from ultralytics.utils.ops import resample_segments

    corners = [
        [[0.1, 0.1], [0.5, 0.15], [0.3, 0.6]], [[0.4, 0.3], [0.95, 0.35], [0.9, 0.9], [0.5, 0.8]],
        [[0.0, 0.7], [0.2, 0.7], [0.1, 1.0], [0.02, 0.9], [0.01, 0.8]], [[0.8, 0.02], [0.99, 0.0], [0.98, 0.2]],
    ]
    side = 48
    segments = np.stack(resample_segments([np.array(c, np.float32) for c in corners], 1000)) * side
    boxes = np.concatenate([segments.min(1), segments.max(1)], 1).astype(np.float32)
    cases = {"corners": corners, "side": side, "cases": []}
    for seed, settings in enumerate(
        [
            dict(degrees=0, translate=0.1, scale=0.5, shear=0, perspective=0),
            dict(degrees=25, translate=0.4, scale=0.3, shear=8, perspective=0),
            dict(degrees=5, translate=0.3, scale=0.6, shear=2, perspective=0.0008),
            dict(degrees=0, translate=0.5, scale=0.8, shear=0, perspective=0),
        ]
    ):
        random.seed(seed)
        transform = RandomPerspective(**settings, border=(0, 0))
        seen = {}
        inner = transform.affine_transform

        def spy(image, border):
            out = inner(image, border)
            seen["matrix"], seen["scale"] = out[1], out[2]
            return out

        transform.affine_transform = spy
        result = transform(
            {
                "img": np.zeros((side, side, 3), np.uint8), "cls": np.arange(len(boxes), dtype=np.float32)[:, None],
                "instances": Instances(boxes.copy(), segments.copy(), bbox_format="xyxy", normalized=False),
            }
        )
        cases["cases"].append(
            {
                "matrix": seen["matrix"].astype(np.float64).reshape(-1).tolist(), "scale": float(seen["scale"]),
                "classes": result["cls"].reshape(-1).astype(int).tolist(), "after": result["instances"].bboxes.tolist(),
            }
        )
    with open(path("outlines.json"), "w") as file:
        json.dump(cases, file, indent=1)


def order():
    """Which images a mosaic may draw from: the buffer of Ultralytics' data set after each image of three epochs."""
    from ultralytics.data.base import BaseDataset

    result = []
    for count, batch in [(1, 4), (5, 4), (40, 2), (30, 16)]:
        holder = types.SimpleNamespace(
            ims=[None] * count, im_hw0=[None] * count, im_hw=[None] * count, buffer=[], augment=True, cache=None, imgsz=8,
            im_files=["x.png"] * count, npy_files=[types.SimpleNamespace(exists=lambda: False)] * count,
            max_buffer_length=min(count, batch * 8, 1000),
        )
        rng = np.random.default_rng(count)
        epochs = []
        original = cv2.imread
        for module in [cv2, sys.modules["ultralytics.data.base"]]:
            setattr(module, "imread", lambda *_: np.zeros((8, 8, 3), np.uint8))
        for _ in range(3):
            indices = rng.permutation(count).tolist()
            held = []
            for index in indices:
                BaseDataset.load_image(holder, index)
                held.append(list(holder.buffer))
            epochs.append({"indices": indices, "held": held})
        cv2.imread = original
        result.append({"imageCount": count, "batchSize": batch, "epochs": epochs})
    with open(path("order.json"), "w") as file:
        json.dump(result, file)


def annotations():
    """A file of COCO's with gaps in its ids, a crowd and boxes that stick out, and what pycocotools makes of detections."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    rng = np.random.default_rng(7)
    categories = [{"id": 3, "name": "car"}, {"id": 17, "name": "cat"}, {"id": 90, "name": "toothbrush"}]
    images, boxes, detections = [], [], []
    for number in range(12):
        width, height = int(rng.integers(60, 120)), int(rng.integers(50, 110))
        image = {"id": 1000 - 7 * number, "file_name": f"{number:012d}.png", "width": width, "height": height}
        images.append(image)
        for _ in range(int(rng.integers(1, 5))):
            w, h = float(rng.uniform(8, width / 2)), float(rng.uniform(8, height / 2))
            x, y = float(rng.uniform(0, width - w)), float(rng.uniform(0, height - h))
            crowd = int(rng.uniform() < 0.25)
            category = categories[int(rng.integers(3))]["id"]
            area = w * h * float(rng.uniform(0.4, 0.9))
            boxes.append(
                {
                    "id": len(boxes) + 100, "image_id": image["id"], "category_id": category, "iscrowd": crowd,
                    "bbox": [x, y, w, h], "area": area,
                }
            )
            for _ in range(3 if crowd else int(rng.integers(0, 3))):
                jitter = rng.normal(0, 0.06, 4) * (w, h, w, h)
                detections.append(
                    {
                        "image_id": image["id"], "category_id": category if rng.uniform() < 0.85 else 3,
                        "bbox": [x + jitter[0], y + jitter[1], max(2, w + jitter[2]), max(2, h + jitter[3])],
                        "score": float(rng.uniform()),
                    }
                )
    document = {"images": images, "categories": categories, "annotations": boxes}
    with open(path("coco/instances.json"), "w") as file:
        json.dump(document, file, indent=1)
    coco = COCO(path("coco/instances.json"))
    evaluation = COCOeval(coco, coco.loadRes(detections), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    with open(path("coco/expected.json"), "w") as file:
        json.dump({"detections": detections, "stats": evaluation.stats.tolist()}, file, indent=1)


if __name__ == "__main__":
    decoding()
    transforms()
    mosaic()
    outlines()
    order()
    annotations()
