public import CHDF5

/// A number that HDF5 arrays are made of: `Float`, `Double`, `Int32`, `Int64` or `UInt8`.
public protocol HDF5Scalar: BitwiseCopyable, Sendable {
    /// For messages: `float32`.
    static var hdf5Name: String { get }
    /// Whether the number has a fraction.
    static var isHDF5FloatingPoint: Bool { get }
    static var hdf5Zero: Self { get }
    /// The library's identifier of the type in memory.
    static var hdf5MemoryType: hid_t { get }
    /// The library's identifier of the type in a file: little-endian on every machine.
    static var hdf5FileType: hid_t { get }
}

extension Float: HDF5Scalar {
    public static var hdf5Name: String { "float32" }
    public static var isHDF5FloatingPoint: Bool { true }
    public static var hdf5Zero: Float { 0 }
    public static var hdf5MemoryType: hid_t { ablate_h5t_native_float() }
    public static var hdf5FileType: hid_t { ablate_h5t_float32le() }
}

extension Double: HDF5Scalar {
    public static var hdf5Name: String { "float64" }
    public static var isHDF5FloatingPoint: Bool { true }
    public static var hdf5Zero: Double { 0 }
    public static var hdf5MemoryType: hid_t { ablate_h5t_native_double() }
    public static var hdf5FileType: hid_t { ablate_h5t_float64le() }
}

extension Int32: HDF5Scalar {
    public static var hdf5Name: String { "int32" }
    public static var isHDF5FloatingPoint: Bool { false }
    public static var hdf5Zero: Int32 { 0 }
    public static var hdf5MemoryType: hid_t { ablate_h5t_native_int32() }
    public static var hdf5FileType: hid_t { ablate_h5t_int32le() }
}

extension Int64: HDF5Scalar {
    public static var hdf5Name: String { "int64" }
    public static var isHDF5FloatingPoint: Bool { false }
    public static var hdf5Zero: Int64 { 0 }
    public static var hdf5MemoryType: hid_t { ablate_h5t_native_int64() }
    public static var hdf5FileType: hid_t { ablate_h5t_int64le() }
}

extension UInt8: HDF5Scalar {
    public static var hdf5Name: String { "uint8" }
    public static var isHDF5FloatingPoint: Bool { false }
    public static var hdf5Zero: UInt8 { 0 }
    public static var hdf5MemoryType: hid_t { ablate_h5t_native_uint8() }
    public static var hdf5FileType: hid_t { ablate_h5t_uint8() }
}

/// An array read from a file: its dimensions and its numbers in row-major order.
public struct HDF5Array<Element: HDF5Scalar>: Sendable {
    /// Empty for a scalar.
    public var dimensions: [Int]
    public var values: [Element]

    public init(dimensions: [Int], values: [Element]) {
        precondition(
            dimensions.reduce(1, *) == values.count,
            "An array of dimensions \(dimensions) does not hold \(values.count) numbers.")
        self.dimensions = dimensions
        self.values = values
    }
}

extension HDF5Array: Equatable where Element: Equatable {}
extension HDF5Array: Hashable where Element: Hashable {}
