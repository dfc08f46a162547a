public import Engine
public import Foundation
public import HDF5

/// Weights of a network in HDF5: one dataset for each tensor under `weights/`, by PyTorch's name and in its layout.
public enum WeightFile {
    /// A file whose tensors are not those of the network, all differences at once.
    public struct Mismatch: Error, Hashable, Sendable, CustomStringConvertible {
        public var file: String
        public var missing: [String]
        public var unexpected: [String]
        /// `name: [found] instead of [expected]`
        public var differing: [String]

        public var description: String {
            "\(file): the weights do not fit the network; " + parts.joined(separator: "; ")
        }

        /// One phrase for each kind of difference.
        var parts: [String] {
            func list(_ title: String, _ names: [String]) -> [String] {
                guard !names.isEmpty else { return [] }
                let more = names.count > 5 ? " and \(names.count - 5) more" : ""
                return ["\(names.count) \(title): \(names.prefix(5).joined(separator: ", "))\(more)"]
            }
            return list("missing", missing) + list("not part of the network", unexpected)
                + list("of another shape", differing)
        }
    }

    /// The group that holds the tensors.
    public static let group = "weights"

    /// Names of the tensors of a store that a file carries: all but constants, which every network makes itself.
    static func stored(_ store: ParameterStore) -> [Int] {
        store.parameters.indices.filter { store.parameters[$0].role != .constant }
    }

    /// Writes a new file; it appears whole or not at all, and equal weights give equal bytes.
    /// - Throws: `HDF5Error`.
    public static func write(_ store: ParameterStore, to url: URL, attributes: [String: HDF5Attribute] = [:]) throws {
        try HDF5File.write(to: url) { file in
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { try file.setAttribute(name, value) }
            try write(store, into: file, group: group)
        }
    }

    static func write(_ store: ParameterStore, into file: borrowing HDF5File, group: String) throws {
        for index in stored(store) {
            let parameter = store.parameters[index]
            try file.write(store.values(index), dimensions: parameter.dimensions, to: "\(group)/\(parameter.name)")
        }
    }

    /// Reads every tensor of the network from a file.
    /// - Throws: `HDF5Error`; `Mismatch` when a tensor is missing, unexpected or of another shape. Then the store is
    ///   unchanged.
    public static func read(_ url: URL, into store: ParameterStore) throws {
        try HDF5File.read(url) { try read($0, group: group, into: store) }
    }

    static func read(_ file: borrowing HDF5File, group: String, into store: ParameterStore) throws {
        let prefix = group + "/"
        let found = Set(try file.datasetNames(under: group).map { trim($0, prefix) })
        let wanted = stored(store)
        var mismatch = Mismatch(file: file.path, missing: [], unexpected: [], differing: [])
        for index in wanted {
            let parameter = store.parameters[index]
            guard found.contains(parameter.name) else {
                mismatch.missing.append(parameter.name)
                continue
            }
            let dimensions = try file.dimensions(of: prefix + parameter.name)
            if dimensions != parameter.dimensions {
                mismatch.differing.append("\(parameter.name): \(dimensions) instead of \(parameter.dimensions)")
            }
        }
        let names = Set(wanted.map { store.parameters[$0].name })
        mismatch.unexpected = found.subtracting(names).sorted()
        guard mismatch.missing.isEmpty, mismatch.unexpected.isEmpty, mismatch.differing.isEmpty else { throw mismatch }
        for index in wanted {
            store.set(index, try file.read(Float.self, from: prefix + store.parameters[index].name).values)
        }
    }

    private static func trim(_ name: String, _ prefix: String) -> String {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
}
