import CHDF5

extension HDF5File {
    /// Writes an array in row-major order as a new dataset, making the groups on the way.
    ///
    /// - `dimensions`: `[]` for a scalar; their product is the number of values.
    /// - `compression`: level of deflate from 1 to 9, after a byte shuffle; 0 stores the numbers as they are.
    public func write<Element: HDF5Scalar>(
        _ values: [Element], dimensions: [Int], to name: String, compression: Int = 0
    ) throws {
        try values.withUnsafeBufferPointer {
            try write($0, dimensions: dimensions, to: name, compression: compression)
        }
    }

    /// Writes numbers that lie in memory elsewhere, in row-major order, as a new dataset.
    public func write<Element: HDF5Scalar>(
        _ values: UnsafeBufferPointer<Element>, dimensions: [Int], to name: String, compression: Int = 0
    ) throws {
        precondition(
            dimensions.reduce(1, *) == values.count,
            "A dataset of dimensions \(dimensions) does not hold \(values.count) numbers.")
        try HDF5Library.withLock {
            let dataset = try createDataset(
                name, fileType: Element.hdf5FileType, dimensions: dimensions,
                elementSize: MemoryLayout<Element>.size, compression: compression)
            guard let address = values.baseAddress, !values.isEmpty else { return }
            try check(
                H5Dwrite(
                    dataset.id, Element.hdf5MemoryType, ablate_h5s_all(), ablate_h5s_all(), ablate_h5p_default(),
                    address),
                name, "write the dataset")
        }
    }

    /// Writes strings as a new one-dimensional dataset of UTF-8 strings of variable length.
    public func write(_ strings: [String], to name: String) throws {
        try HDF5Library.withLock {
            let type = try stringType(name)
            let dataset = try createDataset(
                name, fileType: type.id, dimensions: [strings.count], elementSize: MemoryLayout<Int>.size,
                compression: 0)
            if strings.isEmpty { return }
            try Self.withCStrings(strings) { pointers in
                try check(
                    H5Dwrite(
                        dataset.id, type.id, ablate_h5s_all(), ablate_h5s_all(), ablate_h5p_default(), pointers),
                    name, "write the strings")
            }
        }
    }

    /// Makes a group and those on the way, unless it is there.
    public func makeGroup(_ name: String) throws {
        try HDF5Library.withLock { try makeGroups(name.split(separator: "/").map(String.init)) }
    }

    /// Sets an attribute of an object, which must exist; the root group's are the file's own.
    public func setAttribute(_ attribute: String, _ value: HDF5Attribute, of object: String = "/") throws {
        let place = "\(object)@\(attribute)"
        try HDF5Library.withLock {
            switch value {
            case .string(let text): try writeStrings([text], isScalar: true)
            case .strings(let texts): try writeStrings(texts, isScalar: false)
            case .int(let number): try writeNumbers([Int64(number)], isScalar: true)
            case .ints(let numbers): try writeNumbers(numbers.map(Int64.init), isScalar: false)
            case .double(let number): try writeNumbers([number], isScalar: true)
            case .doubles(let numbers): try writeNumbers(numbers, isScalar: false)
            }
        }

        func writeNumbers<Element: HDF5Scalar>(_ numbers: [Element], isScalar: Bool) throws {
            let created = try createAttribute(Element.hdf5FileType, isScalar ? [] : [numbers.count])
            if numbers.isEmpty { return }
            try check(H5Awrite(created.id, Element.hdf5MemoryType, numbers), place, "write the attribute")
        }

        func writeStrings(_ texts: [String], isScalar: Bool) throws {
            let type = try stringType(place)
            let created = try createAttribute(type.id, isScalar ? [] : [texts.count])
            if texts.isEmpty { return }
            try Self.withCStrings(texts) { pointers in
                try check(H5Awrite(created.id, type.id, pointers), place, "write the attribute")
            }
        }

        func createAttribute(_ type: hid_t, _ dimensions: [Int]) throws -> HDF5Handle {
            let owner = try openObject(object)
            let space = try dataspace(dimensions, place)
            return try HDF5Handle(
                H5Acreate2(
                    owner.id, attribute, type, space.id, ablate_h5p_default(), ablate_h5p_default()),
                closedBy: { H5Aclose($0) }, file: path, object: place, attempt: "create the attribute")
        }
    }

    // MARK: - Parts; called inside the lock

