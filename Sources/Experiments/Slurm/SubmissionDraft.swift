import Results

/// A trial as a submission sees it.
package struct SubmittedTrial: Hashable, Sendable {
    package var id: String
    /// `n`, `s`, …
    package var scale: String
    /// MiB to ask for; nil where nobody knows.
    package var memory: Int?
    /// Estimated seconds; nil where nobody knows.
    package var seconds: Double?
    /// Operations, to share tasks out: GFLOPs × epochs.
    package var work: Double

    package init(id: String, scale: String, memory: Int?, seconds: Double?, work: Double) {
        self.id = id
        self.scale = scale
        self.memory = memory
        self.seconds = seconds
        self.work = work
    }
}

/// How trials become tasks: classes of equal resources, bundles of short trials, arrays no longer than the cluster takes.
///
/// ```
/// trials ─► resource classes ─► bundles ─► arrays of at most MaxArraySize tasks
/// ```
/// Nothing is run or written here.
package struct SubmissionDraft: Hashable, Sendable {
    /// Positions of trials, task by task, over all arrays.
    package var bundles: [[Int]] = []
    package var arrays: [SubmittedArray] = []

    /// Seconds that a bundle of short trials should take: much longer than a task takes to start.
    static let bundleSeconds = 600.0

    /// - Parameters:
    ///   - trials: in the order of training.
    ///   - maxArraySize: the cluster's: tasks of one array.
    package init(_ trials: [SubmittedTrial], _ request: SlurmRequest, maxArraySize: Int) {
        let classes = ResourceClass.classes(of: trials, limit: request.parallelism)
        let shares = request.parallelism.map { ResourceClass.shares(of: $0, among: classes) }
        for (position, resourceClass) in classes.enumerated() {
            let throttle = shares?[position]
            let tasks = Self.bundles(resourceClass.members, trials, request, throttle: throttle)
            var previous: String?
            for start in stride(from: 0, to: tasks.count, by: max(1, maxArraySize)) {
                let count = min(tasks.count - start, max(1, maxArraySize))
                let name = "array-\(arrays.count + 1)"
                arrays.append(
                    SubmittedArray(
                        name: name, label: resourceClass.label, firstBundle: bundles.count + start, taskCount: count,
                        trialCount: tasks[start..<(start + count)].reduce(0) { $0 + $1.count },
                        // Two arrays of a class at once would run twice as many tasks as were asked for.
                        throttle: throttle, memory: resourceClass.memory, after: throttle == nil ? nil : previous))
                previous = name
            }
            bundles += tasks
        }
    }

    /// Neighbours in the order of training, as many as fit into a bundle's time.
    private static func bundles(
        _ members: [Int], _ trials: [SubmittedTrial], _ request: SlurmRequest, throttle: Int?
    ) -> [[Int]] {
        if let size = request.bundle {
            return stride(from: 0, to: members.count, by: size).map { start in
                Array(members[start..<min(start + size, members.count)])
            }
        }
        var limit = bundleSeconds
        if let time = request.timeLimit { limit = min(limit, Double(time) / 4) }
        // No fewer tasks than may run at once.
        let total = members.reduce(0.0) { $0 + (trials[$1].seconds ?? 0) }
        if let throttle { limit = min(limit, total / Double(throttle)) }
        var bundles: [[Int]] = []
        var filled = Double.infinity
        for member in members {
            let seconds = trials[member].seconds ?? .infinity
            if filled + seconds <= limit, !bundles.isEmpty {
                bundles[bundles.count - 1].append(member)
                filled += seconds
            } else {
                bundles.append([member])
                filled = seconds
            }
        }
        return bundles
    }
}

/// One job array of a submission.
public struct SubmittedArray: Codable, Hashable, Sendable {
    /// Name of its script and of the folder with its jobs' IDs.
    public var name: String
    /// The resource class for people: `n, s: 2 GiB`.
    public var label: String
    /// The bundle of task 0; that of task i is `firstBundle` + i.
    public var firstBundle: Int
    public var taskCount: Int
    public var trialCount: Int
    /// Tasks that may run at once; nil for no limit.
    public var throttle: Int?
    /// MiB of a task; nil for the partition's own.
    public var memory: Int?
    /// Name of the array that has to end before this one begins.
    public var after: String?

    package init(
        name: String, label: String, firstBundle: Int, taskCount: Int, trialCount: Int, throttle: Int?, memory: Int?,
        after: String?
    ) {
        self.name = name
        self.label = label
        self.firstBundle = firstBundle
        self.taskCount = taskCount
        self.trialCount = trialCount
        self.throttle = throttle
        self.memory = memory
        self.after = after
    }
}
