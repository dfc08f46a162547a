/// Ground truth and detections with their numbers replaced by positions in sorted lists, grouped by (category, image).
///
/// Both orders are stable: within a group, boxes and detections stand as they were given.
struct IndexedDetections {
    /// Sorted by number.
    let images: [Int]
    /// Sorted by number.
    let categories: [GroundTruth.Category]
    /// Positions in the ground truth's boxes, by (category, image).
    let boxOrder: [Int32]
    /// Positions in the detections, by (category, image).
    let detectionOrder: [Int32]
    /// For each box of the ground truth, in the order given: position of its image and of its category.
    let boxImage: [Int32]
    let boxCategory: [Int32]
    /// For each detection, in the order given: position of its image and of its category.
    let detectionImage: [Int32]
    let detectionCategory: [Int32]

    /// Checks everything and groups it.
    ///
    /// - Throws: `EvaluationError` for repeated numbers, numbers of unknown images or categories, boxes with negative
    ///   sides, and numbers that are not finite.
    init(_ groundTruth: GroundTruth, _ detections: [Detection]) throws(EvaluationError) {
        var error = EvaluationError()
        images = groundTruth.images.sorted()
        categories = groundTruth.categories.sorted { $0.id < $1.id }
        let imagePositions = Self.positions(images, "image", &error)
        let categoryPositions = Self.positions(categories.map(\.id), "category", &error)

        var boxImage = [Int32](repeating: 0, count: groundTruth.boxes.count)
        var boxCategory = boxImage
        var boxIDs = Set<Int>(minimumCapacity: groundTruth.boxes.count)
        for (index, box) in groundTruth.boxes.enumerated() {
            if !boxIDs.insert(box.id).inserted { error.add("ground-truth box \(box.id) appears twice") }
            if !(box.box.isValid && box.area.isFinite) {
                error.add("ground-truth box \(box.id): \(box.box) with area \(box.area) is no box")
            }
            let image = imagePositions[box.imageID]
            let category = categoryPositions[box.categoryID]
            if image == nil { error.add("ground-truth box \(box.id): unknown image \(box.imageID)") }
            if category == nil { error.add("ground-truth box \(box.id): unknown category \(box.categoryID)") }
            boxImage[index] = image ?? 0
            boxCategory[index] = category ?? 0
        }

        var detectionImage = [Int32](repeating: 0, count: detections.count)
        var detectionCategory = detectionImage
        for (index, detection) in detections.enumerated() {
            if !detection.box.isValid { error.add("detection \(index): \(detection.box) is no box") }
            if !detection.score.isFinite { error.add("detection \(index): score \(detection.score) is not finite") }
            let image = imagePositions[detection.imageID]
            let category = categoryPositions[detection.categoryID]
            if image == nil { error.add("detection \(index): unknown image \(detection.imageID)") }
            if category == nil { error.add("detection \(index): unknown category \(detection.categoryID)") }
            detectionImage[index] = image ?? 0
            detectionCategory[index] = category ?? 0
        }
        guard error.problems.isEmpty else { throw error }

        boxOrder = Self.order(boxCategory, categories.count, boxImage, images.count)
        detectionOrder = Self.order(detectionCategory, categories.count, detectionImage, images.count)
        self.boxImage = boxImage
        self.boxCategory = boxCategory
        self.detectionImage = detectionImage
        self.detectionCategory = detectionCategory
    }

    private static func positions(_ ids: [Int], _ what: String, _ error: inout EvaluationError) -> [Int: Int32] {
        var positions = [Int: Int32](minimumCapacity: ids.count)
        for (index, id) in ids.enumerated() {
            if positions.updateValue(Int32(index), forKey: id) != nil { error.add("\(what) \(id) appears twice") }
        }
        return positions
    }

    /// Positions sorted by (major, minor) key, stably: two counting sorts, the minor key first.
    private static func order(_ major: [Int32], _ majorCount: Int, _ minor: [Int32], _ minorCount: Int) -> [Int32] {
        let byMinor = countingSort(Array(0..<Int32(major.count)), by: minor, keyCount: minorCount)
        return countingSort(byMinor, by: major, keyCount: majorCount)
    }

    private static func countingSort(_ items: [Int32], by keys: [Int32], keyCount: Int) -> [Int32] {
        var next = [Int](repeating: 0, count: keyCount + 1)
        for item in items { next[Int(keys[Int(item)]) + 1] += 1 }
        for key in 0..<keyCount { next[key + 1] += next[key] }
        var sorted = [Int32](repeating: 0, count: items.count)
        for item in items {
            let key = Int(keys[Int(item)])
            sorted[next[key]] = item
            next[key] += 1
        }
        return sorted
    }
}
