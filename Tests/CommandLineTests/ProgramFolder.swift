import Foundation
import Testing

extension Tag {
    /// Takes more than ten seconds; runs when ABLATE_SLOW is set.
    @Tag static var slow: Self
}

/// A folder in which the program is run, with all its processes.
final class ProgramFolder {
    let url: URL

    init(inside parent: URL = FileManager.default.temporaryDirectory) throws {
        url = parent.appendingPathComponent("ablate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
        var text: String { output + errors }
    }

    /// A process that runs or has ended; its output goes to files.
    final class Running {
        let process = Process()
        fileprivate let files: [URL]

        fileprivate init(_ files: [URL]) { self.files = files }

        func kill(_ signal: Int32 = SIGKILL) { Foundation.kill(process.processIdentifier, signal) }

        func wait() throws -> Outcome {
            process.waitUntilExit()
            let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
            return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
        }
    }

    func start(_ arguments: [String], environment extra: [String: String] = [:]) throws -> Running {
        let number = UUID().uuidString.prefix(8)
        let files = ["out", "err"].map { url.appendingPathComponent("\($0)-\(number).txt") }
        for file in files { try Data().write(to: file) }
        let running = Running(files)
        let process = running.process
        process.executableURL = CommandLineTests.program
        process.arguments = arguments
        process.currentDirectoryURL = url
        var environment = ProcessInfo.processInfo.environment.merging(extra) { _, new in new }
        environment["ABLATE_CACHE"] = url.appendingPathComponent("cache").path
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        return running
    }

    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
        try start(arguments, environment: environment).wait()
    }

    func write(_ text: String, to name: String) throws {
        try text.write(to: url.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    /// Worker processes of this folder.
    func workers() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { identifier in
            guard let line = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") else { return false }
            let text = String(decoding: line, as: UTF8.self)
            return text.contains("worker") && text.contains(url.lastPathComponent)
        }
    }

    /// What a sweep has left, trial by trial: everything that must not depend on what disturbed it.
    struct Trained: Equatable {
        /// Content of the weight files and of `metrics.h5`, and `results.csv` without its column of wall-clock time.
        var files: [String: [String: Data]] = [:]
        /// Trials with several finished attempts, or with files that are not those that were measured.
        var wrong: [String] = []
    }

    func trained(_ results: String = "results", sweep: String) throws -> Trained {
        let root = url.appendingPathComponent(results).appendingPathComponent(sweep)
        let files = FileManager.default
        var trained = Trained()
        for name in try files.contentsOfDirectory(atPath: root.path) {
            let trial = root.appendingPathComponent(name)
            guard files.fileExists(atPath: trial.appendingPathComponent("trial.json").path) else { continue }
            for attempt in try files.contentsOfDirectory(atPath: trial.path) {
                let folder = trial.appendingPathComponent(attempt)
                let record = try? String(contentsOf: folder.appendingPathComponent("done.json"), encoding: .utf8)
                guard let record, !record.contains("\"status\" : \"failed\"") else { continue }
                if trained.files[name] != nil { trained.wrong.append("\(name) was trained twice") }
                var content: [String: Data] = [:]
                for file in ["weights/last.h5", "weights/best.h5", "metrics.h5"] {
                    content[file] = try Data(contentsOf: folder.appendingPathComponent(file))
                }
                content["results.csv"] = Data(try untimed(folder.appendingPathComponent("results.csv")).utf8)
                trained.files[name] = content
            }
        }
        return trained
    }

    /// A `results.csv` without its column `time`; throws where an epoch is missing or twice there.
    private func untimed(_ file: URL) throws -> String {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        for (index, line) in lines.enumerated().dropFirst() { #expect(line.hasPrefix("\(index),"), "\(file.path)") }
        return lines.map { line in
            line.split(separator: ",").enumerated().filter { $0.offset != 1 }.map { String($0.element) }
                .joined(separator: ",")
        }.joined(separator: "\n")
    }
}
