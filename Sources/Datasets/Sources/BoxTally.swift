/// Takes boxes in pixels as other formats have them, and counts what is odd about them.
///
/// What sticks out of the image is cut off, and boxes without area are left out: data sets of these formats have some of
/// both, and other programs read them so. Both are warned of. A box that lies outside altogether is a problem.
struct BoxTally {
    private var clippedCount = 0
    private var emptyCount = 0
    private var firstClipped: DatasetError.Problem?
    private var firstEmpty: DatasetError.Problem?

    /// The label of a box, or nil if it has none.
    ///
    /// - Parameter place: file, line and what to call the box.
    mutating func label(
        classIndex: Int, left: Double, top: Double, right: Double, bottom: Double, in size: ImageSize,
        at place: DatasetError.Problem, problems: inout ProblemList
    ) -> Label? {
        let (width, height) = (Double(size.width), Double(size.height))
        if right <= left || bottom <= top {
            emptyCount += 1
            if firstEmpty == nil { firstEmpty = place }
            return nil
        }
        let (x1, y1) = (max(left, 0), max(top, 0))
        let (x2, y2) = (min(right, width), min(bottom, height))
        if x2 <= x1 || y2 <= y1 {
            problems.add(
                file: place.file, line: place.line,
                "\(place.message): the box from (\(left), \(top)) to (\(right), \(bottom)) lies outside the image of \(size)"
            )
            return nil
        }
        // Rounding of a pixel is no mistake of the data.
        if min(left, top) < -1 || right > width + 1 || bottom > height + 1 {
            clippedCount += 1
            if firstClipped == nil { firstClipped = place }
        }
        return Label(
            classIndex: classIndex, centerX: Float((x1 + x2) / 2 / width), centerY: Float((y1 + y2) / 2 / height),
            width: Float((x2 - x1) / width), height: Float((y2 - y1) / height))
    }

    /// What was odd, one sentence each.
    func warnings(for split: String) -> [DatasetError.Problem] {
        var warnings: [DatasetError.Problem] = []
        func warn(_ count: Int, _ first: DatasetError.Problem?, _ what: (Int) -> String, _ suggestion: String) {
            guard let first else { return }
            warnings.append(
                DatasetError.Problem(
                    file: first.file, line: first.line,
                    message: "\(split) has \(what(count)), the first: \(first.message)",
                    suggestion: suggestion))
        }
        warn(
            clippedCount, firstClipped,
            { "\($0) \($0 == 1 ? "box that sticks" : "boxes that stick") out of the image" }, "cut off")
        warn(emptyCount, firstEmpty, { "\($0) \($0 == 1 ? "box" : "boxes") without area" }, "left out")
        return warnings
    }
}
