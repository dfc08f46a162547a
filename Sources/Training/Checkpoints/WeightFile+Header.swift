public import Engine
public import Foundation
import HDF5
public import Models

extension WeightFile {
    /// What a weight file says of the network that it belongs to, so that it can be built again without being named.
    ///
    /// Attributes of the file: `model` (name of the network file), `scale`, `options` (`dfc=both` …), `names` (of the
    /// classes), `nc`, `imgsz`; the dataset `network` holds the network file's text. Files of other programs may say less.
    public struct Header: Hashable, Sendable {
        /// Such as `yolo11-ghostnetv2.yaml`; nil where the file does not say.
        public var model: String?
        /// The network file's text; nil for a network that is built in.
        public var text: String?
        /// n, s, m, l or x; nil where the network has no scales.
        public var scale: String?
        /// The backbone's options that were set, in the catalogue's order.
        public var options: [String]
        /// By class index; empty where the file does not say.
        public var classNames: [String]
        public var classCount: Int?
        /// Side of the square training images in pixels.
        public var imageSize: Int?

        /// The dataset that holds the network file's text.
        static let textName = "network"

        /// Of a network that is trained.
        public init(_ network: Network, classNames: [String], imageSize: Int) {
            model = (network.description.file as NSString).lastPathComponent
            text = network.description.text
            scale = network.scale.name
            options = network.options.backbone.entries.map { "\($0.name)=\($0.value)" }
            self.classNames = classNames
            classCount = network.classCount
            self.imageSize = imageSize
        }

        /// What a file says.
        /// - Throws: `HDF5Error`.
        public init(reading url: URL) throws {
            self = try HDF5File.read(url) { file in
                let attributes = try file.attributes()
                let text = try file.exists(Self.textName) ? file.readStrings(from: Self.textName).first : nil
                return Header(attributes, text: text)
            }
        }

        private init(_ attributes: [String: HDF5Attribute], text: String?) {
            func word(_ name: String) -> String? { attributes[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
            model = word("model")
            self.text = text
            scale = word("scale")
            options = attributes["options"]?.strings ?? []
            classNames = attributes["names"]?.strings ?? []
            classCount = attributes["nc"]?.int ?? (classNames.isEmpty ? nil : classNames.count)
            imageSize = attributes["imgsz"]?.int
        }

        func write(into file: borrowing HDF5File) throws {
            let words = [("model", model), ("scale", scale)].compactMap { name, value in value.map { (name, $0) } }
            for (name, value) in words { try file.setAttribute(name, .string(value)) }
            // HDF5 has no empty attributes.
            if !options.isEmpty { try file.setAttribute("options", .strings(options)) }
            if !classNames.isEmpty { try file.setAttribute("names", .strings(classNames)) }
            if let classCount { try file.setAttribute("nc", .int(classCount)) }
            if let imageSize { try file.setAttribute("imgsz", .int(imageSize)) }
            if let text { try file.write([text], to: Self.textName) }
        }

        /// The network, for images of a size in pixels.
        /// - Parameter classCount: stands in for a file that does not say it.
        /// - Returns: nil where the file does not say what network it is of.
        /// - Throws: `ModelError`.
        public func network(height: Int, width: Int, classCount: Int? = nil) throws(ModelError) -> Network? {
            guard let model else { return nil }
            let description: ModelDescription
            if let text {
                description = try ModelDescription(yaml: text, file: model)
            } else {
                description = try ModelDescription.load(model)
            }
            var backbone = BackboneOptions()
            for option in options {
                let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
                try backbone.set(parts[0], to: parts.count == 2 ? parts[1] : "")
            }
            return try Network(
                description: description,
                options: ModelOptions(
                    scale: description.scales.isEmpty ? nil : scale, classCount: self.classCount ?? classCount,
                    imageHeight: height, imageWidth: width, backbone: backbone))
        }
    }

    /// Writes a new file that says what network it is of; it appears whole or not at all, and equal weights give equal
    /// bytes.
    /// - Throws: `HDF5Error`.
    public static func write(_ store: ParameterStore, to url: URL, header: Header) throws {
        try HDF5File.write(to: url) { file in
            try header.write(into: file)
            try write(store, into: file, group: group)
        }
    }
}
