public import Engine

/// What one row of a network became.
public struct RowSummary: Hashable, Sendable {
    /// The row's number, as in weight names.
    public let index: Int
    /// The layer indices that it fills; more than one for a backbone.
    public let layers: Range<Int>
    /// As the row says, relative or absolute.
    public let from: [Int]
    /// After scaling by the depth.
    public let repeats: Int
    /// The module's name, never an alias.
    public let module: String
    /// As the row says, before scaling.
    public let arguments: [String]
    /// The shapes of its outputs; several for a backbone and for Detect.
    public let outputs: [Shape]
    /// As PyTorch counts them.
    public let parameterCount: Int
    /// One forward pass of one image.
    public let cost: Cost
    /// Whether it belongs to the backbone alone: SPPF and C2PSA do not, although files list them there.
    public let isBackbone: Bool
    /// Its nodes in the graph.
    public let nodes: Range<Int>
}
