import Foundation

/// Makes batches in background threads and hands them out in order.
///
///     thread 1 ─┐                            ┌─ batch 7 (ready)
///     thread 2 ─┴─ take the next position ─► ┼─ batch 8 (in the making) ─► next() ─► 7, 8, 9 … nil, next epoch …
///                  unless `prefetch` ahead   └─ batch 9 (in the making)
///
/// What a batch holds depends only on (source, options, epoch, batch): not on the number of threads, nor on whether the
/// loader began at the first epoch or at a later position. Released, it stops its threads after the image at hand.
public final class DataLoader: Sendable {
    private let maker: BatchMaker
    private let queue: BatchQueue

    /// Number of batches of an epoch; the last one may be short.
    public let batchesPerEpoch: Int

    /// What the batches are made by.
    public var options: LoaderOptions { maker.plan.options }

    /// Starts loading at a position.
    ///
    /// With `epochs`, loading ends after that many epochs counted from epoch 0; without, it never ends. Throws
    /// `DatasetError` if the source is empty or an augmentation is out of range.
    public init(
        _ source: any DetectionSource, _ options: LoaderOptions,
        from position: LoaderPosition = LoaderPosition(epoch: 0, batch: 0), epochs: Int? = nil
    ) throws {
        if source.count == 0 { throw DatasetError(message: "there is no image to load") }
        if case .training(let schedule) = options.mode { try schedule.configuration.validate() }
        maker = BatchMaker(source, options)
        let count = maker.plan.batchCount
        precondition(
            position.epoch >= 0 && position.batch >= 0 && position.batch <= count,
            "the loader starts at a batch that exists, or at the end of an epoch")
        batchesPerEpoch = count
        queue = BatchQueue(
            first: position.epoch * count + position.batch, end: epochs.map { $0 * count }, batchesPerEpoch: count,
            isEpochOpen: position.batch > 0, ahead: max(1, options.prefetch))
        for number in 0..<options.threads {
            let thread = Thread { [maker, queue] in queue.work(with: maker) }
            thread.name = "ablate.loader.\(number)"
            thread.start()
        }
    }

    deinit {
        queue.stop()
    }

    /// The sizes that batches will have.
    public var frames: Set<ImageSize> { maker.plan.distinctFrames }

    /// The next batch, or nil once at the end of each epoch (and ever after the last one).
    ///
    /// Waits until the batch is made. Throws `DatasetError` naming the file if an image of the batch cannot be loaded; the
    /// call after that goes on with the following batch. May be called from several threads.
    public func next() throws -> Batch? {
        options.threads == 0 ? try queue.makeNext(with: maker) : try queue.takeNext()
    }

    /// How many buffers hold or held batches; it stops growing after the first few batches.
    package var allocatedBufferCount: Int { maker.pool.allocatedCount }
}

/// The positions still to be made, and the batches made but not yet handed out.
///
/// A batch's ticket is epoch · batchesPerEpoch + batch.
private final class BatchQueue: @unchecked Sendable {
    private let batchesPerEpoch: Int
    private let end: Int?
    private let ahead: Int
    private let condition = NSCondition()
    // Guarded by `condition`.
    private var toMake: Int
    private var toHandOut: Int
    private var isEpochOpen: Bool
    private var made: [Int: Result<Batch, any Error>] = [:]
    private var isStopped = false

    init(first: Int, end: Int?, batchesPerEpoch: Int, isEpochOpen: Bool, ahead: Int) {
        self.batchesPerEpoch = batchesPerEpoch
        self.end = end
        self.ahead = ahead
        toMake = first
        toHandOut = first
        self.isEpochOpen = isEpochOpen
    }

    func stop() {
        condition.withLock {
            isStopped = true
            made = [:]
            condition.broadcast()
        }
    }

    /// Makes batches until the queue is stopped or at its end.
    func work(with maker: BatchMaker) {
        while let ticket = takeTicket() {
            let result = Result {
                try maker.batch(at: position(of: ticket)) { condition.withLock { isStopped } }
            }
            switch result {
            case .success(nil): return
            case .success(let batch?): publish(.success(batch), ticket)
            case .failure(let error): publish(.failure(error), ticket)
            }
        }
    }

    private func position(of ticket: Int) -> LoaderPosition {
        LoaderPosition(epoch: ticket / batchesPerEpoch, batch: ticket % batchesPerEpoch)
    }

    private func takeTicket() -> Int? {
        condition.withLock {
            while !isStopped, toMake < end ?? .max, toMake >= toHandOut + ahead { condition.wait() }
            if isStopped || toMake >= end ?? .max { return nil }
            defer { toMake += 1 }
            return toMake
        }
    }

    private func publish(_ result: Result<Batch, any Error>, _ ticket: Int) {
        condition.withLock {
            if !isStopped { made[ticket] = result }
            condition.broadcast()
        }
    }

    /// Whether the batch to hand out next is of the following epoch, in which case the end of this one is told first.
    private func closesEpoch() -> Bool {
        if let end, toHandOut >= end { return true }
        if toHandOut % batchesPerEpoch == 0, isEpochOpen {
            isEpochOpen = false
            return true
        }
        return false
    }

    func takeNext() throws -> Batch? {
        let result: Result<Batch, any Error>? = condition.withLock {
            while true {
                if closesEpoch() { return nil }
                if let result = made.removeValue(forKey: toHandOut) {
                    toHandOut += 1
                    isEpochOpen = true
                    condition.broadcast()
                    return result
                }
                condition.wait()
            }
        }
        return try result?.get()
    }

    /// Makes the next batch in the calling thread.
    func makeNext(with maker: BatchMaker) throws -> Batch? {
        let ticket: Int? = condition.withLock {
            if closesEpoch() { return nil }
            defer { toHandOut += 1 }
            isEpochOpen = true
            return toHandOut
        }
        guard let ticket else { return nil }
        return try maker.batch(at: position(of: ticket)) { false }
    }
}
