import Metrics

/// Labels and detections made from a seed, the same ones as `scene` of tools/golden/metrics.py makes.
struct RandomScene: Decodable, CustomStringConvertible {
    let seed: UInt64
    let images: Int
    let categories: Int
    let boxes: Int
    let strays: Int
    let scoreSteps: Int

    enum CodingKeys: String, CodingKey {
        case seed, images, categories, boxes, strays
        case scoreSteps = "score_steps"
    }

    var description: String { "scene \(seed)" }

    func make() -> (groundTruth: GroundTruth, detections: [Detection]) {
        var random = SplitMix64(seed: seed)
        let imageIDs = (0..<images).map { 3 * (images - $0) + 1 }
        let categoryIDs = (0..<categories).map { 2 * $0 + 5 }
        var labels: [GroundTruthBox] = []
        var found: [Detection] = []

        func grid(_ value: Double) -> Double { (value * 64).rounded(.down) / 64 }
        func score() -> Double { (random.uniform() * Double(scoreSteps)).rounded(.down) / Double(scoreSteps) }
        func side() -> Double {
            let side = [12.0, 40.0, 160.0][random.index(below: 3)]
            return grid(side * (0.5 + random.uniform()))
        }
        func place() -> BoundingBox {
            let width = side()
            let height = side()
            let x = grid(random.uniform() * 640)
            return BoundingBox(x: x, y: grid(random.uniform() * 480), width: width, height: height)
        }

        for image in imageIDs {
            for _ in 0..<random.index(below: boxes + 1) {
                let category = random.index(below: max(1, categories - 1))
                let box = place()
                let area = grid(box.width * box.height * (0.5 + random.uniform() / 2))
                let isCrowd = random.uniform() < 0.06 || (category == 0 && categories > 1)
                labels.append(
                    GroundTruthBox(
                        id: labels.count + 1, imageID: image, categoryID: categoryIDs[category], box: box, area: area,
                        isCrowd: isCrowd))
                for _ in 0..<random.index(below: 3) {
                    let moved = random.uniform() < 0.85 ? category : random.index(below: categories)
                    let x = grid(box.x + box.width * (random.uniform() - 0.5) * 0.4)
                    let y = grid(box.y + box.height * (random.uniform() - 0.5) * 0.4)
                    let width = grid(box.width * (0.8 + random.uniform() * 0.4))
                    let height = grid(box.height * (0.8 + random.uniform() * 0.4))
                    found.append(
                        Detection(
                            imageID: image, categoryID: categoryIDs[moved],
                            box: BoundingBox(x: x, y: y, width: width, height: height), score: score()))
                }
            }
            for _ in 0..<random.index(below: strays + 1) {
                let category = categoryIDs[random.index(below: categories)]
                let box = place()
                found.append(Detection(imageID: image, categoryID: category, box: box, score: score()))
            }
        }
        let groundTruth = GroundTruth(
            images: imageIDs, categories: categoryIDs.map { .init(id: $0, name: "category \($0)") }, boxes: labels)
        return (groundTruth, found)
    }
}

/// The files that a scene would come in.
extension RandomScene {
    static func annotationsJSON(_ truth: GroundTruth) -> String {
        let images = truth.images.map { "{\"file_name\": \"\($0).jpg\", \"id\": \($0)}" }
        let categories = truth.categories.map { "{\"id\": \($0.id), \"name\": \"\($0.name)\"}" }
        let boxes = truth.boxes.map {
            """
            {"segmentation": [[1, 2.5, 3e1]], "id": \($0.id), "image_id": \($0.imageID), "category_id": \($0.categoryID),
             "bbox": \(json($0.box)), "area": \($0.area), "iscrowd": \($0.isCrowd ? 1 : 0)}
            """
        }
        return """
            {"info": {"year": 2014, "note": null}, "images": [\(images.joined(separator: ", "))],
            "annotations": [
            \(boxes.joined(separator: ",\n"))],
            "categories": [\(categories.joined(separator: ", "))]}

            """
    }

    static func resultsJSON(_ detections: [Detection]) -> String {
        let entries = detections.map {
            """
            {"image_id": \($0.imageID), "category_id": \($0.categoryID), "bbox": \(json($0.box)), "score": \($0.score)}
            """
        }
        return "[\(entries.joined(separator: ",\n"))]"
    }

    private static func json(_ box: BoundingBox) -> String { "[\(box.x), \(box.y), \(box.width), \(box.height)]" }
}
