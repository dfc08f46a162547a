package import Foundation

/// Tells whether another epoch fits into the time that is left.
///
/// The longest epoch so far counts, with a tenth to spare. The first epoch of a worker is always begun: without it there
/// would be no progress where an epoch takes longer than the limit, and the signal before the limit saves what it did.
package final class TimeBudget {
    private let deadline: Date
    private let now: () -> Date
    private var last: Date
    private var longest = 0.0

    package init(deadline: Date, now: @escaping () -> Date = { Date() }) {
        self.deadline = deadline
        self.now = now
        last = now()
    }

    /// A worker begins.
    package func begin() {
        last = now()
        longest = 0
    }

    /// Asked after each epoch. That of the first one holds loading the data and building the network, too.
    package func hasTimeForAnotherEpoch() -> Bool {
        let time = now()
        longest = max(longest, time.timeIntervalSince(last))
        last = time
        return time.addingTimeInterval(longest * 1.1) <= deadline
    }
}
