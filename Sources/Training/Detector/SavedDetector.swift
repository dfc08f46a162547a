public import Engine
public import Foundation
public import Models

/// A detector read from a weight file, ready to be validated or to predict.
public struct SavedDetector {
    public let header: WeightFile.Header
    public let network: Network
    public let parameters: ParameterStore
    /// By class index; the file's, or `class0`, `class1` … where it does not say.
    public let classNames: [String]

    /// Reads a file that says what network it is of.
    /// - Parameters:
    ///   - network: stands in for what the file says.
    ///   - imageSize: side of the square input in pixels; without it the file's, or 640.
    ///   - classCount: stands in for a file that does not say it.
    /// - Throws: `HDF5Error`, `ModelError`, `WeightFile.Mismatch`, `SavedDetectorError`.
    public init(
        reading url: URL, network given: Network? = nil, imageSize: Int? = nil, classCount: Int? = nil
    ) throws {
        header = try WeightFile.Header(reading: url)
        let side = imageSize ?? header.imageSize ?? 640
        guard let network = try given ?? header.network(height: side, width: side, classCount: classCount) else {
            throw SavedDetectorError(
                description:
                    "\(url.path): the file does not say what network it is of; name it, as in --model v2 --scale n")
        }
        guard network.description.isDetector else {
            throw SavedDetectorError(
                description: "\(url.path): \(network.name) is a classifier; a detector takes over its backbone with "
                    + "weights = \"\(url.lastPathComponent)\"")
        }
        self.network = network
        parameters = ParameterStore(network.graph.parameters)
        parameters.initialize(seed: 0)
        try WeightFile.read(url, into: parameters)
        classNames =
            header.classNames.count == network.classCount
            ? header.classNames : (0..<network.classCount).map { "class\($0)" }
    }
}

/// A weight file that is not enough to build a detector.
public struct SavedDetectorError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
