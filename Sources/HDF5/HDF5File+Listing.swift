import CHDF5

extension HDF5File {
    /// What an object of a file is.
    public enum ObjectKind: Hashable, Sendable {
        case group, dataset, other
    }

    /// Whether there is an object of that path.
    public func exists(_ name: String) throws -> Bool {
        try HDF5Library.withLock {
            let parts = name.split(separator: "/")
            for length in parts.indices.map({ $0 + 1 }) {
                let prefix = parts.prefix(length).joined(separator: "/")
                let found = H5Lexists(handle.id, prefix, ablate_h5p_default())
                try check(found, prefix, "look for the object")
                if found == 0 { return false }
                if length < parts.count, try kind(of: prefix) != .group { return false }
            }
            return true
        }
    }

    /// Names of the objects in a group, in byte order; the root's by default.
    public func children(of group: String = "/") throws -> [String] {
        try HDF5Library.withLock {
            let owner = try openObject(group)
            guard H5Iget_type(owner.id) == H5I_GROUP else {
                throw HDF5Error(file: path, object: group, attempt: "list the group", cause: "it is a dataset")
            }
            var information = H5G_info_t()
            try check(H5Gget_info(owner.id, &information), group, "list the group")
            try requireFewer(Int(clamping: information.nlinks), group, "list the group")
            return try (0..<information.nlinks).map { position in
                let length = H5Lget_name_by_idx(
                    owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, position, nil, 0, ablate_h5p_default())
                try check(Int32(clamping: length), group, "list the group")
                var buffer = [CChar](repeating: 0, count: length + 1)
                let read = H5Lget_name_by_idx(
                    owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, position, &buffer, buffer.count, ablate_h5p_default())
                try check(Int32(clamping: read), group, "list the group")
                return String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
    }

    /// Paths of all datasets below a group, groups entered in byte order.
    public func datasetNames(under group: String = "/") throws -> [String] {
        try HDF5Library.withLock {
            var budget = Self.objectLimit
            return try datasetNames(under: group, depth: 0, budget: &budget)
        }
    }

    /// What an object is; throws where there is none.
    public func kind(of name: String) throws -> ObjectKind {
        try HDF5Library.withLock {
            let object = try openObject(name)
            return switch H5Iget_type(object.id) {
            case H5I_GROUP: .group
            case H5I_DATASET: .dataset
            default: .other
            }
        }
    }

    /// Objects that a file is searched for. Groups that contain each other would be entered without end.
    private static let objectLimit = 200_000

    private func datasetNames(under group: String, depth: Int, budget: inout Int) throws -> [String] {
        guard depth < 64, budget > 0 else {
            throw HDF5Error(file: path, object: group, attempt: "list the datasets", cause: "a group contains itself")
        }
        let prefix = group.split(separator: "/").joined(separator: "/")
        var names: [String] = []
        for child in try children(of: group) {
            let name = prefix.isEmpty ? child : "\(prefix)/\(child)"
            budget -= 1
            switch try kind(of: name) {
            case .dataset: names.append(name)
            case .group: names += try datasetNames(under: name, depth: depth + 1, budget: &budget)
            case .other: continue
            }
        }
        return names
    }
}
