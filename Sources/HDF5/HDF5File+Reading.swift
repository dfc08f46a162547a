import CHDF5

extension HDF5File {
    /// Reads a dataset of numbers, converting their width.
    ///
    /// Throws where there is no such dataset, where it holds strings, and where integers are asked of a dataset of
    /// fractions.
    public func read<Element: HDF5Scalar>(_ type: Element.Type, from name: String) throws -> HDF5Array<Element> {
        try HDF5Library.withLock {
            let dataset = try openDataset(name)
            try requireNumbers(dataset, name, Element.self)
            let dimensions = try dimensions(of: dataset, name)
            try requireRoom(dataset, name, elements: dimensions.reduce(1, *), size: MemoryLayout<Element>.size)
            var values = [Element](repeating: Element.hdf5Zero, count: dimensions.reduce(1, *))
            try values.withUnsafeMutableBufferPointer { try readNumbers(dataset, into: $0, name) }
            return HDF5Array(dimensions: dimensions, values: values)
        }
    }

    /// Reads a dataset of numbers into memory elsewhere; throws unless it has exactly these dimensions.
    public func read<Element: HDF5Scalar>(
        from name: String, dimensions expected: [Int], into values: UnsafeMutableBufferPointer<Element>
    ) throws {
        precondition(expected.reduce(1, *) == values.count, "The memory does not have dimensions \(expected).")
        try HDF5Library.withLock {
            let dataset = try openDataset(name)
            try requireNumbers(dataset, name, Element.self)
            let found = try dimensions(of: dataset, name)
            guard found == expected else {
                throw HDF5Error(
                    file: path, object: name, attempt: "read the dataset",
                    cause: "it has dimensions \(found), expected \(expected)")
            }
            try readNumbers(dataset, into: values, name)
        }
    }

    /// Reads a dataset of strings, of fixed or variable length, in row-major order.
    public func readStrings(from name: String) throws -> [String] {
        try HDF5Library.withLock {
            let dataset = try openDataset(name)
            let type = try HDF5Handle(
                H5Dget_type(dataset.id), closedBy: { H5Tclose($0) }, file: path, object: name, attempt: "read its type")
            let space = try HDF5Handle(
                H5Dget_space(dataset.id), closedBy: { H5Sclose($0) }, file: path, object: name,
                attempt: "read its dimensions")
            let count = try elementCount(space, name)
            try requireRoom(dataset, name, elements: count, size: max(1, H5Tget_size(type.id)))
            return try readStrings(type, space, count, name) { memoryType, buffer in
                H5Dread(dataset.id, memoryType, ablate_h5s_all(), ablate_h5s_all(), ablate_h5p_default(), buffer)
            }
        }
    }

    /// Dimensions of a dataset; `[]` for a scalar.
    public func dimensions(of name: String) throws -> [Int] {
        try HDF5Library.withLock { try dimensions(of: openDataset(name), name) }
    }

    /// All attributes of an object by name; the root group's are the file's own.
    public func attributes(of object: String = "/") throws -> [String: HDF5Attribute] {
        try HDF5Library.withLock {
            let owner = try openObject(object)
            var values: [String: HDF5Attribute] = [:]
            let count = ablate_h5o_attribute_count(owner.id)
            try check(Int32(clamping: count), object, "count its attributes")
            try requireFewer(Int(clamping: count), object, "count its attributes")
            for position in 0..<Int(count) {
                let name = try attributeName(owner, position: position, object)
                values[name] = try readAttribute(name, of: owner, object)
            }
            return values
        }
    }

    /// One attribute of an object; `nil` where there is none of that name. Throws where there is no such object.
    public func attribute(_ name: String, of object: String = "/") throws -> HDF5Attribute? {
        try HDF5Library.withLock {
            let owner = try openObject(object)
            let exists = H5Aexists(owner.id, name)
            try check(exists, "\(object)@\(name)", "look for the attribute")
            return exists > 0 ? try readAttribute(name, of: owner, object) : nil
        }
    }

    // MARK: - Parts; called inside the lock

    private func openDataset(_ name: String) throws -> HDF5Handle {
        try HDF5Handle(
            H5Dopen2(handle.id, name, ablate_h5p_default()), closedBy: { H5Dclose($0) }, file: path, object: name,
            attempt: "open the dataset")
    }

