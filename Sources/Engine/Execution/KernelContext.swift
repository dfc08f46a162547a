/// A stretch of a node's work: `work(piece)` for each piece, in any order, on any thread.
///
/// The role says what a phase waits for, and what waits for it; `PhaseSchedule` puts barriers where it has to.
struct Phase {
    enum Role: Hashable, Sendable {
        /// A piece is a lane and touches the maps of its own images alone, so that it only waits for the same lane.
        case lanes
        /// The same, and borrows the lane's scratch.
        case borrowingLanes
        /// Brings parameters in order for the lanes of its node, in the shared scratch or in memory of its own.
        case preparation
        /// Takes together what all lanes of the phase before have left, for the lanes of the phase after.
        case conclusion
        /// Adds up what all lanes of the phase before have left in their scratch or their maps; nothing in this pass reads
        /// the sum.
        case reduction
    }

    let role: Role
    let count: Int
    let work: (Int) -> Void

    init(_ role: Role, count: Int = 1, _ work: @escaping (Int) -> Void) {
        self.role = role
        self.count = count
        self.work = work
    }
}

/// The compiled form of a node.
struct NodeKernel {
    /// Runs before the first forward pass and again when parameters have changed; only in inference.
    var preparation: [Phase] = []
    var forward: [Phase] = []
    var backward: [Phase] = []
}

/// What an operation keeps and borrows, in floats.
struct MemoryNeeds {
    /// Kept from forward to backward, for each image.
    var savedPerImage = 0
    /// Borrowed by each lane from a phase of the role `borrowingLanes` to the reduction after it; shared by all nodes.
    var laneScratch = 0
    /// Borrowed by all lanes together from a preparation on, while the phases of its node last; shared by nodes.
    var sharedScratch = 0
    /// Kept for the life of the executor.
    var persistent = 0
    /// Which inputs the backward pass reads.
    var backwardReads: [Int] = []
    /// Whether the backward pass reads the output.
    var backwardReadsOutput = false
    /// Whether the kernel adds to parts of its inputs' gradients only, so that they must be zero or written before.
    var accumulatesGradients = false
}

/// Facts about the batch that is being computed; read by kernels at run time.
final class BatchState: @unchecked Sendable {
    // Written between phases only, by the thread that drives the executor.

    /// Pieces that every batch is cut into. A constant, so that sums over lanes have one order whatever the threads.
    static let laneCount = 4

    private(set) var imageCount = 0
    private var bounds = [Int](repeating: 0, count: BatchState.laneCount + 1)
    /// Number of the training step, keys dropout.
    var step: UInt64 = 0
    var seed: UInt64 = 0

    func setImageCount(_ count: Int) {
        imageCount = count
        for lane in 0...Self.laneCount { bounds[lane] = lane * count / Self.laneCount }
    }

    /// The images of a lane.
    @inline(__always)
    func images(of lane: Int) -> Range<Int> { bounds[lane]..<bounds[lane + 1] }
}

/// Everything that a node's kernel is bound to.
struct KernelContext {
    enum Mode: Sendable {
        /// Batch statistics, gradients.
        case training
        /// Running statistics, folded into the convolutions; no gradients.
        case inference
    }

    let mode: Mode
    let kernels: Kernels
    let batch: BatchState
    /// Largest number of images in a batch.
    let capacity: Int
    let inputs: [TensorView]
    let output: TensorView
    /// For each input whether it lies where the output lies already (concat without copies).
    let inputLiesInOutput: [Bool]
    let parameters: [ParameterView]
    let outputGradient: TensorView?
    /// Nil for inputs that need no gradient.
    let inputGradients: [GradientTarget?]
    /// `savedPerImage · capacity` floats.
    let saved: UnsafeMutablePointer<Float>?
    let persistent: UnsafeMutablePointer<Float>?
    /// `laneScratch` floats for each lane.
    let scratch: (Int) -> UnsafeMutablePointer<Float>
    /// `sharedScratch` floats for all lanes. Nodes that follow each other have different ones, so that the weights of one
    /// can be prepared while the other computes.
    let sharedScratch: UnsafeMutablePointer<Float>
    /// Position of the node in the graph.
    let nodeIndex: Int

    var isTraining: Bool { mode == .training }

    /// A phase with one piece for each lane.
    func lanes(_ work: @escaping (_ lane: Int, _ images: Range<Int>) -> Void) -> Phase {
        byLane(.lanes, work)
    }

    /// A phase with one piece for each lane, which may write to `scratch(lane)`.
    func borrowingLanes(_ work: @escaping (_ lane: Int, _ images: Range<Int>) -> Void) -> Phase {
        byLane(.borrowingLanes, work)
    }

    private func byLane(_ role: Phase.Role, _ work: @escaping (_ lane: Int, _ images: Range<Int>) -> Void) -> Phase {
        let batch = self.batch
        return Phase(role, count: BatchState.laneCount) { lane in
            let images = batch.images(of: lane)
            if !images.isEmpty { work(lane, images) }
        }
    }
}
