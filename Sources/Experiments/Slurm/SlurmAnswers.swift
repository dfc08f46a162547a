package import Foundation

/// One task of a job array: `123_4`.
package struct SlurmTaskID: Hashable, Sendable, CustomStringConvertible {
    /// ID of the array.
    package var job: String
    package var index: Int

    package var description: String { "\(job)_\(index)" }

    package init(job: String, index: Int) {
        self.job = job
        self.index = index
    }

    /// Nil where the text is not that of one task.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, Int(parts[0]) != nil, let index = Int(parts[1]) else { return nil }
        self.init(job: String(parts[0]), index: index)
    }
}

/// What Slurm says of a task.
package struct SlurmTaskState: Hashable, Sendable {
    /// In Slurm's words: `RUNNING`, `CANCELLED`, ….
    package var name: String
    /// Why it waits, or where it runs or ran.
    package var detail: String

    package init(name: String, detail: String) {
        self.name = name
        self.detail = detail
    }

    /// Whether it is over, however it ended.
    package var hasEnded: Bool { Self.endings.contains(name) }

    private static let endings: Set<String> = [
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
        "TIMEOUT", "REVOKED",
    ]
}

/// Reads what Slurm's commands print.
package enum SlurmAnswers {
    /// Fields that `squeue` is asked for.
    static let queueFormat = "%i|%T|%N|%r"

    /// Lines of `squeue --noheader --array --format=%i|%T|%N|%r`.
    package static func queue(_ text: String) -> [SlurmTaskID: SlurmTaskState] {
        var states: [SlurmTaskID: SlurmTaskState] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard fields.count >= 4 else { continue }
            let detail = fields[1] == "PENDING" ? fields[3] : fields[2]
            for task in tasks(fields[0]) { states[task] = SlurmTaskState(name: fields[1], detail: detail) }
        }
        return states
    }

    /// Lines of `sacct --noheader --parsable2 --allocations --format=JobID,State,NodeList`.
    package static func accounting(_ text: String) -> [SlurmTaskID: SlurmTaskState] {
        var states: [SlurmTaskID: SlurmTaskState] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            // `CANCELLED by 1000`
            guard fields.count >= 3, let state = fields[1].split(separator: " ").first else { continue }
            for task in tasks(String(fields[0])) {
                states[task] = SlurmTaskState(name: String(state), detail: String(fields[2]))
            }
        }
        return states
    }

    /// `123_4`, or several at once: `123_[4-6,9%2]`.
    package static func tasks(_ text: String) -> [SlurmTaskID] {
        if let task = SlurmTaskID(text) { return [task] }
        let parts = text.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, Int(parts[0]) != nil, parts[1].hasPrefix("["), parts[1].hasSuffix("]") else {
            return []
        }
        let list = parts[1].dropFirst().dropLast().prefix { $0 != "%" }
        return list.split(separator: ",").flatMap { range -> [SlurmTaskID] in
            let ends = range.split(separator: "-").compactMap { Int($0.prefix { $0 != ":" }) }
            guard let first = ends.first, let last = ends.last, first <= last, last - first < 10_000_000 else {
                return []
            }
            return (first...last).map { SlurmTaskID(job: String(parts[0]), index: $0) }
        }
    }

    /// `MaxArraySize` of `scontrol show config`; nil where it does not say.
    package static func maxArraySize(_ text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, parts[0] == "MaxArraySize" { return Int(parts[1]) }
        }
        return nil
    }

    /// The job's ID of `sbatch --parsable`: `123` or `123;cluster`; nil where it is neither.
    package static func submittedJob(_ text: String) -> String? {
        let last = text.split(separator: "\n").last.map(String.init) ?? ""
        let id = last.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        return Int(id) == nil ? nil : id
    }

    /// `EndTime` of `scontrol show job`, in this machine's time zone as Slurm writes it; nil where there is no limit.
    package static func endTime(_ text: String) -> Date? {
        guard let range = text.range(of: "EndTime=") else { return nil }
        let value = text[range.upperBound...].prefix { !$0.isWhitespace }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
        return formatter.date(from: String(value))
    }
}
