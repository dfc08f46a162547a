import Foundation

extension DetectionLoss {
    typealias Workspace = DetectionLossWorkspace

    /// Gives anchors of one image to its targets (task-aligned assignment, arXiv 2108.07755).
    ///
    /// Only pairs whose anchor point lies inside the target's box count; all others have metric and overlap 0. A target
    /// proposes its `topK` anchors of largest positive metric, the first of equals. An anchor that several targets
    /// propose goes to the one that overlaps its predicted box most, among all targets of the image.
    ///
    /// A target with fewer positive metrics proposes fewer. PyTorch's assigner fills up with zeros in an order that its
    /// sort leaves open; such a proposal never gets a weight, but can make an anchor of another target contested.
    package func assign(image: Int, levels: [LevelMap], workspace: DetectionLossWorkspace) {
        let anchorCount = workspace.anchorCount
        let anchors = workspace.anchors + image * anchorCount
        let assignments = workspace.assignments + image * anchorCount
        let truths = workspace.truths
        let range = workspace.truthStart[image]..<workspace.truthStart[image + 1]
        workspace.partial[image] = Workspace.Partial()
        workspace.assignmentCount[image] = 0
        if range.isEmpty { return }
        anchors.initialize(repeating: Workspace.Anchor(), count: anchorCount)

        var count = 0
        for index in range where truths[index].isValid {
            let proposals = workspace.proposals + image * topK
            let proposed = propose(
                for: truths[index], image: image, levels: levels, anchors: anchors, into: proposals)
            for proposal in UnsafeBufferPointer(start: proposals, count: proposed) {
                let isFirst = anchors[proposal.anchor].claims == 0
                anchors[proposal.anchor].claims = isFirst ? 1 : 2
                guard isFirst else { continue }
                (assignments + count).initialize(
                    to: Workspace.Assignment(
                        anchor: proposal.anchor, truth: index, metric: proposal.metric, overlap: proposal.overlap))
                count += 1
            }
        }
        for i in 0..<count where anchors[assignments[i].anchor].claims > 1 {
            resolve(&assignments[i], truths: range, image: image, levels: levels, workspace: workspace)
        }
        workspace.assignmentCount[image] = count

        for i in 0..<count {
            let given = assignments[i]
            truths[given.truth].bestMetric = max(truths[given.truth].bestMetric, given.metric)
            truths[given.truth].bestOverlap = max(truths[given.truth].bestOverlap, given.overlap)
        }
        var sum = 0.0
        for i in 0..<count {
            let given = assignments[i]
            let truth = truths[given.truth]
            assignments[i].weight = given.metric * truth.bestOverlap / (truth.bestMetric + 1e-9)
            sum += Double(assignments[i].weight)
        }
        workspace.partial[image].targetSum = sum
    }

    /// Finds the anchors of largest metric for a target, sorted by falling metric, and returns their number.
    private func propose(
        for truth: Workspace.Truth, image: Int, levels: [LevelMap], anchors: UnsafeMutablePointer<Workspace.Anchor>,
        into proposals: UnsafeMutablePointer<Workspace.Proposal>
    ) -> Int {
        var count = 0
        var first = 0
        for (level, stride) in zip(levels, strides) {
            let rows = Self.cells(from: truth.corners.y, to: truth.corners.w, stride: stride, count: level.height)
            let columns = Self.cells(from: truth.corners.x, to: truth.corners.z, stride: stride, count: level.width)
            for row in rows {
                for column in columns where Self.lies(row: row, column: column, stride: stride, in: truth.corners) {
                    let cell = row * level.width + column
                    let logits = level.logits(image: image, anchor: cell)
                    let anchor = anchors + (first + cell)
                    if !anchor.pointee.isDecoded {
                        Self.decode(logits, row: row, column: column, stride: stride, into: anchor)
                    }
                    let pair = align(anchor.pointee, with: truth, logits: logits)
                    guard pair.metric > 0, count < topK || pair.metric > proposals[count - 1].metric else { continue }
                    var place = count < topK ? count : topK - 1
                    while place > 0, pair.metric > proposals[place - 1].metric {
                        proposals[place] = proposals[place - 1]
                        place -= 1
                    }
                    proposals[place] = Workspace.Proposal(
                        metric: pair.metric, overlap: pair.overlap, anchor: first + cell)
                    count = min(count + 1, topK)
                }
            }
            first += level.anchorCount
        }
        return count
    }