    private func requireNumbers<Element: HDF5Scalar>(
        _ dataset: borrowing HDF5Handle, _ name: String, _: Element.Type
    ) throws {
        let type = try HDF5Handle(
            H5Dget_type(dataset.id), closedBy: { H5Tclose($0) }, file: path, object: name, attempt: "read its type")
        let kind = H5Tget_class(type.id)
        let fits =
            kind == H5T_INTEGER || kind == H5T_ENUM || (kind == H5T_FLOAT && Element.isHDF5FloatingPoint)
        guard fits else {
            let found = kind == H5T_STRING ? "strings" : kind == H5T_FLOAT ? "fractions" : "no plain numbers"
            throw HDF5Error(
                file: path, object: name, attempt: "read the dataset as \(Element.hdf5Name)", cause: "it holds \(found)"
            )
        }
    }

    /// Throws where a dataset claims far more data than the file can hold; deflate packs no better than 1 to 1,032.
    private func requireRoom(_ dataset: borrowing HDF5Handle, _ name: String, elements: Int, size: Int) throws {
        let (bytes, overflows) = elements.multipliedReportingOverflow(by: size)
        let (room, _) = max(byteCount, 1 << 16).multipliedReportingOverflow(by: 1040)
        guard overflows || bytes > room else { return }
        throw HDF5Error(
            file: path, object: name, attempt: "read the dataset",
            cause: "\(elements) elements cannot lie in a file of \(byteCount) bytes")
    }

    /// Throws where there are more objects than the file has bytes.
    func requireFewer(_ count: Int, _ object: String, _ attempt: String) throws {
        if count > byteCount {
            throw HDF5Error(
                file: path, object: object, attempt: attempt,
                cause: "\(count) of them cannot lie in a file of \(byteCount) bytes")
        }
    }

    private func readNumbers<Element: HDF5Scalar>(
        _ dataset: borrowing HDF5Handle, into values: UnsafeMutableBufferPointer<Element>, _ name: String
    ) throws {
        guard let address = values.baseAddress, !values.isEmpty else { return }
        try check(
            H5Dread(
                dataset.id, Element.hdf5MemoryType, ablate_h5s_all(), ablate_h5s_all(), ablate_h5p_default(), address),
            name, "read the dataset")
    }

    private func dimensions(of dataset: borrowing HDF5Handle, _ name: String) throws -> [Int] {
        let space = try HDF5Handle(
            H5Dget_space(dataset.id), closedBy: { H5Sclose($0) }, file: path, object: name,
            attempt: "read its dimensions")
        return try extents(of: space, name)
    }

    private func extents(of space: borrowing HDF5Handle, _ name: String) throws -> [Int] {
        // A null dataspace, h5py's `Empty`, holds nothing.
        if H5Sget_simple_extent_type(space.id) == H5S_NULL { return [0] }
        let rank = H5Sget_simple_extent_ndims(space.id)
        try check(rank, name, "read its dimensions")
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        try check(H5Sget_simple_extent_dims(space.id, &extents, nil), name, "read its dimensions")
        var count = 1
        for extent in extents {
            let (product, overflows) = count.multipliedReportingOverflow(by: Int(clamping: extent))
            // More than 2⁴⁰ elements are a damaged header, not a dataset of ours.
            guard !overflows, product <= 1 << 40 else {
                throw HDF5Error(
                    file: path, object: name, attempt: "read its dimensions", cause: "\(extents) cannot be right")
            }
            count = product
        }
        return extents.map { Int(clamping: $0) }
    }

    private func elementCount(_ space: borrowing HDF5Handle, _ name: String) throws -> Int {
        try extents(of: space, name).reduce(1, *)
    }

    /// Name of the attribute at a position in byte order.
    private func attributeName(_ owner: borrowing HDF5Handle, position: Int, _ object: String) throws -> String {
        let length = H5Aget_name_by_idx(
            owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, hsize_t(position), nil, 0, ablate_h5p_default())
        try check(Int32(clamping: length), object, "list its attributes")
        var buffer = [CChar](repeating: 0, count: length + 1)
        let read = H5Aget_name_by_idx(
            owner.id, ".", H5_INDEX_NAME, H5_ITER_INC, hsize_t(position), &buffer, buffer.count, ablate_h5p_default())
        try check(Int32(clamping: read), object, "list its attributes")
        return Self.text(buffer[...])
    }

