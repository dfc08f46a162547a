/// The value of an attribute: a string, an integer, a floating-point number, or a list of one of them.
///
/// Other widths, and the truth values of h5py, are read as the nearest of these.
public enum HDF5Attribute: Hashable, Sendable {
    case string(String)
    case int(Int)
    case double(Double)
    case strings([String])
    case ints([Int])
    case doubles([Double])

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var int: Int? {
        if case .int(let value) = self { value } else { nil }
    }

    /// The number, an integer's included.
    public var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    public var strings: [String]? {
        if case .strings(let values) = self { values } else { nil }
    }

    public var ints: [Int]? {
        if case .ints(let values) = self { values } else { nil }
    }

    /// The numbers, integers included.
    public var doubles: [Double]? {
        switch self {
        case .doubles(let values): values
        case .ints(let values): values.map(Double.init)
        default: nil
        }
    }
}

extension HDF5Attribute: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
}
