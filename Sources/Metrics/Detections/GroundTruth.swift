/// One labelled object.
public struct GroundTruthBox: Hashable, Sendable {
    /// Number of the label, unique in its set.
    public var id: Int
    /// Which image it is in.
    public var imageID: Int
    /// What it is.
    public var categoryID: Int
    /// Where it is.
    public var box: BoundingBox
    /// Size in square pixels that decides whether the object is small, medium or large. COCO counts the object's mask
    /// here, which is smaller than the box; without masks it is the area of the box.
    public var area: Double
    /// Whether the box surrounds a group that was not labelled one by one: it may be found any number of times, and
    /// finding it counts neither for nor against a detector.
    public var isCrowd: Bool

    /// - Parameter area: in square pixels; the area of the box when left out.
    public init(id: Int, imageID: Int, categoryID: Int, box: BoundingBox, area: Double? = nil, isCrowd: Bool = false) {
        self.id = id
        self.imageID = imageID
        self.categoryID = categoryID
        self.box = box
        self.area = area ?? box.area
        self.isCrowd = isCrowd
    }
}

/// The labels of a set of images: what detections are held against.
public struct GroundTruth: Hashable, Sendable {
    /// A kind of object.
    public struct Category: Hashable, Sendable {
        /// Number of the category, unique in its set.
        public var id: Int
        /// As people call it.
        public var name: String

        /// A category of a name.
        public init(id: Int, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// Numbers of all images, those without objects included.
    public var images: [Int]
    /// Kinds of objects, those without objects included.
    public var categories: [Category]
    /// The objects.
    public var boxes: [GroundTruthBox]

    /// Labels; whether they fit together is checked by what reads them.
    public init(images: [Int], categories: [Category], boxes: [GroundTruthBox]) {
        self.images = images
        self.categories = categories
        self.boxes = boxes
    }
}

/// Labels and detections that do not fit together, or numbers that cannot be evaluated: every problem found, at most
/// twenty of them spelt out.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence each.
    public private(set) var problems: [String] = []
    /// How many more problems there are than are spelt out.
    public private(set) var omitted = 0

    static let limit = 20

    mutating func add(_ problem: String) {
        if problems.count < Self.limit { problems.append(problem) } else { omitted += 1 }
    }

    /// The problems, a line each.
    public var description: String {
        problems.joined(separator: "\n") + (omitted > 0 ? "\nand \(omitted) more" : "")
    }
}
