import Results
import Training

/// How long trainings are expected to take, from those of the plan that are done.
struct TrialDurations: Sendable {
    private var seconds: [String: Double] = [:]

    init(_ plan: Plan, _ standing: Standing) {
        let work = Dictionary(
            plan.cells.map { ($0.stored.cellID, $0.stored.gflops * Double($0.configuration.epochs)) },
            uniquingKeysWith: { first, _ in first })
        var measured: [String: (seconds: Double, count: Double)] = [:]
        var rate = (seconds: 0.0, work: 0.0)
        for trial in plan.trials {
            guard let record = standing.records[trial.identity.id]?.record, record.status == .done else { continue }
            let cell = trial.identity.cellID
            measured[cell, default: (0, 0)].seconds += record.seconds
            measured[cell, default: (0, 0)].count += 1
            rate.seconds += record.seconds
            rate.work += work[cell] ?? 0
        }
        for (cell, amount) in work {
            if let own = measured[cell] {
                seconds[cell] = own.seconds / own.count
            } else if rate.work > 0 {
                seconds[cell] = amount * rate.seconds / rate.work
            }
        }
    }

    /// Nil while no trial of the plan is done.
    func seconds(ofCell cellID: String) -> Double? { seconds[cellID] }
}
