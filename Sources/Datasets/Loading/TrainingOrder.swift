import Foundation

/// The order of the images in each epoch, and which images a mosaic may take beside its own.
///
/// As in Ultralytics, partners come from the images loaded last: an image that is not held is appended when its turn
/// comes, and when L = min(images, 8 · batch, 1000) are held the oldest leaves, so that L − 1 remain, the image at hand
/// among them. That is a function of the orders alone, so it is worked out, and a training that begins in the middle has
/// the same partners as one that got there.
package struct TrainingOrder: Sendable {
    /// One epoch's order and partners.
    package struct Epoch: Sendable {
        package let number: Int
        /// The images, in the order of their turns.
        package let indices: [Int]
        /// What was held at the epoch's beginning, followed by what was appended in it.
        fileprivate let arrivals: [Int]
        /// How many arrivals there had been when each image had its turn.
        fileprivate let counts: [Int]
        fileprivate let capacity: Int

        /// The images held when the image at a position had its turn, oldest first.
        package func partners(at position: Int) -> ArraySlice<Int> {
            let end = counts[position]
            return arrivals[max(0, end - capacity)..<end]
        }

        /// What is held at the end.
        fileprivate var held: ArraySlice<Int> { arrivals.suffix(capacity) }
    }

    package let imageCount: Int
    let seed: UInt64
    /// L − 1, but at least the image at hand.
    package let capacity: Int

    package init(imageCount: Int, batchSize: Int, seed: UInt64) {
        self.imageCount = imageCount
        self.seed = seed
        capacity = max(1, min(imageCount, 8 * batchSize, 1000) - 1)
    }

    /// The epoch after another; the first epoch without one.
    package func epoch(after last: Epoch?) -> Epoch {
        var random = CounterRandom(seed: seed, purpose: .order, epoch: last.map { $0.number + 1 } ?? 0)
        return epoch(after: last, indices: random.permutation(imageCount))
    }

    /// The epoch after another whose images come in a given order.
    package func epoch(after last: Epoch?, indices: [Int]) -> Epoch {
        var arrivals = last.map { Array($0.held) } ?? []
        var isHeld = [Bool](repeating: false, count: imageCount)
        for index in arrivals { isHeld[index] = true }
        var counts: [Int] = []
        counts.reserveCapacity(imageCount)
        for index in indices {
            if !isHeld[index] {
                isHeld[index] = true
                arrivals.append(index)
                if arrivals.count > capacity { isHeld[arrivals[arrivals.count - capacity - 1]] = false }
            }
            counts.append(arrivals.count)
        }
        return Epoch(
            number: last.map { $0.number + 1 } ?? 0, indices: indices, arrivals: arrivals, counts: counts,
            capacity: capacity)
    }
}

/// The epochs that loader threads are in, worked out once for all of them.
final class TrainingOrderCache: @unchecked Sendable {
    private let order: TrainingOrder
    private let lock = NSLock()
    // Guarded by `lock`; the epochs at hand, ascending: at most two, as threads work ahead past an epoch's end.
    private var epochs: [TrainingOrder.Epoch] = []

    init(_ order: TrainingOrder) {
        self.order = order
    }

    /// An epoch by its number.
    func epoch(_ number: Int) -> TrainingOrder.Epoch {
        lock.withLock {
            if let epoch = epochs.first(where: { $0.number == number }) { return epoch }
            var last = epochs.last { $0.number < number }
            while true {
                let next = order.epoch(after: last)
                if next.number == number {
                    epochs = (epochs + [next]).sorted { $0.number < $1.number }.suffix(2)
                    return next
                }
                last = next
            }
        }
    }
}
