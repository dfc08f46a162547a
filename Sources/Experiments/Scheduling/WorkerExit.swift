/// How a worker process ended, and its exit status.
public enum WorkerExit: Hashable, Sendable {
    /// Trained, evaluated and recorded: 0.
    case done
    /// The training diverged, which is a result: 42.
    case diverged
    /// A checkpoint is on disk and the same job goes on from it: 75.
    case interrupted
    /// Another process has the trial: 73.
    case busy
    /// Anything else: an error, which was printed (1), a status that nobody knows, or a signal.
    case crashed(String)

    /// The status of `exit(2)`.
    public var status: Int32 {
        switch self {
        case .done: 0
        case .diverged: 42
        case .interrupted: 75
        case .busy: 73
        case .crashed: 1
        }
    }

    /// The end of a process from what `waitpid(2)` tells.
    public init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        guard signal == 0 else {
            self = .crashed("killed by signal \(signal)" + (signal == 9 ? " (out of memory?)" : ""))
            return
        }
        switch (waitStatus >> 8) & 0xFF {
        case 0: self = .done
        case 42: self = .diverged
        case 75: self = .interrupted
        case 73: self = .busy
        case 1: self = .crashed("error")
        case let status: self = .crashed("exit status \(status)")
        }
    }
}
