package import Datasets
package import Engine
package import Models

/// One network at several image sizes: all read the same weights and share the memory of their feature maps.
///
/// A size is traced and planned when it is first asked for. One size at a time can be used: what `input` and `forward`
/// of one detector left is gone once another has been filled.
package final class DetectorSizes {
    package let network: Network
    private let parameters: ParameterStore
    private let capacity: Int
    private let pool: ThreadPool
    private let gains: DetectionLoss.Gains
    private let workspace = DetectionLossWorkspace(images: 1, anchors: 1)
    private var memory: FeatureMemory?
    private var detectors: [ImageSize: InferenceDetector] = [:]

    /// - Parameters:
    ///   - capacity: the largest batch.
    ///   - sizes: prepared at once, so that one block of memory is enough for all of them.
    /// - Throws: `ModelError` for a size that the network cannot have.
    package init(
        _ network: Network, parameters: ParameterStore, capacity: Int, pool: ThreadPool,
        gains: DetectionLoss.Gains = DetectionLoss.Gains(), sizes: some Sequence<ImageSize>
    ) throws {
        self.network = network
        self.parameters = parameters
        self.capacity = capacity
        self.pool = pool
        self.gains = gains
        let networks = try sizes.map { try network.resized(height: $0.height, width: $0.width) }
        let bytes = networks.map { MemoryPlan($0.graph, capacity: capacity, isTraining: false).byteCount }
        if let largest = bytes.max() { memory = FeatureMemory(byteCount: largest) }
        for network in networks { add(network) }
    }

    /// The detector for images of a size.
    /// - Throws: `ModelError` for a size that the network cannot have.
    package func detector(_ size: ImageSize) throws -> InferenceDetector {
        if let detector = detectors[size] { return detector }
        let network = try network.resized(height: size.height, width: size.width)
        let bytes = MemoryPlan(network.graph, capacity: capacity, isTraining: false).byteCount
        // Detectors that were made before keep the smaller block.
        if bytes > memory?.byteCount ?? 0 { memory = FeatureMemory(byteCount: bytes) }
        return add(network)
    }

    @discardableResult
    private func add(_ network: Network) -> InferenceDetector {
        let detector = InferenceDetector(
            network, parameters: parameters, capacity: capacity, pool: pool, gains: gains, memory: memory,
            workspace: workspace)
        detectors[ImageSize(height: network.options.imageHeight, width: network.options.imageWidth)] = detector
        return detector
    }
}