    private func createDataset(
        _ name: String, fileType: hid_t, dimensions: [Int], elementSize: Int, compression: Int
    ) throws -> HDF5Handle {
        let parts = name.split(separator: "/").map(String.init)
        try makeGroups(parts.dropLast())
        let space = try dataspace(dimensions, name)
        let creation = try Self.properties(ablate_h5p_dataset_create(), path: path, object: name)
        let count = dimensions.reduce(1, *)
        if compression > 0, count > 0, !dimensions.isEmpty {
            let chunk = Self.chunk(of: dimensions, elementSize: elementSize).map(hsize_t.init)
            try check(H5Pset_chunk(creation.id, Int32(chunk.count), chunk), name, "cut the dataset into chunks")
            try check(H5Pset_shuffle(creation.id), name, "shuffle the dataset's bytes")
            try check(H5Pset_deflate(creation.id, UInt32(min(compression, 9))), name, "compress the dataset")
        }
        return try HDF5Handle(
            H5Dcreate2(
                handle.id, parts.joined(separator: "/"), fileType, space.id, ablate_h5p_default(), creation.id,
                ablate_h5p_default()),
            closedBy: { H5Dclose($0) }, file: path, object: name, attempt: "create the dataset")
    }

    /// Whole slices along the first dimensions, about a mebibyte.
    private static func chunk(of dimensions: [Int], elementSize: Int) -> [Int] {
        var chunk = dimensions
        var size = dimensions.reduce(elementSize, *)
        for axis in chunk.indices where size > 1 << 20 {
            let slice = size / chunk[axis]
            chunk[axis] = max(1, (1 << 20) / slice)
            size = slice * chunk[axis]
        }
        return chunk
    }

    private func makeGroups(_ parts: some Sequence<String>) throws {
        var name = ""
        for part in parts {
            name += name.isEmpty ? part : "/" + part
            let exists = H5Lexists(handle.id, name, ablate_h5p_default())
            try check(exists, name, "look for the group")
            if exists > 0 { continue }
            let creation = try Self.properties(ablate_h5p_group_create(), path: path, object: name)
            _ = try HDF5Handle(
                H5Gcreate2(handle.id, name, ablate_h5p_default(), creation.id, ablate_h5p_default()),
                closedBy: { H5Gclose($0) }, file: path, object: name, attempt: "create the group")
        }
    }

    private func dataspace(_ dimensions: [Int], _ name: String) throws -> HDF5Handle {
        let extents = dimensions.map(hsize_t.init)
        let id = dimensions.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, nil)
        return try HDF5Handle(
            id, closedBy: { H5Sclose($0) }, file: path, object: name, attempt: "lay out dimensions \(dimensions)")
    }

    /// Hands the strings to `body` as C strings.
    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafePointer<CChar>]) throws -> Result
    ) rethrows -> Result {
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return try bytes.withUnsafeBufferPointer { buffer in
            // Each string brings its terminator, so the buffer is empty only where there are no offsets.
            guard let base = buffer.baseAddress else { return try body([]) }
            return try body(offsets.map { base + $0 })
        }
    }
}

extension HDF5File {
    /// Throws the library's reason where a status marks a failure. Called inside the lock.
    func check(_ status: Int32, _ object: String, _ attempt: String) throws {
        if status < 0 {
            throw HDF5Error(file: path, object: object, attempt: attempt, cause: HDF5Library.takeCause())
        }
    }

    /// The type of UTF-8 strings of variable length.
    func stringType(_ object: String) throws -> HDF5Handle {
        let type = try HDF5Handle(
            H5Tcopy(ablate_h5t_c_string()), closedBy: { H5Tclose($0) }, file: path, object: object,
            attempt: "prepare a string type")
        try check(H5Tset_size(type.id, ablate_h5t_variable()), object, "prepare a string type")
        try check(H5Tset_cset(type.id, H5T_CSET_UTF8), object, "prepare a string type")
        return type
    }

    /// Opens a group or dataset by its path.
    func openObject(_ name: String) throws -> HDF5Handle {
        let parts = name.split(separator: "/").joined(separator: "/")
        return try HDF5Handle(
            H5Oopen(handle.id, parts.isEmpty ? "/" : parts, ablate_h5p_default()), closedBy: { H5Oclose($0) },
            file: path, object: name, attempt: "open the object")
    }
}
