import Foundation

/// Memory of this process.
public enum ProcessMemory {
    /// Highest resident size so far, in bytes.
    public static var peakBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        // Linux counts in KiB.
        return usage.ru_maxrss * 1024
    }
}
