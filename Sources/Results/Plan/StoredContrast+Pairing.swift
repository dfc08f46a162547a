extension StoredContrast {
    /// The contrasts of every arm against the baseline, in the order of the cells.
    ///
    /// - `within`: axes in which a pair agrees.
    /// - `conditional`: axes that exist only where they mean something (`[[when]]`); one that one cell has and the
    ///   other has not does not forbid a pair.
    ///
    /// An arm without any pair, such as an included cell without its own baseline cell, gives no contrast.
    /// Throws `PairingError` where a pattern fits several cells.
    public static func againstBaseline(
        cells: [StoredCell], baseline: [String: String], within: [String], conditional: Set<String>
    ) throws(PairingError) -> [StoredContrast] {
        var arms: [[String: String]] = []
        for cell in cells where !cell.matches(baseline) && !arms.contains(cell.arm) { arms.append(cell.arm) }
        var contrasts: [StoredContrast] = []
        for arm in arms {
            let members = cells.filter { $0.arm == arm }
            let contrast = try StoredContrast(
                name: "\(describe(arm)) vs \(describe(baseline))", isAgainstBaseline: true, arm: arm,
                against: baseline,
                pairing: members, with: cells.filter { $0.matches(baseline) }, free: Set(baseline.keys),
                within: within, conditional: conditional)
            if !contrast.pairs.isEmpty { contrasts.append(contrast) }
        }
        return contrasts
    }

    /// One declared contrast: the cells that match `arm` against those that match `against` and agree in all other
    /// axes.
    public static func declared(
        name: String, arm: [String: String], against: [String: String], cells: [StoredCell], within: [String],
        conditional: Set<String>
    ) throws(PairingError) -> StoredContrast {
        try StoredContrast(
            name: name, isAgainstBaseline: false, arm: arm, against: against,
            pairing: cells.filter { $0.matches(arm) }, with: cells.filter { $0.matches(against) },
            free: Set(arm.keys).union(against.keys), within: within, conditional: conditional)
    }

    private init(
        name: String, isAgainstBaseline: Bool, arm: [String: String], against: [String: String],
        pairing members: [StoredCell], with candidates: [StoredCell], free: Set<String>, within: [String],
        conditional: Set<String>
    ) throws(PairingError) {
        var pairs: [StoredPair] = []
        for cell in members {
            let partners = candidates.filter { candidate in
                candidate.cellID != cell.cellID
                    && cell.agrees(with: candidate, free: free.subtracting(within), conditional: conditional)
            }
            if partners.count > 1 {
                throw PairingError(contrast: name, cell: cell.label, candidates: partners.map(\.label))
            }
            if let partner = partners.first {
                pairs.append(StoredPair(cellID: cell.cellID, againstCellID: partner.cellID))
            }
        }
        self.init(name: name, isAgainstBaseline: isAgainstBaseline, arm: arm, against: against, pairs: pairs)
    }

    /// `v2 dfc=both`: the backbone by its name alone, which is first, anything else with its key.
    public static func describe(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }
            .map { $0.key == "backbone" ? $0.value : "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

/// A contrast whose pattern fits several cells, so that no single partner can be named.
public struct PairingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let contrast: String
    public let cell: String
    public let candidates: [String]

    public var description: String {
        "contrast \"\(contrast)\": \(cell) could be held against any of \(candidates.joined(separator: "; ")): "
            + "name one of them with one more key"
    }
}

extension StoredCell {
    /// Whether the cell's axes, or else its configuration, have all these values.
    public func matches(_ pattern: [String: String]) -> Bool {
        pattern.allSatisfy { key, value in (arm[key] ?? within[key] ?? configuration[key]) == value }
    }

    /// Whether two cells agree in every axis of either, but for the free ones and conditional ones that only one has.
    func agrees(with other: StoredCell, free: Set<String>, conditional: Set<String>) -> Bool {
        let mine = axisValues
        let theirs = other.axisValues
        return Set(mine.keys).union(theirs.keys).subtracting(free).allSatisfy { key in
            if conditional.contains(key), mine[key] == nil || theirs[key] == nil { return true }
            return (mine[key] ?? configuration[key]) == (theirs[key] ?? other.configuration[key])
        }
    }
}
