extension DetectionLoss {
    /// Sums one image's parts of the loss and writes its gradients, after `assign` and `normalise`.
    package func accumulate(image: Int, levels: [LevelMap], workspace: DetectionLossWorkspace) {
        var items = Items.zero
        let scale = Float(workspace.imageCount) / workspace.normaliser
        for level in levels {
            items.cls += crossEntropyOfZero(image: image, level: level, scale: gains.cls * scale)
        }
        let assignments = workspace.assignments + image * workspace.anchorCount
        for i in 0..<workspace.assignmentCount[image] where assignments[i].weight > 0 {
            let assignment = assignments[i]
            let truth = workspace.truths[assignment.truth]
            let place = place(of: assignment.anchor, in: levels)
            let level = levels[place.level]
            let logits = level.logits(image: image, anchor: place.cell)
            let gradient = level.gradients(image: image, anchor: place.cell)

            let channel = LevelMap.boxChannels + truth.classIndex
            // With target t the cross entropy is that of target 0 less x·t.
            items.cls -= Double(logits[channel] * assignment.weight)
            if let gradient {
                gradient[channel] = (Logistic.sigmoid(logits[channel]) - assignment.weight) * (gains.cls * scale)
            }
            let point = SIMD2(Float(place.column) + 0.5, Float(place.row) + 0.5)
            accumulateBox(
                logits: logits, gradient: gradient, point: point, target: truth.corners / Float(strides[place.level]),
                weight: assignment.weight, scale: scale, into: &items)
        }
        workspace.partial[image].items = items
    }

    /// Binary cross entropy of all class logits of a level with target 0; writes its gradient, and 0 for the box logits.
    private func crossEntropyOfZero(image: Int, level: LevelMap, scale: Float) -> Double {
        let tail = classCount % Lanes.scalarCount
        let whole = classCount - tail
        var sum = 0.0
        for row in 0..<level.height {
            var rowSum = Lanes.zero
            for cell in row * level.width..<(row + 1) * level.width {
                let logits = level.logits(image: image, anchor: cell) + LevelMap.boxChannels
                let gradient = level.gradients(image: image, anchor: cell)
                gradient?.update(repeating: 0, count: LevelMap.boxChannels)
                let classGradient = gradient.map { $0 + LevelMap.boxChannels }
                var channel = 0
                while channel < whole {
                    let x = Logistic.crossEntropyOfZero(logits.lanes(at: channel))
                    rowSum += x.loss
                    classGradient?.store(x.sigmoid * scale, at: channel)
                    channel += Lanes.scalarCount
                }
                if tail > 0 {
                    // A logit of −200 adds nothing.
                    let x = Logistic.crossEntropyOfZero(logits.lanes(at: channel, count: tail, filler: -200))
                    rowSum += x.loss
                    if let classGradient {
                        let values = x.sigmoid * scale
                        for i in 0..<tail { classGradient[channel + i] = values[i] }
                    }
                }
            }
            sum += Double(DistanceDistribution.total(rowSum))
        }
        return sum
    }

    /// Adds an assigned anchor's box and distribution parts and writes the gradient of its 64 box logits.
    private func accumulateBox(
        logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?, point: SIMD2<Float>,
        target: SIMD4<Float>, weight: Float, scale: Float, into items: inout Items
    ) {
        let bins = LevelMap.binCount
        let left = DistanceDistribution(logits)
        let top = DistanceDistribution(logits + bins)
        let right = DistanceDistribution(logits + 2 * bins)
        let bottom = DistanceDistribution(logits + 3 * bins)
        let box = SIMD4(
            point.x - left.distance, point.y - top.distance, point.x + right.distance, point.y + bottom.distance)
        let iou = CompleteIoU.valueAndGradient(box, target: target)
        items.box += Double((1 - iou.value) * weight)

        let goal = SIMD4(lowHalf: point - target.lowHalf, highHalf: target.highHalf - point)
            .clamped(lowerBound: SIMD4(repeating: 0), upperBound: SIMD4(repeating: 14.99))
        let entropy =
            (left.crossEntropy(logits, target: goal.x) + top.crossEntropy(logits + bins, target: goal.y)
                + right.crossEntropy(logits + 2 * bins, target: goal.z)
                + bottom.crossEntropy(logits + 3 * bins, target: goal.w)) / 4
        items.dfl += Double(entropy * weight)

        guard let gradient else { return }
        // 1 − CIoU falls with CIoU; the left and upper corners fall with their distances.
        let corners = iou.gradient * (gains.box * weight * scale)
        let entropyGain = gains.dfl * weight * scale / 4
        left.storeGradient(to: gradient, target: goal.x, distanceGain: corners.x, entropyGain: entropyGain)
        top.storeGradient(to: gradient + bins, target: goal.y, distanceGain: corners.y, entropyGain: entropyGain)
        right.storeGradient(
            to: gradient + 2 * bins, target: goal.z, distanceGain: -corners.z, entropyGain: entropyGain)
        bottom.storeGradient(
            to: gradient + 3 * bins, target: goal.w, distanceGain: -corners.w, entropyGain: entropyGain)
    }
}
