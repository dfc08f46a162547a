import Foundation
import Results
import Training

/// How many trainings run at a time, with how many threads each, and why.
public struct ResourceChoice: Hashable, Sendable {
    /// Trainings at a time.
    public var jobs: Int
    /// Threads of each.
    public var threads: Int
    /// Throughput against one training of one thread; nil where it was not measured.
    public var speedup: Double?
    /// Why, as a phrase: `measured 1.07 times as fast as one training of 2 threads`.
    public var reason: String

    /// What the user said; nil for what was left open.
    public struct Request: Hashable, Sendable {
        public var jobs: Int?
        public var threads: Int?

        public init(jobs: Int? = nil, threads: Int? = nil) {
            self.jobs = jobs
            self.threads = threads
        }

        /// These where they are said, else those of the manifest.
        public func over(_ resources: Manifest.Resources) -> Request {
            Request(jobs: jobs ?? resources.jobs, threads: threads ?? resources.threads)
        }
    }

    /// The reason where nothing was left open.
    public static let asSaid = "as said"
    /// Where there is nothing to train.
    public static let nothingLeft = ResourceChoice(jobs: 1, threads: 1, reason: asSaid)

    private init(jobs: Int, threads: Int, speedup: Double? = nil, reason: String) {
        self.jobs = jobs
        self.threads = threads
        self.speedup = speedup
        self.reason = reason
    }

    /// `2 trainings of 1 thread each (…)`.
    public var sentence: String {
        "\(StepMeter.arrangement(jobs: jobs, threads: threads)) at a time (\(reason))"
            .replacingOccurrences(of: "one training of", with: "one training with")
    }
}

/// Trainings that would not fit into the memory there is: said before they start, instead of being killed.
public struct TooLittleMemory: Error, Hashable, Sendable, CustomStringConvertible {
    /// Labels of the cells with the bytes they need, dearest first.
    public let cells: [Cell]
    public let availableBytes: Int

    public struct Cell: Hashable, Sendable {
        public var label: String
        public var bytes: Int
    }

    public var description: String {
        let shown = cells.prefix(5).map { "\($0.label) about \(ByteCount.text($0.bytes))" }.joined(separator: ", ")
        let more = cells.count > 5 ? " and \(cells.count - 5) more" : ""
        return "not enough memory: \(ByteCount.text(availableBytes)) are available, and at its peak a training needs: "
            + "\(shown)\(more). Choose a smaller batch or imgsz, leave these cells out, or free memory"
    }
}

extension ResourceChoice {
    /// What the request says; what it leaves open is measured on the cell that most of the work is in.
    ///
    /// - Parameters:
    ///   - pending: cells of the trials that are to be trained, one entry a trial.
    ///   - meter: measures, where something is left to choose.
    /// - Throws: `TooLittleMemory` where not even one training fits; `ModelError` where a network cannot be built.
    public init(_ request: Request, pending: [PlannedCell], machine: Machine, meter: StepMeter) throws {
        let most = try Self.fitting(pending, machine)
        let limit = max(1, min(most, pending.count))
        switch (request.jobs, request.threads) {
        case (let jobs?, let threads?):
            self.init(jobs: min(jobs, most), threads: threads, reason: Self.asSaid)
        case (let jobs?, nil):
            let running = max(1, min(jobs, limit))
            self.init(
                jobs: min(jobs, most), threads: max(1, machine.processors / running),
                reason: "so many processors for each")
        case (nil, let threads?):
            let jobs = max(1, min(limit, machine.processors / threads))
            self.init(jobs: jobs, threads: threads, reason: "as many as processors")
        case (nil, nil):
            try self.init(measuring: pending, limit: limit, machine, meter)
        }
        if let jobs = request.jobs, jobs > most {
            reason =
                "\(jobs) were asked for, more do not fit into the "
                + "\(ByteCount.text(machine.availableMemory ?? 0)) of memory that are available"
        }
    }

