/// One detection: a box by its corners in pixels, its class and its score.
public struct DetectedBox: Sendable, Equatable {
    /// Left edge.
    public var x1: Float
    /// Upper edge.
    public var y1: Float
    /// Right edge.
    public var x2: Float
    /// Lower edge.
    public var y2: Float
    /// Confidence, 0 to 1.
    public var score: Float
    /// Class, from 0.
    public var classIndex: Int

    /// A detection from its corners, score and class.
    public init(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classIndex: Int) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
        self.score = score
        self.classIndex = classIndex
    }
}
