public import Metrics

extension GroundTruth {
    /// The labels of a split in pixels of the original images; ids are positions, ignored regions are crowds.
    ///
    /// A detection on a crowd counts neither as right nor as wrong. For Pascal VOC's difficult objects that is more than
    /// the challenge grants: it forgives what overlaps the object, and this what lies inside it.
    public init(_ source: any DetectionSource) {
        var boxes: [GroundTruthBox] = []
        for image in 0..<source.count {
            let size = source.size(at: image)
            func add(_ label: Label, isCrowd: Bool) {
                let box = PixelBox(label, in: size)
                boxes.append(
                    GroundTruthBox(
                        id: boxes.count + 1, imageID: image, categoryID: label.classIndex,
                        box: BoundingBox(box),
                        area: label.area.map(Double.init), isCrowd: isCrowd))
            }
            for label in source.labels(at: image) { add(label, isCrowd: false) }
            for region in source.ignoredRegions(at: image) { add(region, isCrowd: true) }
        }
        self.init(
            images: Array(0..<source.count),
            categories: source.classNames.enumerated().map { Category(id: $0, name: $1) }, boxes: boxes)
    }
}

extension BoundingBox {
    /// A loader's box, in the same pixels.
    package init(_ box: PixelBox) {
        self.init(left: Double(box.left), top: Double(box.top), right: Double(box.right), bottom: Double(box.bottom))
    }
}
