import Foundation

/// What a user asks of Slurm for a submission.
public struct SlurmRequest: Hashable, Sendable {
    /// Tasks of the whole submission that may run at once; nil for no limit.
    public var parallelism: Int?
    /// Seconds that a task may run; nil for the partition's own limit.
    public var timeLimit: Int?
    /// Memory of a task in MiB; nil for an estimate, or the partition's own where there is none.
    public var memory: Int?
    public var partition: String?
    /// Name of the jobs in the queue; nil for the sweep's.
    public var name: String?
    /// Trials of a task; nil to bundle short ones by their estimated time.
    public var bundle: Int?
    /// Further arguments of sbatch, as they were given.
    public var extra: [String] = []
    /// Processors of a task.
    public var threads = 1

    public init() {}

    /// Seconds before the end at which Slurm warns: long enough for a checkpoint, and short against the limit.
    ///
    /// Slurm looks at the clock twice a minute, so that the warning may come a minute earlier.
    package var warning: Int { timeLimit.map { max(5, min(180, $0 / 4)) } ?? 180 }

    /// Nodes that the user's own arguments exclude.
    package var excludedNodes: [String] {
        var nodes: [String] = []
        for (index, word) in extra.enumerated() {
            if word == "--exclude" || word == "-x" {
                if index + 1 < extra.count { nodes.append(extra[index + 1]) }
            } else if word.hasPrefix("--exclude=") {
                nodes.append(String(word.dropFirst("--exclude=".count)))
            } else if word.hasPrefix("-x"), !word.hasPrefix("--") {
                nodes.append(String(word.dropFirst(2)))
            }
        }
        return nodes
    }

    /// Options of sbatch that a submission sets itself and that would break it.
    private static let reserved: [String: String] = [
        "--array": "tasks are counted by ablate; --array-parallelism limits them",
        "-a": "tasks are counted by ablate; --array-parallelism limits them",
        "--signal": "it is what asks for a checkpoint before the time limit",
        "--requeue": "tasks are always put back into the queue",
        "--no-requeue": "tasks go on after a checkpoint by being put back into the queue",
        "--output": "it is in the submission's folder logs",
        "-o": "it is in the submission's folder logs",
        "--error": "it is in the submission's folder logs",
        "-e": "it is in the submission's folder logs",
        "--open-mode": "a task that goes on appends to its log",
        "--wrap": "the script is made by ablate",
        "--parsable": "ablate reads the answer itself",
        "--wait": "ablate submit slurm --wait waits",
        "-W": "ablate submit slurm --wait waits",
        "--ntasks": "a task is one process; --threads gives it processors",
        "-n": "a task is one process; --threads gives it processors",
        "--cpus-per-task": "--threads sets it",
        "-c": "--threads sets it",
        "--time": "--time before the -- sets it",
        "-t": "--time before the -- sets it",
        "--mem": "--mem before the -- sets it",
        "--job-name": "--name sets it",
        "-J": "--name sets it",
        "--partition": "--partition before the -- sets it",
        "-p": "--partition before the -- sets it",
        "--chdir": "paths of the submission are absolute already",
        "-D": "paths of the submission are absolute already",
    ]

    /// What is wrong with the further arguments, one sentence each.
    public var problems: [String] {
        extra.compactMap { word in
            if word.contains(where: \.isNewline) { return "an argument of sbatch cannot hold a line break" }
            let name = String(word.prefix { $0 != "=" })
            guard let reason = Self.reserved[name] else { return nil }
            return "sbatch argument \(name): \(reason)"
        }
    }

    // MARK: Words

    /// Seconds from `4h`, `90m`, `1d12h`, or as Slurm writes them: minutes, `MM:SS`, `HH:MM:SS`, `D-HH[:MM[:SS]]`.
    ///
    /// Nil where it is none of them, or nothing.
    public static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
        if let last = text.last, units[last] != nil {
            var total = 0
            var digits = ""
            for character in text {
                if character.isASCII, character.isNumber {
                    digits.append(character)
                } else if let unit = units[character], let number = Int(digits), number < 100_000_000 {
                    total += number * unit
                    digits = ""
                } else {
                    return nil
                }
            }
            return total > 0 ? total : nil
        }
        return slurmSeconds(text).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func slurmSeconds(_ text: String) -> Int? {
        let halves = text.split(separator: "-", omittingEmptySubsequences: false)
        func numbers(_ text: Substring) -> [Int]? {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            return parts.contains { $0 == nil || ($0 ?? 0) < 0 || ($0 ?? 0) > 10_000_000 }
                ? nil : parts.compactMap(\.self)
        }
        if halves.count == 2 {
            guard let days = Int(halves[0]), (0...10_000).contains(days), let rest = numbers(halves[1]),
                (1...3).contains(rest.count)
            else { return nil }
            return days * 86_400 + zip(rest, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        guard halves.count == 1, let parts = numbers(halves[0]) else { return nil }
        switch parts.count {
        case 1: return parts[0] * 60
        case 2: return parts[0] * 60 + parts[1]
        case 3: return parts[0] * 3600 + parts[1] * 60 + parts[2]
        default: return nil
        }
    }

    /// MiB from `8G`, `500M`, `1.5G`, `1T` or, as Slurm takes it, a number of MiB; nil where it is none of them.
    public static func mebibytes(_ text: String) -> Int? {
        var digits = text.uppercased()
        if digits.hasSuffix("IB") { digits.removeLast(2) } else if digits.hasSuffix("B") { digits.removeLast() }
        var unit = 1.0
        if let last = digits.last, let factor = ["K": 1.0 / 1024, "M": 1, "G": 1024, "T": 1_048_576][last] {
            unit = factor
            digits.removeLast()
        }
        guard let number = Double(digits), number > 0, number * unit < 1e9 else { return nil }
        return max(1, Int((number * unit).rounded(.up)))
    }

    /// Seconds as Slurm reads them: `1-02:03:04`, or `02:03:04` within a day.
    package static func slurmTime(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(seconds % 86_400 / 3600)):\(two(seconds % 3600 / 60)):\(two(seconds % 60))"
        return seconds >= 86_400 ? "\(seconds / 86_400)-\(clock)" : clock
    }
}
