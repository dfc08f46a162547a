import Foundation
import Synchronization

/// Requests to stop: Ctrl-C, `kill`, and Slurm's warning before the time limit.
///
/// A signal handler reaches nothing but a global, and does no more here than count.
public enum StopSignals {
    private static let count = Atomic<Int>(0)

    /// From now on the signals are counted and do not end the process.
    public static func startCounting() {
        // The first access initialises the counter outside any handler.
        _ = count.load(ordering: .relaxed)
        let numbers = [SIGINT, SIGTERM, SIGUSR1]
        // Who started this process may have blocked them in the thread that did.
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        for number in numbers {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in
                StopSignals.count.add(1, ordering: .relaxed)
            }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
    }

    /// How many requests there have been.
    public static var requestCount: Int { count.load(ordering: .relaxed) }
}
