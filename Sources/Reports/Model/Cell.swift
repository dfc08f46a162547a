import Foundation

/// One entry of a table: what it is, not how it looks.
public enum Cell: Hashable, Sendable {
    /// Does not apply, or is not known.
    case empty
    case text(String)
    /// A content hash: people are shown its first ten digits.
    case identifier(String)
    /// Words in place of a value that is not there: for people only.
    case remark(String)
    case truth(Bool)
    case count(Int)
    /// How many of how many.
    case share(Int, of: Int)
    /// A number and how many decimals people are shown; `unit` is what one of it is shown as, such as 10⁶.
    case number(Double, decimals: Int, unit: Double = 1)
    /// A difference: shown with its sign.
    case signed(Double, decimals: Int)
    /// A probability.
    case probability(Double)
    /// Seconds.
    case duration(Double)
    /// Mean and sample standard deviation over `count` of `planned` trials, and the marks that footnotes explain.
    case mean(Double, deviation: Double?, count: Int, planned: Int, decimals: Int, marks: [Mark])
    /// From, to, of a difference: shown with signs.
    case interval(Double, Double, decimals: Int)
    /// From, to, of a value.
    case range(Double, Double, decimals: Int)

    /// What a mean is marked with, and why.
    public enum Mark: String, CaseIterable, Hashable, Sendable {
        case fewerSeeds = "†"
        case diverged = "‡"
        case stale = "§"

        /// The footnote.
        public var explanation: String {
            switch self {
            case .fewerSeeds: "mean over fewer seeds than planned"
            case .diverged: "a training diverged: it has no number, so the mean flatters the arm"
            case .stale: "measured by another version of the code"
            }
        }
    }

    /// Names of the parts that a mean has besides its value.
    static let meanParts = ["sd", "n"]
    /// Names of the parts that a share has besides its count.
    static let shareParts = ["of"]
    /// Names of the parts that an interval has besides its lower end.
    static let intervalParts = ["high"]

    /// What people read.
    public var text: String {
        switch self {
        case .empty: "–"
        case .text(let text), .remark(let text): text
        case .identifier(let id): String(id.prefix(10))
        case .truth(let isTrue): isTrue ? "yes" : "no"
        case .count(let count): String(count)
        case .share(let count, let total): count == total ? String(count) : "\(count) of \(total)"
        case .number(let value, let decimals, let unit): Self.fixed(value / unit, decimals)
        case .signed(let value, let decimals): Self.signed(value, decimals)
        case .probability(let p): p < 0.0001 ? "<0.0001" : Self.fixed(p, p < 0.01 ? 4 : 3)
        case .duration(let seconds): Self.duration(seconds)
        case .mean(let mean, let deviation, let count, let planned, let decimals, let marks):
            Self.mean(mean, deviation, count, planned, decimals, marks)
        case .interval(let low, let high, let decimals):
            "[\(Self.signed(low, decimals)), \(Self.signed(high, decimals))]"
        case .range(let low, let high, let decimals): "[\(Self.fixed(low, decimals)), \(Self.fixed(high, decimals))]"
        }
    }

    /// What programs read: the value, then the column's further parts.
    public var values: [RawValue] {
        switch self {
        case .empty, .remark: [.null]
        case .text(let text), .identifier(let text): [.string(text)]
        case .truth(let isTrue): [.bool(isTrue)]
        case .count(let count): [.int(count)]
        case .share(let count, let total): [.int(count), .int(total)]
        case .number(let value, _, _), .signed(let value, _), .probability(let value), .duration(let value):
            [.double(value)]
        case .mean(let mean, let deviation, let count, _, _, _):
            [.double(mean), deviation.map { .double($0) } ?? .null, .int(count)]
        case .interval(let low, let high, _), .range(let low, let high, _): [.double(low), .double(high)]
        }
    }

    /// The marks that need a footnote.
    var marks: [Mark] {
        if case .mean(_, _, _, _, _, let marks) = self { marks } else { [] }
    }

    /// `45 s`, `12 min 5 s`, `3 h 20 min`.
    private static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        return "\(total / 3600) h \(total % 3600 / 60) min"
    }

    private static func mean(
        _ mean: Double, _ deviation: Double?, _ count: Int, _ planned: Int, _ decimals: Int, _ marks: [Mark]
    ) -> String {
        let spread = deviation.map { " ± " + fixed($0, decimals) } ?? ""
        let seeds = count < planned ? "\(count) of \(planned)" : "\(count)"
        return "\(fixed(mean, decimals))\(spread) (\(seeds))" + marks.map(\.rawValue).joined()
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
        let text = String(format: "%.\(decimals)f", value)
        // A negative zero after rounding is no sign of anything.
        let isZero = text.allSatisfy { "-0.".contains($0) }
        return isZero ? String(format: "%.\(decimals)f", 0.0) : text.replacingOccurrences(of: "-", with: "−")
    }

    private static func signed(_ value: Double, _ decimals: Int) -> String {
        let text = fixed(value, decimals)
        return value > 0 && text != fixed(0, decimals) ? "+" + text : text
    }
}

/// A value without looks, for CSV and JSON.
public enum RawValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
}
