import Engine

/// Turns the rows of a description into a graph for one image size.
struct Tracer {
    let description: ModelDescription
    let scale: Scale
    let classCount: Int
    let options: BackboneOptions
    let imageHeight: Int
    let imageWidth: Int

    /// What tracing gives.
    struct Result {
        var graph: Graph
        var rows: [RowSummary]
        var uncountedNormalizations: Set<String>
    }

    /// - Throws: `ModelError` with the row's place, or `MapTooSmall` with the node.
    func trace() throws -> Result {
        var builder = GraphBuilder()
        let image = builder.input(Shape(height: imageHeight, width: imageWidth, channels: 3))
        // The outputs of every layer so far; nil is the empty place in front of a backbone's maps.
        var layers: [Value?] = []
        var spans: [Span] = []
        var uncounted: Set<String> = []
        for (number, row) in description.rows.enumerated() {
            guard let module = Module.named(row.module) else {
                throw ModelError("there is no module \(row.module)", at: row.place)
            }
            let inputs = try self.inputs(of: row, module: module, layers: layers, image: image)
            let nodesBefore = builder.finish(outputs: []).nodes.count
            let parametersBefore = builder.finish(outputs: []).parameters.count
            let outputs: [Value]
            do {
                let path = description.namesRows ? "model.\(number)" : ""
                (outputs, builder) = try build(
                    row, module: module, inputs: inputs, path: path, builder: builder, uncounted: &uncounted)
            } catch let error as GraphError {
                throw ModelError("\(module.name): \(error)", at: row.place)
            } catch let error as ModelError {
                throw ModelError(
                    error.problems.map { ModelProblem("\(module.name): \($0.message)", at: $0.place ?? row.place) })
            }
            let first = layers.count
            switch module.yield {
            case .map: layers += outputs.map { $0 }
            case .pyramid: layers += Array(repeating: nil, count: max(0, 5 - outputs.count)) + outputs.map { $0 }
            case .predictions: layers.append(nil)
            }
            let after = builder.finish(outputs: [])
            spans.append(
                Span(
                    layers: first..<layers.count, outputs: outputs, module: module,
                    nodes: nodesBefore..<after.nodes.count,
                    parameters: parametersBefore..<after.parameters.count))
        }
        guard let last = spans.last else { throw ModelError("\(description.file) has no rows") }
        let graph = builder.finish(outputs: last.outputs)
        return Result(graph: graph, rows: summaries(spans, of: graph), uncountedNormalizations: uncounted)
    }

    /// What one row appended.
    private struct Span {
        var layers: Range<Int>
        var outputs: [Value]
        var module: Module
        var nodes: Range<Int>
        var parameters: Range<Int>
    }

    private func inputs(of row: Row, module: Module, layers: [Value?], image: Value) throws(ModelError) -> [Value] {
        guard row.from.count == 1 || module.takesList else {
            throw ModelError("\(module.name) reads one layer, not \(row.from)", at: row.place)
        }
        var inputs: [Value] = []
        for index in row.from {
            let layer = index < 0 ? layers.count + index : index
            if layer == -1, layers.isEmpty {
                inputs.append(image)
                continue
            }
            guard layers.indices.contains(layer) else {
                let range =
                    layers.isEmpty
                    ? "only -1, the image, can be read here" : "layers 0 to \(layers.count - 1) can be read here"
                throw ModelError(
                    "layer \(index) does not exist: this row is layer \(layers.count), \(range)", at: row.place)
            }
            guard let value = layers[layer] else {
                throw ModelError(
                    "layer \(layer) holds no map: it stands before a backbone's maps, or is a head", at: row.place)
            }
            inputs.append(value)
        }
        return inputs
    }

    private func build(
        _ row: Row, module: Module, inputs: [Value], path: String, builder: GraphBuilder, uncounted: inout Set<String>
    ) throws -> ([Value], GraphBuilder) {
        let repeats = scale.repeats(row.repeats)
        var layer = Layer(
            builder: builder, inputs: inputs, path: path,
            arguments: ModuleArguments(row.arguments, of: module, scale: scale, classCount: classCount),
            repeats: repeats, scale: scale, options: options(of: row, module: module), classCount: classCount,
            imageHeight: imageHeight, imageWidth: imageWidth, isDetector: description.isDetector)
        var outputs: [Value]
        if module.repetition == .chained, repeats > 1 {
            outputs = inputs
            for index in 0..<repeats {
                layer.inputs = outputs
                layer.path = path.isEmpty ? "\(index)" : "\(path).\(index)"
                outputs = try module.build(&layer)
            }
        } else {
            outputs = try module.build(&layer)
        }
        uncounted.formUnion(layer.uncountedNormalizations)
        return (outputs, layer.builder)
    }

    /// The row's own options under the caller's, as far as the module reads them.
    private func options(of row: Row, module: Module) -> BackboneOptions {
        options.restricted(to: module.options).over(row.options)
    }

    private func summaries(_ spans: [Span], of graph: Graph) -> [RowSummary] {
        zip(description.rows, spans).enumerated().map { number, pair in
            let (row, span) = pair
            let parameters = graph.parameters[span.parameters]
            return RowSummary(
                index: number, layers: span.layers, from: row.from, repeats: scale.repeats(row.repeats),
                module: span.module.name, arguments: row.arguments.map(\.value.description),
                outputs: span.outputs.map(\.shape),
                parameterCount: parameters.reduce(0) { $0 + ($1.isCounted ? $1.elementCount : 0) },
                cost: graph.nodes[span.nodes].reduce(into: Cost()) { $0 += graph.cost(of: $1) },
                isBackbone: number < description.backbone.count && !span.module.belongsToNeck,
                nodes: span.nodes)
        }
    }
}
