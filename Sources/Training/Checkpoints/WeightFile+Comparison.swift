public import Foundation
import HDF5

extension WeightFile {
    /// The first tensor in which two weight files differ.
    public struct Difference: Hashable, Sendable, CustomStringConvertible {
        /// PyTorch's name.
        public var tensor: String
        /// What differs there: `1,024 of 4,096 values, by 3.1e-05 at most`.
        public var what: String

        public var description: String { "\(tensor): \(what)" }
    }

    /// Compares the tensors of two files bit by bit, in the order of their names; nil where all are equal.
    /// - Throws: `HDF5Error`.
    public static func firstDifference(_ first: URL, _ second: URL) throws -> Difference? {
        let a = try HDF5File(reading: first)
        let b = try HDF5File(reading: second)
        let names = (try a.datasetNames(under: group), try b.datasetNames(under: group))
        let sets = (Set(names.0), Set(names.1))
        for name in sets.0.union(sets.1).sorted() {
            let tensor = name.hasPrefix(group + "/") ? String(name.dropFirst(group.count + 1)) : name
            guard sets.0.contains(name) else { return Difference(tensor: tensor, what: "only in the second file") }
            guard sets.1.contains(name) else { return Difference(tensor: tensor, what: "only in the first file") }
            let (x, y) = (try a.read(Float.self, from: name), try b.read(Float.self, from: name))
            guard x.dimensions == y.dimensions else {
                return Difference(tensor: tensor, what: "\(x.dimensions) and \(y.dimensions)")
            }
            let differing = zip(x.values, y.values).filter { $0.bitPattern != $1.bitPattern }
            guard !differing.isEmpty else { continue }
            let most = differing.map { abs($0 - $1) }.max() ?? 0
            return Difference(
                tensor: tensor, what: "\(differing.count) of \(x.values.count) values, by \(most) at most")
        }
        return nil
    }
}
