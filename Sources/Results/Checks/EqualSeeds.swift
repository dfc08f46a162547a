extension ResultCheck {
    static let equalSeeds = ResultCheck(
        name: "equal-seeds", summary: "Two seeds of one cell with equal curves: the seed changes nothing."
    ) { trained in
        trained.plan.cells.flatMap { cell -> [String] in
            var first: [[[Double]]: Int] = [:]
            return trained.trials.filter { $0.trial.cellID == cell.cellID && !$0.epochs.isEmpty }.compactMap { trial in
                // Everything but the time, which is the first of the values.
                let curves = trial.epochs.map { $0.values.dropFirst().map { $0.isNaN ? -.infinity : $0 } }
                guard let other = first[curves] else {
                    first[curves] = trial.trial.seed
                    return nil
                }
                return
                    "\(cell.label): seeds \(other) and \(trial.trial.seed) have equal curves, as if the seed changed "
                    + "nothing: they count as two pairs and are one."
            }
        }
    }
}
