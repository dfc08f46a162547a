import Datasets
public import Engine
public import Foundation
import HDF5

extension WeightFile {
    /// What a network took over from a file, tensor by tensor where name and shape agree.
    public struct Transfer: Hashable, Sendable, CustomStringConvertible {
        public var file: String
        /// SHA-256 over names, shapes and values of the file's tensors.
        public var digest: String
        /// Tensors taken, running statistics included, of all that the network has.
        public var tensors: Int
        public var tensorCount: Int
        /// Trainable scalars taken, of all that the network has.
        public var parameters: Int
        public var parameterCount: Int
        /// What did not fit.
        public var rest: Mismatch

        /// Whether nothing is missing, left over or of another shape.
        public var isWhole: Bool { rest.missing.isEmpty && rest.unexpected.isEmpty && rest.differing.isEmpty }

        /// `478 of 499 tensors (2,590,384 of 2,590,800 parameters) from a.h5`, and what was not taken.
        public var description: String {
            let taken =
                "\(tensors) of \(tensorCount) tensors (\(parameters) of \(parameterCount) parameters) from \(file)"
            return isWhole ? taken : "\(taken); \(rest.parts.joined(separator: "; "))"
        }
    }

    /// A file of which a network can take nothing.
    public struct NothingFits: Error, Hashable, Sendable, CustomStringConvertible {
        public var file: String
        /// Names in the file and of the network, some of them.
        public var found: [String]
        public var expected: [String]
        /// Tensors whose names agree and whose shapes do not.
        public var differing: [String]

        public var description: String {
            if let first = differing.first {
                return "\(file): none of its tensors has the shape that the network wants; the first of "
                    + "\(differing.count) is \(first)"
            }
            let names = found.isEmpty ? "no tensor under weights/" : "such names as \(found.joined(separator: ", "))"
            return "\(file): none of its tensors is one of the network's: it has \(names), the network "
                + "\(expected.joined(separator: ", "))"
        }
    }

    /// Takes over every tensor of a file whose name and shape are those of a tensor of the network; the others stay.
    ///
    /// A classifier's names (`blocks.0.0…`) are also those of a detector's backbone (`model.0.blocks.0.0…`), either way.
    /// - Parameter isStrict: demand that every tensor of the network and of the file is taken.
    /// - Throws: `HDF5Error`; `NothingFits`; `Mismatch` where it is strict. Then the store is unchanged.
    public static func transfer(_ url: URL, into store: ParameterStore, isStrict: Bool = false) throws -> Transfer {
        try HDF5File.read(url) { file in
            let fit = try Fit(file, store)
            if isStrict, !fit.transfer.isWhole { throw fit.transfer.rest }
            for (index, name) in fit.sources {
                store.set(index, try file.read(Float.self, from: "\(group)/\(name)").values)
            }
            return fit.transfer
        }
    }

    /// What `transfer` would take, without taking it.
    /// - Throws: as `transfer` does.
    public static func transfer(
        _ url: URL, for parameters: [Parameter], isStrict: Bool = false
    ) throws -> Transfer {
        try transfer(url, into: ParameterStore(parameters), isStrict: isStrict)
    }

    /// SHA-256 over names, shapes and values of a file's tensors, wherever it lies and whoever wrote it.
    /// - Throws: `HDF5Error`.
    public static func digest(_ url: URL) throws -> String {
        try HDF5File.read(url) { try digest($0, names: try tensorNames($0)) }
    }

    private static func tensorNames(_ file: borrowing HDF5File) throws -> [String] {
        guard try file.exists(group) else { return [] }
        return try file.datasetNames(under: group).map { String($0.dropFirst(group.count + 1)) }.sorted()
    }

    private static func digest(_ file: borrowing HDF5File, names: [String]) throws -> String {
        var digest = ContentDigest()
        for name in names {
            let tensor = try file.read(Float.self, from: "\(group)/\(name)")
            digest.update("\(name) \(tensor.dimensions)\n")
            tensor.values.withUnsafeBytes { digest.update($0) }
        }
        return digest.finalized()
    }

    /// Which tensor of a file goes where.
    private struct Fit {
        /// Position in the store and name in the file.
        var sources: [(index: Int, name: String)] = []
        var transfer: Transfer

        init(_ file: borrowing HDF5File, _ store: ParameterStore) throws {
            let names = try WeightFile.tensorNames(file)
            let found = Set(names)
            var unused = found
            transfer = Transfer(
                file: file.path, digest: try WeightFile.digest(file, names: names), tensors: 0, tensorCount: 0,
                parameters: 0, parameterCount: 0,
                rest: Mismatch(file: file.path, missing: [], unexpected: [], differing: []))
            for index in WeightFile.stored(store) {
                let parameter = store.parameters[index]
                let scalars = parameter.isTrainable ? parameter.elementCount : 0
                transfer.tensorCount += 1
                transfer.parameterCount += scalars
                guard let name = Self.names(of: parameter.name).first(where: found.contains) else {
                    transfer.rest.missing.append(parameter.name)
                    continue
                }
                unused.remove(name)
                let dimensions = try file.dimensions(of: "\(group)/\(name)")
                guard dimensions == parameter.dimensions else {
                    transfer.rest.differing.append("\(name): \(dimensions) instead of \(parameter.dimensions)")
                    continue
                }
                sources.append((index, name))
                transfer.tensors += 1
                transfer.parameters += scalars
            }
            transfer.rest.unexpected = unused.sorted()
            guard sources.isEmpty else { return }
            throw NothingFits(
                file: file.path, found: Array(names.prefix(3)), expected: Array(transfer.rest.missing.prefix(3)),
                differing: transfer.rest.differing)
        }

        /// What a tensor of the network may be called in a file, best first.
        private static func names(of name: String) -> [String] {
            let backbone = "model.0."
            if name.hasPrefix(backbone) { return [name, String(name.dropFirst(backbone.count))] }
            return name.hasPrefix("model.") ? [name] : [name, backbone + name]
        }
    }
}
