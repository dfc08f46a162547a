import CKernels
import Foundation
import Synchronization

/// Threads that run the pieces of one phase and wait for the next.
///
/// Which thread takes which piece changes nothing in the result: pieces write to places of their own and sums over
/// pieces are taken in a fixed order afterwards.
///
/// ```
/// run(count) ── generation + 1 ──► workers and caller take pieces 0, 1, 2 … ──► all finished ──► return
/// ```
public final class ThreadPool: @unchecked Sendable {
    // `work` and `isReversed` are written by the caller before the generation is raised and read by workers after they saw
    // it raised (release/acquire), never while a phase runs.
    private var work: ((Int) -> Void)?
    private var isReversed = false
    private let state: State
    public let threadCount: Int
    private var threads: [Thread] = []

    private final class State: Sendable {
        let generation = Atomic<Int>(0)
        let next = Atomic<Int>(0)
        let count = Atomic<Int>(0)
        let busy = Atomic<Int>(0)
        let stops = Atomic<Bool>(false)
        let sleepers = Atomic<Int>(0)
        let condition = NSCondition()
    }

    /// - Parameter threads: how many threads compute, the caller's included; at least 1.
    public init(threads count: Int) {
        precondition(count >= 1, "a pool has at least one thread")
        threadCount = count
        state = State()
        for index in 1..<max(count, 1) {
            // The worker holds the pool weakly between phases, so that the pool can end.
            let state = self.state
            let thread = Thread { [weak self] in
                var seen = 0
                while true {
                    guard ThreadPool.wait(state, after: &seen) else { return }
                    guard let pool = self else { return }
                    pool.takePieces()
                    state.busy.subtract(1, ordering: .acquiringAndReleasing)
                }
            }
            thread.name = "ablate.compute.\(index)"
            thread.stackSize = 8 << 20
            thread.start()
            threads.append(thread)
        }
    }

    deinit {
        state.stops.store(true, ordering: .sequentiallyConsistent)
        state.condition.lock()
        state.condition.broadcast()
        state.condition.unlock()
    }

    /// Calls `work` once for each piece `0 ..< count`, on all threads, and returns when all are done.
    /// - Parameter isReversed: begins with the last piece.
    public func run(_ count: Int, isReversed: Bool = false, _ work: @escaping (Int) -> Void) {
        if threadCount == 1 || count == 1 {
            for piece in 0..<count { work(isReversed ? count - 1 - piece : piece) }
            return
        }
        self.work = work
        self.isReversed = isReversed
        state.next.store(0, ordering: .relaxed)
        state.count.store(count, ordering: .relaxed)
        state.busy.store(threadCount - 1, ordering: .relaxed)
        state.generation.add(1, ordering: .sequentiallyConsistent)
        if state.sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            state.condition.lock()
            state.condition.broadcast()
            state.condition.unlock()
        }
        takePieces()
        var round = 0
        while state.busy.load(ordering: .acquiring) > 0 {
            round += 1
            Self.pause(round)
        }
        self.work = nil
    }

    /// Rounds of a busy wait that only pause, some tens of microseconds; pieces end closer together than that.
    private static let pausingRounds = 1000

    /// One round of a busy wait: a pause at first, and then the processor goes to whoever else wants it, which may be the
    /// thread that is waited for.
    @inline(__always)
    private static func pause(_ round: Int) {
        if round < pausingRounds { abl_pause() } else { sched_yield() }
    }

    private func takePieces() {
        let count = state.count.load(ordering: .relaxed)
        while true {
            let piece = state.next.add(1, ordering: .relaxed).oldValue
            guard piece < count, let work else { return }
            work(isReversed ? count - 1 - piece : piece)
        }
    }

    /// Waits for the next phase, busily for a moment and then asleep; false when the pool has ended.
    private static func wait(_ state: State, after seen: inout Int) -> Bool {
        for round in 1...20_000 {
            if state.stops.load(ordering: .relaxed) { return false }
            let generation = state.generation.load(ordering: .acquiring)
            if generation != seen {
                seen = generation
                return true
            }
            pause(round)
        }
        state.condition.lock()
        defer { state.condition.unlock() }
        state.sleepers.add(1, ordering: .sequentiallyConsistent)
        defer { state.sleepers.subtract(1, ordering: .sequentiallyConsistent) }
        while true {
            if state.stops.load(ordering: .sequentiallyConsistent) { return false }
            let generation = state.generation.load(ordering: .sequentiallyConsistent)
            if generation != seen {
                seen = generation
                return true
            }
            state.condition.wait()
        }
    }
}