    private func readAttribute(
        _ name: String, of owner: borrowing HDF5Handle, _ object: String
    ) throws -> HDF5Attribute {
        let place = "\(object)@\(name)"
        let attribute = try HDF5Handle(
            H5Aopen(owner.id, name, ablate_h5p_default()), closedBy: { H5Aclose($0) }, file: path, object: place,
            attempt: "open the attribute")
        let type = try HDF5Handle(
            H5Aget_type(attribute.id), closedBy: { H5Tclose($0) }, file: path, object: place, attempt: "read its type")
        let space = try HDF5Handle(
            H5Aget_space(attribute.id), closedBy: { H5Sclose($0) }, file: path, object: place,
            attempt: "read its dimensions")
        let count = try elementCount(space, place)
        let (bytes, overflows) = count.multipliedReportingOverflow(by: max(1, H5Tget_size(type.id)))
        try requireFewer(overflows ? .max : bytes, place, "read the attribute")
        let isScalar = H5Sget_simple_extent_type(space.id) == H5S_SCALAR
        switch H5Tget_class(type.id) {
        case H5T_STRING:
            let texts = try readStrings(type, space, count, place) { H5Aread(attribute.id, $0, $1) }
            return isScalar ? .string(texts[0]) : .strings(texts)
        case H5T_INTEGER, H5T_ENUM:
            var numbers = [Int64](repeating: 0, count: count)
            if count > 0 { try check(H5Aread(attribute.id, Int64.hdf5MemoryType, &numbers), place, "read it") }
            return isScalar ? .int(Int(numbers[0])) : .ints(numbers.map { Int($0) })
        case H5T_FLOAT:
            var numbers = [Double](repeating: 0, count: count)
            if count > 0 { try check(H5Aread(attribute.id, Double.hdf5MemoryType, &numbers), place, "read it") }
            return isScalar ? .double(numbers[0]) : .doubles(numbers)
        default:
            throw HDF5Error(
                file: path, object: place, attempt: "read the attribute", cause: "it is neither number nor string")
        }
    }

    /// Reads strings of either kind through `transfer`, which fills a buffer laid out by a memory type.
    private func readStrings(
        _ type: borrowing HDF5Handle, _ space: borrowing HDF5Handle, _ count: Int, _ name: String,
        _ transfer: (hid_t, UnsafeMutableRawPointer) -> herr_t
    ) throws -> [String] {
        guard H5Tget_class(type.id) == H5T_STRING else {
            throw HDF5Error(file: path, object: name, attempt: "read strings", cause: "it holds numbers")
        }
        if count == 0 { return [] }
        let isVariable = H5Tis_variable_str(type.id)
        try check(isVariable, name, "read its type")
        if isVariable > 0 {
            // The memory type must have the file's character set: the library does not convert between them.
            let memoryType = try stringType(name)
            try check(H5Tset_cset(memoryType.id, H5Tget_cset(type.id)), name, "read its type")
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
            try check(
                pointers.withUnsafeMutableBytes { bytes in
                    // `count` is positive, so the buffer has an address.
                    bytes.baseAddress.map { transfer(memoryType.id, $0) } ?? -1
                }, name, "read the strings")
            let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
            _ = pointers.withUnsafeMutableBytes { bytes in
                H5Dvlen_reclaim(memoryType.id, space.id, ablate_h5p_default(), bytes.baseAddress)
            }
            return texts
        }
        let size = H5Tget_size(type.id)
        var bytes = [CChar](repeating: 0, count: size * count)
        try check(
            bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { transfer(type.id, $0) } ?? -1
            }, name, "read the strings")
        let isSpacePadded = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
        return (0..<count).map { index in
            let text = Self.text(bytes[index * size..<(index + 1) * size])
            guard isSpacePadded else { return text }
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The UTF-8 text up to the first zero byte.
    private static func text(_ bytes: ArraySlice<CChar>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
