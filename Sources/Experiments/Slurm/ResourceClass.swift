/// Trials that ask for the same of a node, and so can be tasks of one array.
package struct ResourceClass: Hashable, Sendable {
    /// MiB of a task; nil for the partition's own.
    package var memory: Int?
    /// Scales of the networks in it, in the order of their first trial.
    package var scales: [String]
    /// Positions in the list of trials, in their order.
    package var members: [Int]
    /// Work of its trials, in arbitrary units.
    package var work: Double

    package init(memory: Int?, scales: [String], members: [Int], work: Double) {
        self.memory = memory
        self.scales = scales
        self.members = members
        self.work = work
    }

    /// For people: `n, s: 2 GiB`.
    package var label: String {
        let size = memory.map { ": " + Self.text(mebibytes: $0) } ?? ""
        return scales.joined(separator: ", ") + size
    }

    static func text(mebibytes: Int) -> String {
        mebibytes % 1024 == 0 ? "\(mebibytes / 1024) GiB" : "\(mebibytes) MiB"
    }

    /// Memory to ask for where a training is expected to need so many bytes: some more, in steps of about a quarter, so
    /// that there are few classes.
    package static func request(bytes: Int) -> Int {
        // The supervisor of the task, the libraries, and what an estimate does not know.
        let needed = bytes / 1_048_576 * 115 / 100 + 256
        var step = 256
        while step * 8 <= needed { step *= 2 }
        return (needed + step - 1) / step * step
    }

    /// Sorts trials into classes: by memory where it is known, by scale where not.
    ///
    /// - Parameter limit: of the number of classes; a class is joined to the next larger one, which has room for it.
    package static func classes(of trials: [SubmittedTrial], limit: Int?) -> [ResourceClass] {
        var classes: [ResourceClass] = []
        for (index, trial) in trials.enumerated() {
            let known = classes.firstIndex { candidate in
                candidate.memory == trial.memory && (trial.memory != nil || candidate.scales == [trial.scale])
            }
            if let known {
                classes[known].members.append(index)
                classes[known].work += trial.work
                if !classes[known].scales.contains(trial.scale) { classes[known].scales.append(trial.scale) }
            } else {
                classes.append(
                    ResourceClass(memory: trial.memory, scales: [trial.scale], members: [index], work: trial.work))
            }
        }
        classes.sort { a, b in
            // What nobody knows is taken for large.
            (a.memory ?? .max, a.work / Double(a.members.count)) < (b.memory ?? .max, b.work / Double(b.members.count))
        }
        while let limit, classes.count > max(1, limit) {
            let small = classes.removeFirst()
            classes[0].members = (small.members + classes[0].members).sorted()
            classes[0].scales = small.scales + classes[0].scales.filter { !small.scales.contains($0) }
            classes[0].work += small.work
        }
        return classes
    }

    /// Shares out how many tasks may run at once: one at least, the rest so that all end as early as can be.
    package static func shares(of total: Int, among classes: [ResourceClass]) -> [Int] {
        var shares = [Int](repeating: 1, count: classes.count)
        for _ in 0..<max(0, total - classes.count) {
            let last = shares.indices.max { a, b in
                classes[a].work / Double(shares[a]) < classes[b].work / Double(shares[b])
            }
            if let last { shares[last] += 1 }
        }
        return shares
    }
}
