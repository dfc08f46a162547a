import CKernels
import Engine
import Foundation
import Testing

/// A map for a kernel, surrounded by NaN: before, behind, and between the channels of neighbouring pixels.
///
/// A kernel that reads outside of its channels gives NaN; one that writes there is noticed by `isIntact`.
final class KernelMap {
    let pixels: Int
    let channels: Int
    /// Floats from one pixel to the next.
    let stride: Int
    private let memory: UnsafeMutableBufferPointer<Float>
    private static let margin = 64
    private static let guardValue = Float(bitPattern: 0x7FC0_1234)

    /// - Parameters:
    ///   - gap: floats between two pixels.
    ///   - stream: which random numbers in ±2; nil leaves NaN, for maps that the kernel has to fill.
    init(pixels: Int, channels: Int, gap: Int = 0, stream: UInt64?) {
        self.pixels = pixels
        self.channels = channels
        stride = channels + gap
        memory = .allocate(capacity: pixels * stride + 2 * Self.margin)
        memory.initialize(repeating: Self.guardValue)
        guard let stream else { return }
        let random = CounterRandom(seed: 11, stream: .benchmark, stream)
        for pixel in 0..<pixels {
            for channel in 0..<channels {
                self[pixel, channel] = random.uniform(UInt64(pixel * channels + channel)) * 4 - 2
            }
        }
    }

    /// A row of numbers, one a channel.
    convenience init(channels: Int, stream: UInt64?) { self.init(pixels: 1, channels: channels, stream: stream) }

    /// The same numbers in a place of their own.
    convenience init(copying other: KernelMap) {
        self.init(pixels: other.pixels, channels: other.channels, gap: other.stride - other.channels, stream: nil)
        for pixel in 0..<pixels { for channel in 0..<channels { self[pixel, channel] = other[pixel, channel] } }
    }

    deinit { memory.deallocate() }

    /// First scalar.
    var base: UnsafeMutablePointer<Float> {
        guard let start = memory.baseAddress else { preconditionFailure("the memory has margins") }
        return start + Self.margin
    }

    subscript(pixel: Int, channel: Int) -> Float {
        get { base[pixel * stride + channel] }
        set { base[pixel * stride + channel] = newValue }
    }

    subscript(channel: Int) -> Float {
        get { self[0, channel] }
        set { self[0, channel] = newValue }
    }

    func fill(_ value: (_ pixel: Int, _ channel: Int) -> Float) {
        for pixel in 0..<pixels { for channel in 0..<channels { self[pixel, channel] = value(pixel, channel) } }
    }

    /// Whether nothing was written outside of the channels.
    var isIntact: Bool {
        memory.indices.allSatisfy { index in
            let place = index - Self.margin
            let isInside = place >= 0 && place < pixels * stride && place % stride < channels
            return isInside || memory[index].bitPattern == Self.guardValue.bitPattern
        }
    }

    /// Checks every number against a reference, and that the surroundings are as they were.
    ///
    /// - Parameter reference: the value in double precision and the size that roundings are relative to.
    func expect(
        _ title: @autoclosure () -> String, within bound: Double = 1e-6,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ reference: (_ pixel: Int, _ channel: Int) -> (value: Double, size: Double)
    ) {
        #expect(isIntact, "\(title()) wrote outside of its map", sourceLocation: sourceLocation)
        for pixel in 0..<pixels {
            for channel in 0..<channels {
                let (value, size) = reference(pixel, channel)
                let found = Double(self[pixel, channel])
                // Written so that NaN fails.
                if !(abs(found - value) <= bound * max(size, abs(value))) {
                    Issue.record(
                        "\(title()): pixel \(pixel), channel \(channel) is \(found), expected \(value)",
                        sourceLocation: sourceLocation)
                    return
                }
            }
        }
    }
}

/// Sums in double precision with margins, as kernels add to them.
final class KernelSums {
    let count: Int
    private let memory: UnsafeMutableBufferPointer<Double>
    private static let margin = 16

    /// Every sum begins at `start`.
    init(_ count: Int, from start: Double) {
        self.count = count
        memory = .allocate(capacity: count + 2 * Self.margin)
        memory.initialize(repeating: .nan)
        for index in 0..<count { base[index] = start }
    }

    deinit { memory.deallocate() }

    var base: UnsafeMutablePointer<Double> {
        guard let start = memory.baseAddress else { preconditionFailure("the memory has margins") }
        return start + Self.margin
    }

    var isIntact: Bool { memory.indices.allSatisfy { (0..<count).contains($0 - Self.margin) || memory[$0].isNaN } }

    func expect(
        _ title: @autoclosure () -> String, within bound: Double = 1e-6,
        sourceLocation: SourceLocation = #_sourceLocation, _ reference: (Int) -> (value: Double, size: Double)
    ) {
        #expect(isIntact, "\(title()) wrote outside of its sums", sourceLocation: sourceLocation)
        for index in 0..<count {
            let (value, size) = reference(index)
            if !(abs(base[index] - value) <= bound * max(size, abs(value))) {
                Issue.record(
                    "\(title()): sum \(index) is \(base[index]), expected \(value)", sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// One instruction set that this processor has, with a number of channels around the widths of vectors.
struct KernelCase: Sendable, CustomTestStringConvertible {
    let instructionSet: InstructionSet
    let kernels: Kernels
    let channels: Int
    /// Floats between two pixels.
    let gap: Int

    var testDescription: String { "\(instructionSet.name), \(channels) channels, gap \(gap)" }
    var table: abl_kernels { kernels.table }

    /// Pixel counts around the blocks of 64 pixels that kernels sum in.
    static let pixelCounts = [1, 2, 63, 65, 131]

    func map(_ pixels: Int, stream: UInt64?) -> KernelMap {
        KernelMap(pixels: pixels, channels: channels, gap: gap, stream: stream)
    }

    func row(stream: UInt64?) -> KernelMap { KernelMap(channels: channels, stream: stream) }

    static let all: [KernelCase] = InstructionSet.allCases.flatMap { set -> [KernelCase] in
        guard let kernels = set.kernels else { return [] }
        return [1, 3, 5, 8, 15, 16, 17, 33, 70, 150].flatMap { channels in
            [0, 5].map { KernelCase(instructionSet: set, kernels: kernels, channels: channels, gap: $0) }
        }
    }
}

/// The activations in double precision.
extension Activation {
    func value(_ u: Double) -> Double {
        switch self {
        case .identity: u
        case .relu: max(u, 0)
        case .silu: u * Self.logistic(u)
        case .sigmoid: Self.logistic(u)
        case .hardSigmoid: min(max(u + 3, 0), 6) / 6
        }
    }

    func slope(_ u: Double) -> Double {
        let s = Self.logistic(u)
        return switch self {
        case .identity: 1
        case .relu: u > 0 ? 1 : 0
        case .silu: s * (1 + u * (1 - s))
        case .sigmoid: s * (1 - s)
        case .hardSigmoid: u > -3 && u < 3 ? 1 / 6 : 0
        }
    }

    private static func logistic(_ u: Double) -> Double { 1 / (1 + exp(-u)) }
}
