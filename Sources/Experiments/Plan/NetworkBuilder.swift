import Datasets
import Digests
import Models
import Synchronization
public import Training

/// Builds each network as the training will, and counts it; a network is traced once, however many cells train it.
public struct NetworkBuilder: NetworkInspector {
    private let traces = Traces()

    public init() {}

    public func inspect(_ configuration: TrainingConfiguration, data: DataSummary) throws -> NetworkSummary {
        let network = try traces.network(configuration, classCount: data.classCount)
        var large = configuration
        large.imageSize = 640
        let counts = try traces.network(large, classCount: data.classCount)
        return NetworkSummary(
            parameters: network.network.parameterCount, backboneParameters: network.network.backboneParameterCount,
            gflops: network.network.gigaflops, gflops640: counts.network.gigaflops,
            gflopsU: counts.gflopsU ?? counts.network.gigaflops, gflopsAll: network.network.gigaflopsWithProducts,
            graphDigest: network.digest, descriptionDigest: configuration.descriptionDigest(of: network.network),
            start: try traces.start(network, configuration),
            peakMemoryBytes: traces.memory(network.network, configuration, data).total,
            weightBytes: 4 * network.network.weightCount,
            attentionParameters: network.network.attentionParameterCount)
    }

    /// What was built already.
    private final class Traces: Sendable {
        struct Key: Hashable {
            var values: [ConfigurationValue]
            var classCount: Int
        }

        struct Trace {
            var network: Network
            var digest: String
            /// Only at 640 × 640.
            var gflopsU: Double?
        }

        private let known = Mutex<[Key: Trace]>([:])

        func network(_ configuration: TrainingConfiguration, classCount: Int) throws -> Trace {
            let key = Key(
                values: configuration.entries.filter {
                    $0.key.section == .network && !["weights", "strict"].contains($0.key.name) || $0.key.name == "imgsz"
                }.map(\.value), classCount: classCount)
            if let trace = known.withLock({ $0[key] }) { return trace }
            let network = try configuration.network(classCount: classCount)
            let trace = Trace(
                network: network, digest: ContentDigest.hexadecimal(of: network.signature),
                gflopsU: configuration.imageSize == 640 ? network.gigaflopsUltralytics : nil)
            known.withLock { $0[key] = trace }
            return trace
        }

        private let starts = Mutex<[StartQuestion: NetworkSummary.Start]>([:])

        /// What starting from weights depends on.
        private struct StartQuestion: Hashable {
            var path: String
            var isStrict: Bool
            /// Of the network that they are taken over into.
            var graph: String
        }

        /// The weights that a training starts from, which have to fit; nil where it starts from none.
        func start(_ trace: Trace, _ configuration: TrainingConfiguration) throws -> NetworkSummary.Start? {
            let question = StartQuestion(
                path: configuration.weights, isStrict: configuration.isStrict, graph: trace.digest)
            if let start = starts.withLock({ $0[question] }) { return start }
            guard let transfer = try configuration.startingWeights(of: trace.network) else { return nil }
            let start = NetworkSummary.Start(
                digest: transfer.digest, share: Double(transfer.parameters) / Double(max(transfer.parameterCount, 1)))
            starts.withLock { $0[question] = start }
            return start
        }

        func memory(_ network: Network, _ configuration: TrainingConfiguration, _ data: DataSummary) -> TrainingMemory {
            TrainingMemory(
                network, configuration, trainImages: data.trainImages, validationImages: data.valImages,
                validationRatios: data.valRatios)
        }
    }
}

/// Opens each dataset as the training will.
public struct DatasetOpener: DataInspector {
    public init() {}

    public func inspect(_ spec: String) throws -> DataSummary {
        let data = try Datasets.open(spec: spec, relativeTo: nil)
        let positions = Dictionary(
            data.sharedImages.isEmpty ? [] : (0..<data.train.count).map { (data.train.name(at: $0), $0) },
            uniquingKeysWith: { first, _ in first })
        let ratios = (0..<data.val.count).map { index in
            let size = data.val.size(at: index)
            return Double(size.height) / Double(size.width)
        }
        return DataSummary(
            digest: try data.digest, classCount: data.classNames.count, classNames: data.classNames,
            trainImages: data.train.count, valImages: data.val.count,
            valRatios: (ratios.min() ?? 1)...(ratios.max() ?? 1),
            sharedImages: data.sharedImages.compactMap { positions[$0.train] },
            warnings: data.notes.map(\.description))
    }
}
