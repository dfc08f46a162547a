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
    /// What the trial was given is wrong, such as a damaged image: printed, and another try would end alike: 2.
    case refused
    /// Anything else: an error, which was printed (1), a status that nobody knows, or a signal.
    case crashed(String)

    /// Whether it left neither a result nor a checkpoint to go on from.
    var isFailure: Bool {
        switch self {
        case .refused, .crashed: true
        case .done, .diverged, .interrupted, .busy: false
        }
    }

    /// The status of `exit(2)`.
    public var status: Int32 {
        switch self {
        case .done: 0
        case .diverged: 42
        case .interrupted: 75
        case .busy: 73
        case .refused: 2
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
        case 2: self = .refused
        case 1: self = .crashed("error")
        case let status: self = .crashed("exit status \(status)")
        }
    }
}