    /// Gives an anchor that several targets want to the one of largest overlap, the first of equals.
    private func resolve(
        _ assignment: inout Workspace.Assignment, truths range: Range<Int>, image: Int, levels: [LevelMap],
        workspace: Workspace
    ) {
        let anchor = workspace.anchors[image * workspace.anchorCount + assignment.anchor]
        let place = place(of: assignment.anchor, in: levels)
        let logits = levels[place.level].logits(image: image, anchor: place.cell)
        var best = Workspace.Assignment(
            anchor: assignment.anchor, truth: assignment.truth, metric: assignment.metric, overlap: -1)
        for index in range where workspace.truths[index].isValid {
            let truth = workspace.truths[index]
            guard Self.lies(row: place.row, column: place.column, stride: strides[place.level], in: truth.corners)
            else {
                continue
            }
            let pair = align(anchor, with: truth, logits: logits)
            if pair.overlap > best.overlap {
                best.truth = index
                best.metric = pair.metric
                best.overlap = pair.overlap
            }
        }
        assignment = best
    }

    /// Metric and overlap of an anchor and a target that it lies inside of.
    @inline(__always)
    private func align(
        _ anchor: Workspace.Anchor, with truth: Workspace.Truth, logits: UnsafePointer<Float>
    ) -> (metric: Float, overlap: Float) {
        let overlap = CompleteIoU.value(
            truth.corners, angle: truth.angle, anchor.corners, angle: anchor.angle)
        guard overlap > 0 else { return (0, 0) }
        let score = Logistic.sigmoid(logits[LevelMap.boxChannels + truth.classIndex])
        return (Self.power(score, alpha) * Self.power(overlap, beta), overlap)
    }

    /// x^exponent for x ≥ 0; the usual exponents without a call of `pow`.
    @inline(__always)
    private static func power(_ x: Float, _ exponent: Float) -> Float {
        if exponent == 0.5 { return x.squareRoot() }
        if exponent == 6 {
            let square = Double(x) * Double(x)
            return Float(square * square * square)
        }
        return pow(x, exponent)
    }

    /// Predicted corners in pixels.
    @inline(__always)
    private static func decode(
        _ logits: UnsafePointer<Float>, row: Int, column: Int, stride: Int,
        into anchor: UnsafeMutablePointer<Workspace.Anchor>
    ) {
        let distances = DistanceDistribution.distances(logits)
        let point = SIMD2(Float(column) + 0.5, Float(row) + 0.5)
        let corners = SIMD4(lowHalf: point - distances.lowHalf, highHalf: point + distances.highHalf) * Float(stride)
        anchor.pointee.corners = corners
        anchor.pointee.angle = CompleteIoU.angle(corners)
        anchor.pointee.isDecoded = true
    }

    /// Whether the centre of a cell lies inside a box, more than 1e-9 px from every side.
    @inline(__always)
    private static func lies(row: Int, column: Int, stride: Int, in box: SIMD4<Float>) -> Bool {
        let x = (Float(column) + 0.5) * Float(stride)
        let y = (Float(row) + 0.5) * Float(stride)
        return min(min(x - box.x, y - box.y), min(box.z - x, box.w - y)) > 1e-9
    }

    /// Cells that may have their centre between two positions in pixels, one more at each end.
    private static func cells(from low: Float, to high: Float, stride: Int, count: Int) -> Range<Int> {
        let first = index(low / Float(stride) - 1.5, below: count)
        let end = index(high / Float(stride) + 1.5, below: count)
        return first..<max(first, end)
    }

    /// ⌊x⌋ kept inside 0…count; NaN becomes 0.
    private static func index(_ x: Float, below count: Int) -> Int {
        guard x > 0 else { return 0 }
        return x < Float(count) ? Int(x) : count
    }

    /// Level, cell, row and column of an anchor.
    func place(of anchor: Int, in levels: [LevelMap]) -> (level: Int, cell: Int, row: Int, column: Int) {
        var cell = anchor
        var level = 0
        while cell >= levels[level].anchorCount {
            cell -= levels[level].anchorCount
            level += 1
        }
        return (level, cell, cell / levels[level].width, cell % levels[level].width)
    }
}
