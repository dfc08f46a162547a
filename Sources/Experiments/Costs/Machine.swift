public import Foundation
import Results
import Training

/// What this machine has to train with.
public struct Machine: Hashable, Sendable {
    /// Processor and kernels: two machines of one name take equally long.
    public var name: String
    /// Processors that this process may use.
    public var processors: Int
    /// Bytes that more processes can take without pushing anything out; nil where the system does not say.
    public var availableMemory: Int?

    public init(name: String, processors: Int, availableMemory: Int?) {
        self.name = name
        self.processors = processors
        self.availableMemory = availableMemory
    }

    /// This machine, now.
    public static func current() -> Machine {
        let environment = TrialEnvironment.current(threads: 1)
        let processors = ProcessInfo.processInfo.activeProcessorCount
        return Machine(
            name: "\(environment.processor), \(processors) processors, \(StepBenchmark.kernels)",
            processors: processors, availableMemory: MemoryLimits.availableBytes())
    }

    /// Bytes that are free on the disk of a folder, or of the nearest one above it that exists.
    public static func freeDisk(of folder: URL) -> Int? {
        var url = folder.standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        var information = statvfs()
        guard statvfs(url.path, &information) == 0 else { return nil }
        return Int(clamping: UInt64(information.f_bavail) * UInt64(information.f_frsize))
    }
}
