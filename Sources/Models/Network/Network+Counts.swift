import Engine

extension Network {
    /// Multiply-accumulates of convolutions and products of one image, as papers on classifiers count them.
    public var multiplyAccumulates: Int { graph.cost.convolutionMACs + graph.cost.productMACs }

    /// 2 · multiply-accumulates of the convolutions at the network's image size, in 10⁹; decoding is no part of it.
    public var gigaflops: Double { Double(2 * graph.cost.convolutionMACs) / 1e9 }

    /// `gigaflops` with attention and linear layers.
    public var gigaflopsWithProducts: Double { Double(2 * multiplyAccumulates) / 1e9 }

    /// Scalars of a weight file: parameters and running statistics.
    public var weightCount: Int { graph.parameters.reduce(0) { $0 + $1.elementCount } }

    /// Parameters of DFC attention; `nil` for networks that are not meant to have any.
    public var attentionParameterCount: Int? {
        guard let placement = dfcPlacement, placement != .none else { return nil }
        return graph.parameters.filter { $0.isCounted && $0.name.contains(".\(DFCBranch.path).") }
            .reduce(0) { $0 + $1.elementCount }
    }

    /// What Ultralytics 8.3.0 with its counter (ultralytics-thop 2.0) prints for a detector, in 10⁹; `nil` for classifiers.
    ///
    /// It counts convolutions with DFL's, 4 for each scalar into a batch norm and 1 for each scalar out of an Upsample row,
    /// on one image of 32×32, and scales the sum by the area: what runs once an image, as squeeze-excite does, is charged
    /// for every 32×32 tile. Only where 32×32 cannot be run, as with DFC, it counts at the real size.
    public var gigaflopsUltralytics: Double? {
        guard description.isDetector else { return nil }
        let tracer = Tracer(
            description: description, scale: scale, classCount: classCount, options: options.backbone, imageHeight: 32,
            imageWidth: 32)
        guard let tile = try? tracer.trace() else {
            return Double(Self.ultralyticsOperations(graph, rows: rows, except: uncountedNormalizations)) / 1e9 * 2
        }
        let operations = Self.ultralyticsOperations(tile.graph, rows: tile.rows, except: tile.uncountedNormalizations)
        return Double(operations) / 1e9 * 2 * Double(options.imageHeight) / 32 * Double(options.imageWidth) / 32
    }

    private static func ultralyticsOperations(_ graph: Graph, rows: [RowSummary], except uncounted: Set<String>) -> Int
    {
        var operations = 0
        for row in rows {
            for node in graph.nodes[row.nodes] {
                let cost = graph.cost(of: node)
                operations += cost.convolutionMACs
                let norm = (node.operation as? Convolution)?.normalization?.name
                if norm.map({ !uncounted.contains($0) }) ?? true { operations += 4 * cost.normalizedElements }
                if row.module == Module.upsample.name { operations += cost.upsampledElements }
            }
        }
        let anchors = graph.outputs.reduce(0) { $0 + $1.shape.pixelCount }
        return operations + LevelMap.boxChannels * anchors
    }
}
