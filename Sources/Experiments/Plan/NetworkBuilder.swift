import Datasets
import Digests
import Models
public import Training

/// Builds each network as the training will, and counts it.
public struct NetworkBuilder: NetworkInspector {
    public init() {}

    public func inspect(_ configuration: TrainingConfiguration, classCount: Int) throws -> NetworkSummary {
        let network = try configuration.network(classCount: classCount)
        var large = configuration
        large.imageSize = 640
        let network640 = configuration.imageSize == 640 ? network : try large.network(classCount: classCount)
        var description: String?
        if case .file = configuration.backbone {
            description = ContentDigest.hexadecimal(of: network.description.canonicalText)
        }
        return NetworkSummary(
            parameters: network.parameterCount, backboneParameters: network.backboneParameterCount,
            gflops: network.gigaflops, gflops640: network640.gigaflops,
            gflopsU: network640.gigaflopsUltralytics ?? network640.gigaflops,
            gflopsAll: network.gigaflopsWithProducts,
            graphDigest: ContentDigest.hexadecimal(of: network.signature), descriptionDigest: description,
            weightsDigest: try configuration.startingWeights(of: network)?.digest)
    }
}

/// Opens each dataset as the training will.
public struct DatasetOpener: DataInspector {
    public init() {}

    public func inspect(_ spec: String) throws -> DataSummary {
        let data = try Datasets.open(spec: spec, relativeTo: nil)
        return DataSummary(
            digest: try data.digest, classCount: data.classNames.count, classNames: data.classNames,
            warnings: data.warnings.map(\.description))
    }
}
