extension ResultCheck {
    static let mixedPrograms = ResultCheck(
        name: "mixed-programs", summary: "Trials of one contrast that different builds of the program have trained."
    ) { trained in
        let versions = Dictionary(grouping: trained.trials.filter { !$0.record.codeVersion.isEmpty }) {
            $0.trial.cellID
        }
        .mapValues { Set($0.map(\.record.codeVersion)) }
        return (trained.plan.compare?.contrasts ?? []).compactMap { contrast in
            let used = contrast.pairs.flatMap { [$0.cellID, $0.againstCellID] }
                .reduce(into: Set<String>()) { $0.formUnion(versions[$1] ?? []) }
            guard used.count > 1 else { return nil }
            return "\(contrast.name): its trials were trained by \(used.count) different builds of the program."
        }
    }
}
