import Foundation
import Models
import Testing

/// The detection loss against PyTorch's values, against finite differences, and against itself on several threads.
@Suite struct DetectionLossTests {
    private func run(
        _ golden: DetectionGolden.Case, _ maps: DetectionMaps, targets: [DetectionTarget]? = nil,
        workspace: DetectionLossWorkspace? = nil
    ) throws -> DetectionLoss.Items {
        DetectionLoss(classCount: golden.classes ?? 1).run(
            levels: maps.levels, imageCount: maps.imageCount, imageHeight: golden.height ?? 64,
            imageWidth: golden.width ?? 64, targets: try targets ?? golden.targets(),
            workspace: workspace ?? DetectionLossWorkspace(images: maps.imageCount, anchors: 100))
    }

    @Test func goldenFileIsRead() throws {
        #expect(try DetectionGolden.all().count == 23)
        #expect(DetectionGolden.cases("loss").count == 12)
    }

    @Test(arguments: DetectionGolden.cases("loss"), [0, 5])
    func agreesWithReference(golden: DetectionGolden.Case, gap: Int) throws {
        let maps = DetectionMaps(golden, gap: gap)
        let items = try run(golden, maps)
        let expected = try golden.numbers("items").map { Double($0) }
        for (ours, theirs) in zip([items.box, items.cls, items.dfl], expected) {
            #expect(abs(ours - theirs) <= 2e-5 * abs(theirs) + 1e-7, "items \(items), expected \(expected)")
        }
        for (level, stride) in [8, 16, 32].enumerated() {
            let theirs = try golden.numbers("gradient/\(stride)")
            let ours = maps.gradient(level: level)
            try #require(ours.count == theirs.count)
            let largest = theirs.reduce(0) { max($0, abs($1)) }
            var worst: Float = 0
            for (a, b) in zip(ours, theirs) { worst = max(worst, abs(a - b)) }
            #expect(worst <= 3e-5 * largest, "level \(stride): off by \(worst), largest gradient \(largest)")
            let map = maps.levels[level]
            #expect(maps.untouched(level: level) == map.imageStride * maps.imageCount - ours.count)
        }
    }

