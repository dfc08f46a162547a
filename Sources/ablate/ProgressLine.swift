import Foundation

/// Progress of one command on the error output: a line that is drawn over on a terminal, a line now and then elsewhere.
final class ProgressLine: @unchecked Sendable {
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let lock = NSLock()
    // Guarded by `lock`.
    private var last: TimeInterval
    private var isDrawn = false

    /// Seconds between two lines where they stay.
    private static let plainInterval = 10.0
    private static let interval = 0.1

    /// Shows what is done first.
    init(_ text: String) {
        last = ProcessInfo.processInfo.systemUptime
        if isTerminal { draw(text) }
    }

    /// Shows a text, unless the last one is too recent; may be called from any thread.
    func show(_ text: String) {
        lock.withLock {
            let now = ProcessInfo.processInfo.systemUptime
            if now - last < (isTerminal ? Self.interval : Self.plainInterval) { return }
            last = now
            if isTerminal { draw(text) } else { write(text + "\n") }
        }
    }

    /// Leaves the terminal as if nothing had been shown.
    func finish() {
        lock.withLock {
            if isDrawn { write("\r\u{1B}[K") }
            isDrawn = false
        }
    }

    private func draw(_ text: String) {
        write("\r\u{1B}[K" + text)
        isDrawn = true
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
