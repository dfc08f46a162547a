import Metrics
import Results

extension SweepSummary {
    /// Sentences that keep a reader from a wrong conclusion.
    var notes: [String] {
        var notes: [String] = []
        let ghostScales = plan.cells.filter { ["v1", "v2"].contains($0.configuration["backbone"] ?? "") }
            .compactMap { $0.configuration["scale"] }
        if Set(ghostScales).count > 1 {
            notes.append(
                "The Ghost backbones' own channels do not grow with the scale n…x; only neck and head do. "
                    + "`width` changes them.")
        }
        if values("select").contains("best") {
            notes.append(
                "The best checkpoint is chosen on the validation images that it is then measured on: its numbers are "
                    + "too high by an unknown amount.")
        }
        let hasZero = trials.contains { $0.value("mAP50-95") == 0 }
        if hasZero {
            notes.append(
                "A mAP of 0 is a legal result of a short training from scratch: train longer, or start from weights.")
        }
        for cell in cells {
            if let sample = cell.sample(primary), sample.count > 1, sample.isConstant, sample.mean != 0 {
                notes.append("\(cell.cell.label): all seeds gave the same \(primary), as if the seed changed nothing.")
            }
        }
        if hardware.count > 1 {
            notes.append("The trainings ran on different hardware: their times do not compare.")
        }
        return notes + results.findings + plan.notes + problems
    }
}
