public import Results

/// Why a result is not what would be measured now.
///
/// A stale result stays where it is and is marked in tables: nothing is trained again unless `--refresh stale` asks for
/// it.
public enum Staleness: Hashable, Sendable, CustomStringConvertible {
    /// Another version of the program has trained it, built from that commit where it is known.
    case program(commit: String?)
    /// One version began it and another went on.
    case severalPrograms
    /// The data that its plan names have other content now.
    case data(String)
    /// The data cannot be opened, so nobody knows.
    case missingData(String, cause: String)

    public var description: String {
        switch self {
        case .program(let commit?): "trained by another version of this program, built from commit \(commit.prefix(10))"
        case .program(nil): "trained by another version of this program"
        case .severalPrograms: "begun by one version of this program and finished by another"
        case .data(let name): "\(name) has other content now: its trials have other IDs, the next run trains them"
        case .missingData(let name, let cause): "\(name) cannot be opened: \(cause)"
        }
    }

    /// Why the results of a plan are stale, by the trial's ID; trials that are fresh, or have no result, are absent.
    ///
    /// - Parameter codeVersion: of this program.
    public static func find(
        _ plan: StoredPlan, _ records: [TrialRecord], codeVersion: String, data: any DataInspector
    ) -> [String: [Staleness]] {
        let cells = Dictionary(plan.cells.map { ($0.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        var inspected: [String: Result<String, any Error>] = [:]
        var found: [String: [Staleness]] = [:]
        for record in records {
            guard let result = record.record, result.status != .failed else { continue }
            var reasons: [Staleness] = []
            if result.codeVersion.hasPrefix(CodeVersion.mixedPrefix) {
                reasons.append(.severalPrograms)
            } else if !result.codeVersion.isEmpty, result.codeVersion != codeVersion {
                let commit = record.environment?.details["commit"]
                reasons.append(.program(commit: commit == "unknown" ? nil : commit))
            }
            if let cell = cells[record.trial.cellID], let name = cell.configuration["data"] {
                let digest = inspected[name] ?? Result { try data.inspect(name).digest }
                inspected[name] = digest
                switch digest {
                case .success(cell.datasetDigest): break
                case .success: reasons.append(.data(name))
                case .failure(let error): reasons.append(.missingData(name, cause: "\(error)"))
                }
            }
            if !reasons.isEmpty { found[record.trial.trialID] = reasons }
        }
        return found
    }
}
