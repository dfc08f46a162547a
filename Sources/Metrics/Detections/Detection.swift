/// One box that a detector reports: where, of which category, and how sure it is.
public struct Detection: Hashable, Sendable {
    public var imageID: Int
    public var categoryID: Int
    public var box: BoundingBox
    /// Any finite number; larger is surer.
    public var score: Double

    public init(imageID: Int, categoryID: Int, box: BoundingBox, score: Double) {
        self.imageID = imageID
        self.categoryID = categoryID
        self.box = box
        self.score = score
    }
}
