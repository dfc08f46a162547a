/// Random numbers that are a function of (seed, purpose, epoch, index) and of nothing else.
///
/// Each such key opens a stream of its own, so what one image draws depends neither on the images before it nor on the
/// number of threads, and switching one augmentation off leaves the others' draws as they were. The numbers are those of
/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011) with the seed as key and
/// (block, index, epoch, purpose) as counter: at most 2³⁴ numbers a stream.
public struct CounterRandom: RandomNumberGenerator, Sendable {
    /// What a stream of numbers is drawn for.
    public enum Purpose: UInt32, CaseIterable, Sendable {
        case order = 1
        case mosaic
        case perspective
        case mixup
        case mixupMosaic
        case mixupPerspective
        case hsv
        case flipUpDown
        case flipLeftRight
        case shapes
        case test
    }

    private let key: SIMD2<UInt32>
    private var counter: SIMD4<UInt32>
    private var block: SIMD4<UInt32> = .zero
    private var used = 4

    /// The stream of one key; `epoch` and `index` count from 0 and must fit 32 bits.
    public init(seed: UInt64, purpose: Purpose, epoch: Int = 0, index: Int = 0) {
        key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
        counter = [0, UInt32(index), UInt32(epoch), purpose.rawValue]
    }

    /// The next 32 random bits.
    public mutating func next32() -> UInt32 {
        if used == 4 {
            block = Self.philox(counter, key: key)
            counter[0] &+= 1
            used = 0
        }
        defer { used += 1 }
        return block[used]
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let low = UInt64(next32())
        return low | UInt64(next32()) << 32
    }

    /// Uniform in [0, 1), 53 bits fine.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in [low, high).
    public mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * uniform()
    }

    /// Uniform in 0 ..< bound, without bias (Lemire, arXiv 1805.10941).
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "a random integer needs a bound from 1 to 2³² - 1")
        let bound = UInt32(bound)
        var product = UInt64(next32()) * UInt64(bound)
        if UInt32(truncatingIfNeeded: product) < bound {
            let threshold = (0 &- bound) % bound
            while UInt32(truncatingIfNeeded: product) < threshold {
                product = UInt64(next32()) * UInt64(bound)
            }
        }
        return Int(product >> 32)
    }

    /// Uniform in a closed range of integers.
    public mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + integer(below: range.count)
    }

    /// True with the given probability; draws a number even if the answer is certain.
    public mutating func isTrue(probability: Double) -> Bool {
        uniform() < probability
    }

    /// One of the elements, which must not be none.
    public mutating func element<Element>(of elements: [Element]) -> Element {
        elements[integer(below: elements.count)]
    }

    /// Beta(a, b) for whole a and b: the a-th smallest of a + b − 1 uniform numbers, exact and free of `log` and `pow`.
    public mutating func beta(_ a: Int, _ b: Int) -> Double {
        precondition(a > 0 && b > 0, "the parameters of a beta distribution are positive")
        var numbers = (0..<(a + b - 1)).map { _ in uniform() }
        numbers.sort()
        return numbers[a - 1]
    }

    /// The numbers 0 ..< count in random order (Fisher–Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, integer(below: last + 1))
        }
        return order
    }

    /// The bijection itself: ten rounds of Philox4x32.
    package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
        var (k0, k1) = (key[0], key[1])
        for _ in 0..<10 {
            let first = UInt64(c0) &* 0xd251_1f53
            let second = UInt64(c2) &* 0xcd9e_8d57
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: second >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: first)
            )
            k0 &+= 0x9e37_79b9
            k1 &+= 0xbb67_ae85
        }
        return [c0, c1, c2, c3]
    }
}
