import Foundation

/// Images of one shape with their objects, ready for a network.
///
/// The memory behind the images goes back to its loader when the batch is released.
public final class Batch: Sendable {
    /// Number of images.
    public let count: Int
    /// Height of every image in pixels.
    public let height: Int
    /// Width of every image in pixels.
    public let width: Int

    /// The objects of all images, ordered by image.
    public let targets: [Target]

    /// Which images of the source these are.
    public let indices: [Int]

    /// For evaluation, how each image lies in its frame; empty in training.
    public let geometry: [ImageGeometry]

    /// Where in the run of batches this one stands.
    public let position: LoaderPosition

    private let storage: PooledBuffer

    init(
        frame: ImageSize, indices: [Int], targets: [Target], geometry: [ImageGeometry], position: LoaderPosition,
        storage: PooledBuffer
    ) {
        count = indices.count
        height = frame.height
        width = frame.width
        self.indices = indices
        self.targets = targets
        self.geometry = geometry
        self.position = position
        self.storage = storage
    }

    /// Lends the samples: count × height × width × 3 (NHWC, red first), 0…1 as byte · (1/255). The pointer is valid only
    /// inside `body`.
    public func withImages<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(rebasing: storage.memory[..<(count * height * width * 3)]))
    }

    /// A copy of the samples.
    public var images: [Float] { withImages { Array($0) } }
}

/// One object of a batch; lengths are shares of the image as the network sees it.
public struct Target: Hashable, Sendable {
    /// Position of the image in the batch.
    public var image: Int
    /// Position of the class in the source's `classNames`.
    public var classIndex: Int
    /// Centre from the left.
    public var centerX: Float
    /// Centre from the top.
    public var centerY: Float
    /// Extent along x.
    public var width: Float
    /// Extent along y.
    public var height: Float

    public init(image: Int, classIndex: Int, centerX: Float, centerY: Float, width: Float, height: Float) {
        self.image = image
        self.classIndex = classIndex
        self.centerX = centerX
        self.centerY = centerY
        self.width = width
        self.height = height
    }

    init(image: Int, _ label: Label) {
        self.init(
            image: image, classIndex: label.classIndex, centerX: label.centerX, centerY: label.centerY,
            width: label.width, height: label.height)
    }
}

/// How an image was scaled and placed for evaluation: x in the original = (x in the frame − left)/gain.
public struct ImageGeometry: Hashable, Sendable {
    /// Size on disk.
    public var original: ImageSize
    /// Size inside the frame.
    public var loaded: ImageSize
    /// Loaded height over original height; used for both axes.
    public var gain: Float
    /// Columns of grey on the left.
    public var left: Int
    /// Rows of grey on top.
    public var top: Int

    public init(original: ImageSize, loaded: ImageSize, gain: Float, left: Int, top: Int) {
        self.original = original
        self.loaded = loaded
        self.gain = gain
        self.left = left
        self.top = top
    }

    /// A box in pixels of the frame, taken back to the original image and clipped to it.
    public func original(_ box: PixelBox) -> PixelBox {
        PixelBox(
            classIndex: box.classIndex, left: (box.left - Float(left)) / gain, top: (box.top - Float(top)) / gain,
            right: (box.right - Float(left)) / gain, bottom: (box.bottom - Float(top)) / gain
        ).clipped(to: original)
    }
}

/// A place in a run of batches, both counted from 0.
public struct LoaderPosition: Hashable, Sendable {
    /// Pass over the training images.
    public var epoch: Int
    /// Batch of the epoch.
    public var batch: Int

    public init(epoch: Int, batch: Int) {
        self.epoch = epoch
        self.batch = batch
    }
}

/// Memory of a batch's images, on loan from a pool.
final class PooledBuffer: @unchecked Sendable {
    // Written by the one thread that fills the batch, before the batch is published; only read afterwards.
    let memory: UnsafeMutableBufferPointer<Float>
    private let pool: BufferPool

    fileprivate init(_ memory: UnsafeMutableBufferPointer<Float>, pool: BufferPool) {
        self.memory = memory
        self.pool = pool
    }

    deinit {
        pool.takeBack(memory)
    }
}

/// Buffers of one size that are used again and again.
final class BufferPool: @unchecked Sendable {
    private let capacity: Int
    private let lock = NSLock()
    private var free: [UnsafeMutableBufferPointer<Float>] = []
    private var allocated = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    deinit {
        free.forEach { $0.deallocate() }
    }

    /// How many buffers there are, on loan or free.
    var allocatedCount: Int { lock.withLock { allocated } }

    func lend() -> PooledBuffer {
        let memory = lock.withLock {
            if let memory = free.popLast() { return memory }
            allocated += 1
            return .allocate(capacity: capacity)
        }
        return PooledBuffer(memory, pool: self)
    }

    fileprivate func takeBack(_ memory: UnsafeMutableBufferPointer<Float>) {
        lock.withLock { free.append(memory) }
    }
}
