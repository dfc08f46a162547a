public import Engine

/// A network built from its description: a graph for one image size, with what its rows became.
public struct Network: Sendable {
    /// What it was built from.
    public let description: ModelDescription
    /// As given to the initializer.
    public let options: ModelOptions
    /// The scale that was chosen.
    public let scale: Scale
    /// Number of classes.
    public let classCount: Int
    /// Such as `yolo11n-ghostnetv2`.
    public let name: String
    /// Input: one image H×W×3. Outputs: for a detector one map for each level, of 64 box logits (left, top, right, bottom,
    /// 16 bins each) and then `classCount` class logits; for a classifier 1×1×`classCount`.
    public private(set) var graph: Graph
    /// Input pixels for each cell of the outputs: 8, 16 and 32; empty for classifiers.
    public let strides: [Int]
    /// One for each row of the description.
    public let rows: [RowSummary]
    /// Batch norms that Ultralytics' counter does not see.
    let uncountedNormalizations: Set<String>

    /// Builds the network.
    /// - Throws: `ModelError`: a scale that is missing or unknown, an image size that does not fit, an option that no module
    ///   reads, rows whose shapes do not fit (with file, line and column).
    public init(description: ModelDescription, options: ModelOptions = ModelOptions()) throws(ModelError) {
        self.description = description
        self.options = options
        scale = try description.scale(options.scale)
        classCount = options.classCount ?? description.classCount
        name = description.name(at: scale)
        try Self.check(options, for: description)
        let tracer = Tracer(
            description: description, scale: scale, classCount: classCount, options: options.backbone,
            imageHeight: options.imageHeight, imageWidth: options.imageWidth)
        let result = try tracer.result()
        graph = result.graph
        rows = result.rows
        uncountedNormalizations = result.uncountedNormalizations
        strides = description.isDetector ? result.graph.outputs.map { options.imageHeight / $0.shape.height } : []
    }

    /// The same network for another image size, with the same parameters in the same order.
    /// - Throws: `ModelError` for a size that does not fit.
    public func resized(height: Int, width: Int) throws(ModelError) -> Network {
        var options = options
        options.imageHeight = height
        options.imageWidth = width
        return try Network(description: description, options: options)
    }

    /// The same network in which the weights and biases of some rows are not trained; their batch norms' running statistics
    /// move as ever.
    /// - Throws: `ModelError` for a row that does not exist, and when nothing would be left to train.
    public func freezing(rows frozen: [Int]) throws(ModelError) -> Network {
        guard !frozen.isEmpty else { return self }
        guard let last = frozen.max(), last < rows.count, frozen.allSatisfy({ $0 >= 0 }) else {
            let wrong = frozen.filter { !rows.indices.contains($0) }.map(String.init).joined(separator: ", ")
            throw ModelError("row \(wrong) cannot be frozen: \(name) has the rows 0 to \(rows.count - 1)")
        }
        let prefixes = frozen.map { "model.\($0)." }
        var network = self
        network.graph = graph.freezing { parameter in prefixes.contains { parameter.name.hasPrefix($0) } }
        guard network.graph.parameters.contains(where: { $0.isTrainable && !$0.isFrozen }) else {
            throw ModelError("nothing of \(name) is left to train: every row with weights is frozen")
        }
        return network
    }

    /// The shortest side that an image may have, in pixels: 32 for detectors, 64 with DFC attention at stride 32.
    public var smallestSide: Int {
        let tracer = Tracer(
            description: description, scale: scale, classCount: classCount, options: options.backbone,
            imageHeight: options.imageHeight, imageWidth: options.imageWidth)
        return tracer.smallestSide(step: description.isDetector ? 32 : 1) ?? options.imageHeight
    }

    /// Says everything about the function that the network computes and about its first weights, and nothing else: two
    /// networks with one signature are the same network.
    public var signature: String { graph.signature }

    /// Parameters as PyTorch counts them.
    public var parameterCount: Int { graph.parameterCount }

    /// Parameters of the backbone alone, without SPPF and C2PSA, which the GhostNet networks share with YOLO11.
    public var backboneParameterCount: Int { rows.reduce(0) { $0 + ($1.isBackbone ? $1.parameterCount : 0) } }

    /// Where the backbone has DFC attention; `nil` for backbones that are no GhostNet.
    public var dfcPlacement: DFCPlacement? {
        for row in description.rows {
            switch Module.named(row.module)?.name {
            case Module.ghostNetV1.name: return DFCPlacement.none
            case Module.ghostNetV2.name: return options.backbone.dfc ?? row.options.dfc ?? .expanded
            default: continue
            }
        }
        return nil
    }

    private static func check(_ options: ModelOptions, for description: ModelDescription) throws(ModelError) {
        var problems: [ModelProblem] = []
        if let classCount = options.classCount, classCount < 1 {
            problems.append(ModelProblem("nc is \(classCount), expected a whole number above 0"))
        }
        for (side, size) in [("height", options.imageHeight), ("width", options.imageWidth)] {
            if size < 1 {
                problems.append(ModelProblem("the image \(side) is \(size), expected a number of pixels above 0"))
            } else if description.isDetector, size % 32 != 0 {
                let lower = size / 32 * 32
                let near = lower == 0 ? "32" : "\(lower) or \(lower + 32)"
                problems.append(ModelProblem("the image \(side) is \(size), expected a multiple of 32 such as \(near)"))
            }
        }
        let read = description.rows.compactMap { Module.named($0.module) }.flatMap(\.options)
        let unread = options.backbone.entries.map(\.name).filter { !read.contains($0) }
        for name in unread {
            let readers = Module.all.filter { $0.options.contains(name) }.map(\.name).joined(separator: ", ")
            problems.append(
                ModelProblem("\(description.file) does not read the option \(name); modules that do: \(readers)"))
        }
        guard problems.isEmpty else { throw ModelError(problems) }
    }
}

extension Tracer {
    /// The traced network; a map that is too small for DFC becomes an error that names the smallest image.
    fileprivate func result() throws(ModelError) -> Result {
        do {
            return try trace()
        } catch let error as ModelError {
            throw error
        } catch let error as MapTooSmall {
            let step = description.isDetector ? 32 : 1
            let size = smallestSide(step: step).map { ": it needs images of at least \($0) px a side" } ?? ""
            throw ModelError(
                "\(error.node): DFC's 2×2 pooling does not fit a map of \(error.shape.height)×\(error.shape.width) "
                    + "at an image size of \(imageHeight)×\(imageWidth)\(size)")
        } catch {
            throw ModelError("\(error)")
        }
    }

    /// The smallest square image that can be traced.
    fileprivate func smallestSide(step: Int) -> Int? {
        stride(from: step, through: 1024, by: step).first { (try? at(height: $0, width: $0).trace()) != nil }
    }

    /// The same network for another image size.
    func at(height: Int, width: Int) -> Tracer {
        Tracer(
            description: description, scale: scale, classCount: classCount, options: options, imageHeight: height,
            imageWidth: width)
    }
}