    /// Central differences of the loss in some hundred logits, with the assignment of the unchanged logits.
    ///
    /// α of CIoU is a constant for the gradient but not for the differences: the box part agrees roughly only.
    @Test(arguments: ["wide", "eighty classes", "crowded", "large logits"], [true, false])
    func gradientIsSlope(name: String, ofBoxes: Bool) throws {
        let golden = try #require(DetectionGolden.cases("loss").first { $0.name == name })
        let maps = DetectionMaps(golden)
        let targets = try golden.targets()
        let gains = ofBoxes ? DetectionLoss.Gains(cls: 0, dfl: 0) : .init(box: 0)
        let loss = DetectionLoss(classCount: golden.classes ?? 1, gains: gains)
        let workspace = DetectionLossWorkspace(images: maps.imageCount, anchors: 200)
        let images = maps.imageCount
        _ = loss.run(
            levels: maps.levels, imageCount: images, imageHeight: golden.height ?? 64, imageWidth: golden.width ?? 64,
            targets: targets, workspace: workspace)
        let gradients = (0..<3).map { maps.gradient(level: $0) }
        let largest = gradients.joined().reduce(0) { max($0, abs($1)) }
        var checked = 0
        for level in 0..<3 {
            // Every logit with a gradient worth the name, up to a limit.
            let indices = gradients[level].indices.filter { abs(gradients[level][$0]) > 0.02 * largest }
            for index in indices.prefix(120) {
                let step: Float = 0.02
                let value = maps[level, index]
                var sums: [Double] = []
                for sign in [Float(1), -1] {
                    maps[level, index] = value + sign * step
                    for image in 0..<images { loss.accumulate(image: image, levels: maps.levels, workspace: workspace) }
                    sums.append(loss.total(workspace).sum * Double(images))
                }
                let taken = Double(value + step) - Double(value - step)
                maps[level, index] = value
                let slope = (sums[0] - sums[1]) / taken
                let gradient = Double(gradients[level][index])
                #expect(
                    abs(slope - gradient) <= (ofBoxes ? 0.25 : 0.005) * abs(gradient) + 0.002 * Double(largest),
                    "level \(level), index \(index): slope \(slope), gradient \(gradient)")
                checked += 1
            }
        }
        #expect(checked > 50)
    }

    /// d CIoU with α kept, by central differences in double precision.
    @Test func overlapGradientIsSlope() {
        func value(_ a: [Double], _ b: [Double], alpha: Double) -> Double {
            let e = 1e-7
            let (w1, h1, w2, h2) = (a[2] - a[0], a[3] - a[1] + e, b[2] - b[0], b[3] - b[1] + e)
            let overlap = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
            let iou = overlap / (w1 * h1 + w2 * h2 - overlap + e)
            let (cw, ch) = (max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1]))
            let (dx, dy) = (b[0] + b[2] - a[0] - a[2], b[1] + b[3] - a[1] - a[3])
            let turn = atan(w2 / h2) - atan(w1 / h1)
            return iou - (dx * dx + dy * dy) / 4 / (cw * cw + ch * ch + e) - alpha * 4 * turn * turn / (.pi * .pi)
        }
        let stream = CounterStream("overlap")
        for trial in 0..<400 {
            let u = (0..<8).map { Double(stream[trial * 8 + $0]) }
            let a = [u[0] * 3, u[1] * 3, u[0] * 3 + 2.5 + 2 * u[2], u[1] * 3 + 2.5 + 2 * u[3]]
            let b = [u[4] * 3, u[5] * 3, u[4] * 3 + 2.5 + 2 * u[6], u[5] * 3 + 2.5 + 2 * u[7]]
            let box = SIMD4<Float>(Float(a[0]), Float(a[1]), Float(a[2]), Float(a[3]))
            let target = SIMD4<Float>(Float(b[0]), Float(b[1]), Float(b[2]), Float(b[3]))
            let result = CompleteIoU.valueAndGradient(box, target: target)
            #expect(abs(result.value - CompleteIoU.value(box, target)) < 1e-6)
            let v = value(a, b, alpha: 0) - value(a, b, alpha: 1)
            let overlap = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
            let areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
            let alpha = v / (v - overlap / (areas - overlap) + 1 + 1e-7)
            #expect(abs(Double(result.value) - value(a, b, alpha: alpha)) < 2e-6)
            for k in 0..<4 {
                var (up, down) = (a, a)
                up[k] += 1e-6
                down[k] -= 1e-6
                let slope = (value(up, b, alpha: alpha) - value(down, b, alpha: alpha)) / 2e-6
                #expect(abs(slope - Double(result.gradient[k])) < 1e-4, "trial \(trial), corner \(k)")
            }
        }
    }

    @Test func threadsDoNotChangeBits() throws {
        let golden = try #require(DetectionGolden.cases("loss").first { $0.name == "image without boxes" })
        let one = DetectionMaps(golden)
        let many = DetectionMaps(golden)
        let expected = try run(golden, one)
        let workspace = DetectionLossWorkspace(images: 3, anchors: 84)
        for _ in 0..<20 {
            let items = DetectionLoss(classCount: 3).run(
                levels: many.levels, imageCount: 3, imageHeight: 64, imageWidth: 64, targets: try golden.targets(),
                workspace: workspace
            ) { count, body in
                DispatchQueue.concurrentPerform(iterations: count) { body(count - 1 - $0) }
            }
            #expect(items == expected)
            for level in 0..<3 { #expect(many.gradient(level: level) == one.gradient(level: level)) }
        }
    }

    /// Batches of different sizes leave nothing behind in a workspace, whose first size was too small for all.
    @Test func workspaceForgets() throws {
        let shared = DetectionLossWorkspace(images: 1, anchors: 1)
        let cases = DetectionGolden.cases("loss")
        for golden in cases + cases.reversed() {
            let fresh = DetectionMaps(golden)
            let reused = DetectionMaps(golden)
            #expect(try run(golden, fresh) == run(golden, reused, workspace: shared))
            for level in 0..<3 { #expect(fresh.gradient(level: level) == reused.gradient(level: level)) }
        }
    }

    @Test func targetsMayMixImages() throws {
        let golden = try #require(DetectionGolden.cases("loss").first { $0.name == "tiny boxes" })
        let maps = DetectionMaps(golden)
        let expected = try run(golden, maps)
        let targets = try golden.targets()
        let first = targets.filter { $0.image == 0 }
        let second = targets.filter { $0.image == 1 }
        var mixed: [DetectionTarget] = []
        for i in 0..<max(first.count, second.count) {
            if i < second.count { mixed.append(second[i]) }
            if i < first.count { mixed.append(first[i]) }
        }
        #expect(try run(golden, maps, targets: mixed) == expected)
    }

    @Test func itemsNeedNoGradient() throws {
        for golden in DetectionGolden.cases("loss") {
            let maps = DetectionMaps(golden)
            let expected = try run(golden, maps)
            let levels = maps.levels.map { level in
                var level = level
                level.gradient = nil
                return level
            }
            let items = DetectionLoss(classCount: golden.classes ?? 1).run(
                levels: levels, imageCount: maps.imageCount, imageHeight: golden.height ?? 64,
                imageWidth: golden.width ?? 64, targets: try golden.targets(),
                workspace: DetectionLossWorkspace(images: maps.imageCount, anchors: 84))
            #expect(items == expected)
        }
    }

    /// A diverged network must show in the loss and must not end the process.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func brokenLogitsBreakTheLossOnly(value: Float) throws {
        let golden = try #require(DetectionGolden.cases("loss").first { $0.name == "wide" })
        let maps = DetectionMaps(images: 2, height: 64, width: 96, classes: 3) { _, _ in value }
        let items = try run(golden, maps)
        // Softmax of equal infinities is NaN; a class logit of −∞ alone is a score of 0 and costs nothing.
        #expect(value < 0 ? items.cls < 1e-30 : !items.cls.isFinite)
        let broken = DetectionTarget(image: 0, classIndex: 0, cx: .nan, cy: .infinity, w: 1e30, h: -1)
        #expect(try run(golden, maps, targets: [broken]).box == 0)
    }

    /// Gains act on the items and on the gradient alike.
    @Test func gainsScale() throws {
        let golden = try #require(DetectionGolden.cases("loss").first { $0.name == "one class" })
        let maps = DetectionMaps(golden)
        let expected = try run(golden, maps)
        let gradient = maps.gradient(level: 0)
        let items = DetectionLoss(classCount: 1, gains: .init(box: 15, cls: 1, dfl: 3)).run(
            levels: maps.levels, imageCount: 2, imageHeight: 64, imageWidth: 64, targets: try golden.targets(),
            workspace: DetectionLossWorkspace(images: 2, anchors: 84))
        #expect(items == .init(box: 2 * expected.box, cls: 2 * expected.cls, dfl: 2 * expected.dfl))
        #expect(maps.gradient(level: 0) == gradient.map { 2 * $0 })
    }
}
