import ArgumentParser
import Experiments
import Foundation
import Results

/// `ablate gc`: removes what is of no use any more.
struct GcCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Lists what lies in the results and is of no use any more; removes it with --delete.",
        discussion: """
            Unfinished files of killed processes, attempts that a later one replaced, checkpoints of finished trials, \
            damaged databases. Trials that no stored plan asks for may hold results: they are listed, and removed only \
            with --orphans. Nothing that a living process works on is touched.

            EXAMPLES:
              ablate gc
              ablate gc --delete
              ablate gc --delete --orphans
            """)

    @Flag(help: "Remove what is listed.")
    var delete = false

    @Flag(help: "Trials that no stored plan asks for as well.")
    var orphans = false

    @OptionGroup var results: ResultsArguments

    func run() throws {
        guard FileManager.default.fileExists(atPath: results.url.path) else {
            throw ValidationError("\(results.results): no such folder")
        }
        // With the scheduler's lock nobody begins a trial meanwhile.
        let lock = delete ? try SchedulerLock(results.url) : nil
        defer { withExtendedLifetime(lock) {} }
        let leftovers = try Leftovers(in: results.url)
        let kinds = Set(Leftovers.Kind.allCases).subtracting(orphans ? [] : [.orphan])
        for item in leftovers.items {
            let kept = kinds.contains(item.kind) ? "" : " (kept without --orphans)"
            print("\(Self.size(item.bytes))  \(relative(item.url))  \(item.kind.rawValue)\(kept)")
        }
        for problem in leftovers.problems { standardError("left alone: \(problem)") }
        let count = leftovers.items.count { kinds.contains($0.kind) }
        let bytes = leftovers.bytes(of: kinds)
        guard delete else {
            print(
                count == 0
                    ? "Nothing to remove."
                    : "\(count) to remove, \(Self.size(bytes)); nothing is removed without --delete.")
            return
        }
        let failures = leftovers.remove(kinds)
        for failure in failures { standardError("error: \(failure)") }
        // What the database knew of attempts that are gone goes with them.
        if count > 0 { _ = try ResultStore.reindex(results.url) }
        print("\(count - failures.count) removed, \(Self.size(bytes))")
        if !failures.isEmpty { throw ExitCode.failure }
    }

    private func relative(_ url: URL) -> String {
        let (path, root) = (url.path, results.url.path)
        return path.hasPrefix(root + "/") ? results.results + path.dropFirst(root.count) : path
    }

    /// `12.3 MiB`.
    static func size(_ bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : String(format: "%.1f ", value) + units[unit]
    }
}
