extension Report {
    /// The trials behind a number, numbered in the order in which the document first needs them.
    public struct Source: Hashable, Sendable {
        /// Counted from 1.
        public let number: Int
        /// Full IDs.
        public let trials: [String]
        /// The same by cell, in the order of `Report.trials`.
        public let cells: [Member]
        /// The place that the number leads to: the cell's, or the source's own where it has several cells.
        public var anchor: String { cells.count == 1 ? cells[0].anchor : "source-\(number)" }

        /// One cell's trials.
        public struct Member: Hashable, Sendable {
            public let label: String
            public let anchor: String
            public let seeds: [Int]
        }
    }

    /// Every set of trials that some number of the document is from.
    public var sources: [Source] {
        let byID = Dictionary(trials.map { ($0.trialID, $0) }, uniquingKeysWith: { first, _ in first })
        let order = Dictionary(
            trials.enumerated().map { ($1.trialID, $0) }, uniquingKeysWith: { first, _ in first })
        var seen = Set<[String]>()
        var sources: [Source] = []
        for trials in sections.flatMap(\.blocks).flatMap(Self.trialSets) where !trials.isEmpty {
            guard seen.insert(trials).inserted else { continue }
            let known = trials.compactMap { byID[$0] }
                .sorted { (order[$0.trialID] ?? 0) < (order[$1.trialID] ?? 0) }
            guard !known.isEmpty else { continue }
            var cells: [Source.Member] = []
            for trial in known {
                if let last = cells.last, last.anchor == trial.cellAnchor {
                    cells[cells.count - 1] = Source.Member(
                        label: last.label, anchor: last.anchor, seeds: last.seeds + [trial.seed])
                } else {
                    cells.append(Source.Member(label: trial.label, anchor: trial.cellAnchor, seeds: [trial.seed]))
                }
            }
            sources.append(Source(number: sources.count + 1, trials: trials, cells: cells))
        }
        return sources
    }

    private static func trialSets(_ block: Block) -> [[String]] {
        switch block {
        case .paragraph, .warning, .figure: []
        case .list(let items): items.map(\.trials)
        case .table(let table): table.rows.joined().map(\.trials)
        }
    }
}

extension Report.Source.Member {
    /// `seed 0`, `seeds 0, 1, 2`.
    public var seedText: String {
        (seeds.count == 1 ? "seed " : "seeds ") + seeds.map(String.init).joined(separator: ", ")
    }
}
