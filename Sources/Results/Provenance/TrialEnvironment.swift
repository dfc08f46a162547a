public import Foundation

/// `env.json`: where, and with which code, an attempt ran.
public struct TrialEnvironment: Codable, Hashable, Sendable {
    /// Version of this type's JSON.
    public static let currentSchema = 1
    public var schema = TrialEnvironment.currentSchema
    public var host: String
    /// The processor's name.
    public var processor: String
    /// Logical processors of the machine.
    public var processorCount: Int
    public var memoryBytes: Int
    /// Kernel name and release.
    public var system: String
    /// Threads of the training.
    public var threads: Int
    /// Everything else worth recording by name: kernel set, BLAS configuration, compiler, commit, …
    public var details: [String: String]
    /// Details that name folders of the machine: they mean nothing elsewhere, and what is published leaves them out.
    public static let localDetails: Set = ["command", "program path", "worker command"]

    public init(
        host: String, processor: String, processorCount: Int, memoryBytes: Int, system: String, threads: Int,
        details: [String: String] = [:]
    ) {
        self.host = host
        self.processor = processor
        self.processorCount = processorCount
        self.memoryBytes = memoryBytes
        self.system = system
        self.threads = threads
        self.details = details
    }

    /// This machine.
    public static func current(threads: Int, details: [String: String] = [:]) -> TrialEnvironment {
        let information = ProcessInfo.processInfo
        var names = utsname()
        uname(&names)
        return TrialEnvironment(
            host: information.hostName, processor: processorName() ?? machine(&names),
            processorCount: information.processorCount, memoryBytes: Int(clamping: information.physicalMemory),
            system: "\(text(&names.sysname)) \(text(&names.release))", threads: threads, details: details)
    }

    /// The environment as JSON, for `AttemptDirectory.publish(_:as:)`.
    public func encoded() throws(StoreError) -> Data { try StoreJSON.encode(self) }

    /// For a table's caption: `Intel Xeon … (2 processors), 1 thread`.
    public var hardware: String {
        let processors = processorCount == 1 ? "1 processor" : "\(processorCount) processors"
        return "\(processor) (\(processors)), \(threads == 1 ? "1 thread" : "\(threads) threads")"
    }

    private static func processorName() -> String? { processorLine("model name") }

    /// What `/proc/cpuinfo` says of the first processor.
    static func processorLine(_ name: String) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }

    private static func machine(_ names: inout utsname) -> String { text(&names.machine) }

    /// The C string in a fixed-size field.
    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
