import Foundation
public import Results
import Training

/// Prints the progress of a sweep on the error output: bars on a terminal, plain lines elsewhere.
public final class ProgressPrinter {
    private let isTerminal: Bool
    private let write: (String) -> Void
    private let clock: () -> Double
    private let gflops: [String: Double]
    private var progress: SweepProgress?
    private var shownLines = 0
    private var lastDrawing = -Double.infinity
    /// When each trial's last plain line was printed.
    private var lastPlainLines: [String: Double] = [:]

    /// Prints to the error output.
    public convenience init(_ plan: Plan) { self.init(plan.stored.cells) }

    /// Prints to the error output, of trials of these cells.
    public convenience init(_ cells: [StoredCell]) {
        self.init(
            cells, isTerminal: isatty(STDERR_FILENO) != 0, clock: { ProcessInfo.processInfo.systemUptime },
            write: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
    }

    package convenience init(
        _ plan: Plan, isTerminal: Bool, clock: @escaping () -> Double, write: @escaping (String) -> Void
    ) {
        self.init(plan.stored.cells, isTerminal: isTerminal, clock: clock, write: write)
    }

    /// - Parameters:
    ///   - isTerminal: whether lines can be drawn over.
    ///   - clock: seconds since some moment.
    ///   - write: where text goes.
    package init(
        _ cells: [StoredCell], isTerminal: Bool, clock: @escaping () -> Double, write: @escaping (String) -> Void
    ) {
        self.isTerminal = isTerminal
        self.clock = clock
        self.write = write
        gflops = Dictionary(cells.map { ($0.cellID, $0.gflops) }, uniquingKeysWith: { first, _ in first })
    }

    public func receive(_ event: SweepEvent) {
        let time = clock()
        switch event {
        case .planned(let standing, let pending):
            progress = SweepProgress(standing, pending: pending, gflops: gflops, at: time)
            let kept = standing.trials.count - pending.count
            let resumed = pending.count { standing.state(of: $0) == .interrupted }
            say(
                "\(standing.trials.count) trials: \(kept) finished already, \(pending.count) to train"
                    + (resumed > 0 ? ", \(resumed) of them resumed" : ""))
        case .execution(let event):
            progress?.apply(event, at: time)
            announce(event, at: time)
            if isTerminal, time - lastDrawing > 0.2 { draw(at: time) }
        }
    }

    /// Leaves the terminal below what was drawn.
    public func finish() { erase() }

    /// What deserves a line that stays.
    private func announce(_ event: ExecutionEvent, at time: Double) {
        switch event {
        case .launched(let job, let tryNumber):
            if !isTerminal { say("start \(job.trial.label)" + (tryNumber > 1 ? " (try \(tryNumber))" : "")) }
        case .progress(let job, .epoch(let row)) where !isTerminal:
            let id = job.trial.identity.id
            let isLast = row.epoch == job.trial.configuration.epochs
            guard isLast || time - (lastPlainLines[id] ?? -.infinity) > 20 else { return }
            lastPlainLines[id] = time
            say(
                "\(job.trial.label): epoch \(row.epoch)/\(job.trial.configuration.epochs), "
                    + "mAP50-95 \(row.mAP5095.text(digits: 4))")
        case .progress(let job, .started(let facts)):
            if let start = facts.start { say("\(job.trial.label): starts from \(start.summary)") }
        case .progress(let job, .diagnosis(let text)): say("\(job.trial.label): \(text)")
        case .progress: break
        case .retrying(let job, let cause, let pause):
            say("\(job.trial.label): worker ended (\(cause)); another try in \(SweepProgress.duration(pause))")
        case .ended(let job, let exit, let message): say(Self.sentence(job, exit, message, progress, at: time))
        case .stopping(let running):
            say("stopping: \(running) workers save their checkpoints; Ctrl-C again kills them")
        case .tick: break
        }
    }

    private static func sentence(
        _ job: TrialJob, _ exit: WorkerExit, _ message: String, _ progress: SweepProgress?, at time: Double
    ) -> String {
        let name = "\(job.trial.label) (\(job.trial.identity.shortID))"
        switch exit {
        case .done:
            let left =
                progress?.secondsLeft(at: time).map { $0 < 1 ? "" : ", about \(SweepProgress.duration($0)) left" } ?? ""
            let count = progress.map { " [\($0.doneCount + $0.divergedCount + $0.failedCount)/\($0.trialCount)]" } ?? ""
            return "done \(name)\(count)\(left)"
        case .diverged: return "diverged \(name)"
        case .interrupted: return "interrupted \(name): " + (message.isEmpty ? "a checkpoint is on disk" : message)
        case .busy: return "left alone \(name): \(message.isEmpty ? "another process has it" : message)"
        case .refused: return "FAILED \(name): \(message)"
        case .crashed(let cause): return "FAILED \(name): \(message.isEmpty ? cause : message)"
        }
    }

    private func say(_ line: String) {
        erase()
        write(line + "\n")
    }

    private func draw(at time: Double) {
        guard let progress else { return }
        lastDrawing = time
        let size = Self.terminalSize
        let lines = progress.lines(width: size.width, height: size.height, at: time)
        erase()
        write(lines.joined(separator: "\n") + "\n")
        shownLines = lines.count
    }

    private func erase() {
        guard shownLines > 0 else { return }
        // Up over the drawn lines, then clear to the end of the screen.
        write("\u{1B}[\(shownLines)A\r\u{1B}[J")
        shownLines = 0
    }

    /// Columns and lines that can be drawn over without the terminal scrolling.
    private static var terminalSize: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return (100, 24) }
        return (Int(size.ws_col) - 1, max(3, Int(size.ws_row) - 2))
    }
}
