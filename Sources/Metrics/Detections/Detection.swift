/// One box that a detector reports: where, of which category, and how sure it is.
public struct Detection: Hashable, Sendable {
    /// Which image it is in.
    public var imageID: Int
    /// What it is taken for.
    public var categoryID: Int
    /// Where it is.
    public var box: BoundingBox
    /// Any finite number; larger is surer.
    public var score: Double

    /// A detection of an image and a category that the ground truth has.
    public init(imageID: Int, categoryID: Int, box: BoundingBox, score: Double) {
        self.imageID = imageID
        self.categoryID = categoryID
        self.box = box
        self.score = score
    }
}
