/// Where a bottleneck carries DFC attention (arXiv 2211.12905).
public enum DFCPlacement: String, Hashable, Sendable, CaseIterable {
    /// Nowhere: GhostNetV1.
    case none
    /// On the first Ghost module, which expands ("expressiveness" in the paper): GhostNetV2.
    case expanded
    /// On the second Ghost module, which gives the block's output ("capacity" in the paper).
    case output
    case both

    var coversExpanded: Bool { self == .expanded || self == .both }
    var coversOutput: Bool { self == .output || self == .both }
}

/// How DFC halves its input: windows of 2×2, stride 2, what does not fill a window is dropped.
public enum DFCPool: String, Hashable, Sendable, CaseIterable {
    case avg
    case max
}

/// How DFC's gate is brought back to the module's size.
public enum DFCUpsample: String, Hashable, Sendable, CaseIterable {
    case nearest
    /// Half-pixel centres: corners are not aligned.
    case bilinear
}

/// What turns DFC's last batch norm into a factor between 0 and 1, before the up-sampling.
public enum DFCGate: String, Hashable, Sendable, CaseIterable {
    case sigmoid
    case hardsigmoid
}

/// The bottlenecks that carry DFC, as indices 0 … 15.
public struct DFCBlocks: Hashable, Sendable, CustomStringConvertible {
    /// Within 0 … 15; the released networks have 2 … 15.
    public let indices: Set<Int>

    /// The released networks: every block but the first two.
    public static let all = DFCBlocks(Set(2...15))

    /// - Parameter indices: within 0 … 15.
    public init(_ indices: Set<Int>) {
        precondition(indices.allSatisfy { (0...15).contains($0) }, "GhostNet's blocks are numbered 0 to 15")
        self.indices = indices
    }

    /// Blocks, ranges and stages joined by commas: `2-15`, `3,5-7`, `s4,s5`; `nil` for anything else.
    ///
    /// Stages are those of GhostNet's table without blocks 0 and 1: s2 = 2, s3 = 3-4, s4 = 5-10, s5 = 11-15.
    public init?(_ text: String) {
        let stages: [Substring: ClosedRange<Int>] = ["s2": 2...2, "s3": 3...4, "s4": 5...10, "s5": 11...15]
        var indices: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = part.filter { $0 != " " }
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            if let stage = stages[Substring(part)] {
                indices.formUnion(stage)
            } else if bounds.count <= 2, let first = bounds[0], let last = bounds[bounds.count - 1],
                0 <= first, first <= last, last <= 15
            {
                indices.formUnion(first...last)
            } else {
                return nil
            }
        }
        self.init(indices)
    }

    /// Ascending, with ranges: `2-4,7`.
    public var description: String {
        var ranges: [ClosedRange<Int>] = []
        for index in indices.sorted() {
            if let last = ranges.last, last.upperBound == index - 1 {
                ranges[ranges.count - 1] = last.lowerBound...index
            } else {
                ranges.append(index...index)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

/// Length of DFC's horizontal and vertical convolutions: one for all, or by the stride of the module's input.
public struct DFCKernel: Hashable, Sendable, CustomStringConvertible {
    /// The odd sizes that there are.
    public static let range = 1...31
    /// The strides of a module's input that have a size of their own.
    public static let strides = [4, 8, 16, 32]

    /// One size, or four for strides 4, 8, 16 and 32.
    public let sizes: [Int]

    /// One odd size or four joined by commas; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        var sizes = parts.compactMap { Int($0.filter { $0 != " " }) }
        guard sizes.count == parts.count, sizes.count == 1 || sizes.count == Self.strides.count,
            sizes.allSatisfy({ $0 % 2 == 1 && Self.range.contains($0) })
        else { return nil }
        if Set(sizes).count == 1 { sizes = [sizes[0]] }
        self.sizes = sizes
    }

    /// One odd size for every module.
    public init(size: Int) {
        precondition(size % 2 == 1 && Self.range.contains(size), "DFC's kernel is odd, from 1 to 31")
        sizes = [size]
    }

    /// 5 everywhere, as released.
    public static let standard = DFCKernel(size: 5)

    /// The size for a module whose input has this stride; below 4 that of 4.
    func size(atStride stride: Int) -> Int {
        guard sizes.count > 1 else { return sizes[0] }
        let level = max(stride, 4).trailingZeroBitCount - 2
        return sizes[min(level, sizes.count - 1)]
    }

    /// As options spell it.
    public var description: String { sizes.map(String.init).joined(separator: ",") }
}