    private init(measuring pending: [PlannedCell], limit: Int, _ machine: Machine, _ meter: StepMeter) throws {
        let arrangements = Self.arrangements(machine.processors, limit: limit)
        guard arrangements.count > 1, let cell = Self.dominant(pending) else {
            let only = arrangements[0]
            let reason = machine.processors == 1 ? "one processor" : "no more trainings are left, or fit into memory"
            self.init(jobs: only.jobs, threads: only.threads, reason: reason)
            return
        }
        var measured: [(jobs: Int, threads: Int, rate: Double)] = []
        for arrangement in arrangements {
            guard let rate = try meter.throughput(of: cell, jobs: arrangement.jobs, threads: arrangement.threads) else {
                // Processes share nothing, so that this is the safe guess.
                let guess = arrangements.max { $0.jobs < $1.jobs } ?? arrangement
                self.init(jobs: guess.jobs, threads: guess.threads, reason: "not measured")
                return
            }
            measured.append((arrangement.jobs, arrangement.threads, rate))
        }
        let single = try meter.throughput(of: cell, jobs: 1, threads: 1)
        let order = measured.sorted { $0.rate > $1.rate }
        let (best, second) = (order[0], order[1])
        self.init(
            jobs: best.jobs, threads: best.threads, speedup: single.map { best.rate / $0 },
            reason: String(format: "measured %.2f times as fast as ", best.rate / second.rate)
                + StepMeter.arrangement(jobs: second.jobs, threads: second.threads))
    }

    /// The ways to share the processors out evenly: 1 × P, 2 × P/2, … with at most `limit` trainings.
    package static func arrangements(_ processors: Int, limit: Int) -> [(jobs: Int, threads: Int)] {
        let divisors = (1...max(processors, 1)).filter { processors % $0 == 0 && $0 <= limit }
        // A prime number of processors and few trainings leave one; half of many is enough to look at.
        let jobs =
            divisors.count > 4 ? divisors.filter { [1, processors].contains($0) || $0 & ($0 - 1) == 0 } : divisors
        return jobs.map { ($0, processors / $0) }
    }

    /// The cell in whose trials most operations are.
    private static func dominant(_ pending: [PlannedCell]) -> PlannedCell? {
        Dictionary(grouping: pending, by: \.stored.cellID).values.max { a, b in
            func work(_ cells: [PlannedCell]) -> (Double, String) {
                (cells.reduce(0) { $0 + $1.stored.gflops * Double($1.configuration.epochs) }, cells[0].stored.cellID)
            }
            return work(a) < work(b)
        }?.first
    }

    /// How many of the dearest trainings fit into memory at once.
    private static func fitting(_ pending: [PlannedCell], _ machine: Machine) throws -> Int {
        guard let available = machine.availableMemory else { return .max }
        var seen = Set<String>()
        let tooLarge = pending.filter { $0.network.peakMemoryBytes ?? 0 > available }
            .filter { seen.insert($0.stored.cellID).inserted }
            .map { TooLittleMemory.Cell(label: $0.stored.label, bytes: $0.network.peakMemoryBytes ?? 0) }
        guard tooLarge.isEmpty else {
            throw TooLittleMemory(cells: tooLarge.sorted { $0.bytes > $1.bytes }, availableBytes: available)
        }
        let dearest = pending.compactMap(\.network.peakMemoryBytes).max() ?? 0
        return dearest == 0 ? .max : available / dearest
    }
}

/// Bytes for people: `840 MB`, `1.2 GB`.
public enum ByteCount {
    public static func text(_ bytes: Int) -> String {
        let megabytes = Double(bytes) / 1e6
        if megabytes < 1000 { return String(format: megabytes < 10 ? "%.1f MB" : "%.0f MB", megabytes) }
        return String(format: megabytes < 100_000 ? "%.1f GB" : "%.0f GB", megabytes / 1000)
    }
}
