import CKernels
import Synchronization

/// All tensors of a network in one block of memory, in the engine's layout; the gradients in a second one like it.
public final class ParameterStore: @unchecked Sendable {
    // Written by one thread at a time: the executor's phases, the optimizer, or a loader between steps.

    public let parameters: [Parameter]
    /// Floats from one parameter's start to the next are padded to 16, so that each begins on a cache line.
    private let offsets: [Int]
    public let floatCount: Int
    private let block: UnsafeMutablePointer<Float>
    private let byteCount: Int
    private var positions: [String: Int] = [:]
    /// Grows whenever values may have changed: with every mutable access, and by `markChanged`.
    public var revision: Int { changes.load(ordering: .acquiring) }
    private let changes = Atomic<Int>(0)

    public init(_ parameters: [Parameter]) {
        self.parameters = parameters
        var offset = 0
        var offsets: [Int] = []
        for (index, parameter) in parameters.enumerated() {
            offsets.append(offset)
            positions[parameter.name] = index
            offset += (parameter.elementCount + 15) / 16 * 16
        }
        self.offsets = offsets
        floatCount = offset
        byteCount = max(offset, 1) * MemoryLayout<Float>.stride
        block = UnsafeMutablePointer<Float>(OpaquePointer(abl_allocate_pages(byteCount)))
    }

    deinit { abl_free_pages(block, byteCount) }

    /// Draws first values; each tensor depends on the seed and its own name only.
    public func initialize(seed: UInt64) {
        for (index, parameter) in parameters.enumerated() {
            let values = self[index]
            switch parameter.initialization {
            case .constant(let value): values.update(repeating: value)
            case .ramp: for i in values.indices { values[i] = Float(i) }
            case .uniform(let bound):
                let random = CounterRandom(
                    seed: seed, stream: .initialization, StableHash.of(parameter.name), UInt64(parameter.elementCount))
                let drawn = (0..<parameter.elementCount).map { (random.uniform(UInt64($0)) * 2 - 1) * bound }
                set(index, drawn)
            }
        }
    }

    /// One parameter in the engine's layout.
    public subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
        markChanged()
        return UnsafeMutableBufferPointer(start: block + offsets[index], count: parameters[index].elementCount)
    }

    /// Everything, padding included.
    public var all: UnsafeMutableBufferPointer<Float> {
        markChanged()
        return UnsafeMutableBufferPointer(start: block, count: floatCount)
    }

    /// To be called after writing through a pointer that was taken earlier.
    public func markChanged() { changes.add(1, ordering: .releasing) }

    /// Position of a parameter by its PyTorch name.
    public func index(of name: String) -> Int? { positions[name] }

    /// Scalars in PyTorch's order.
    public func values(_ index: Int) -> [Float] { parameters[index].pyTorchOrder(Array(self[index])) }

    /// Takes scalars in PyTorch's order.
    public func set(_ index: Int, _ values: [Float]) {
        _ = self[index].update(fromContentsOf: parameters[index].engineOrder(values))
    }

    /// Takes over all values of a store of the same network.
    public func copy(from other: ParameterStore) {
        precondition(other.floatCount == floatCount, "the stores belong to different networks")
        block.update(from: other.block, count: floatCount)
        markChanged()
    }

    /// self = decay · self + (1 − decay) · other, over weights and running statistics: one step of an exponential
    /// moving average.
    public func average(with other: ParameterStore, decay: Float) {
        precondition(other.floatCount == floatCount, "the stores belong to different networks")
        Kernels.selected.table.lerp(floatCount, block, other.block, decay)
        markChanged()
    }

    public func clear() {
        block.update(repeating: 0, count: floatCount)
        markChanged()
    }
}

/// A hash of text that never changes between runs, machines and versions (FNV-1a, 64 bits).
public enum StableHash {
    public static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
