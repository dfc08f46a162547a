import Foundation
import Metrics
import Results

/// What the results say of questions that checklists share, one sentence each.
extension SweepSummary {
    var dataAnswer: [String] {
        dataSets.map { "Data \($0.name): SHA-256 over class names, images and labels \($0.digest)." }
    }

    /// How many images and classes the metrics are over; nothing where the detections were not read.
    var sizeAnswer: [String] {
        let sizes = unique(
            trials.compactMap { trial in
                results.metrics[trial.trial.trialID].map {
                    "\($0.images.ids.count) validation images, \($0.classNames.count) classes "
                        + "(\($0.classNames.prefix(20).joined(separator: ", "))\($0.classNames.count > 20 ? ", …" : ""))"
                }
            })
        return sizes.map { "\($0)." }
    }

    /// Every key of the configurations: what is the same in all cells, and what is not.
    var settingsAnswer: [String] {
        let keys = Set(plan.cells.flatMap(\.configuration.keys)).sorted()
        let constant = keys.filter { key in Set(plan.cells.map { $0.configuration[key] }).count == 1 }
        let varying = keys.filter { !constant.contains($0) }
        let same = constant.map { "\($0) \(values($0).first ?? "")" }.joined(separator: ", ")
        let different = varying.map { "\($0) (\(values($0).joined(separator: ", ")))" }.joined(separator: ", ")
        return [
            constant.isEmpty ? "" : "The same in every cell: \(same).",
            varying.isEmpty ? "" : "Different between cells: \(different).",
            "Seeds \(plan.plannedSeeds.map(String.init).joined(separator: ", ")), the same in every cell.",
        ]
    }

    var codeAnswer: [String] {
        let programs = unique(trials.compactMap { $0.record?.record?.codeVersion }.filter { !$0.isEmpty })
        return [
            commits.isEmpty ? "" : "Commit \(commits.joined(separator: ", ")).",
            programs.isEmpty ? "" : "SHA-256 of the program: \(programs.joined(separator: ", ")).",
            "Each attempt's folder keeps the changes to the commit (diff.patch) and its whole configuration (args.toml).",
        ]
    }

    var reproductionAnswer: [String] {
        let manifest = plan.manifestPath.isEmpty ? "" : " \(plan.manifestPath)"
        let words = (plan.narrowing + plan.overrides).joined(separator: " ")
        return [
            "`ablate run\(manifest)\(words.isEmpty ? "" : " \(words)")` trains all of it again and `ablate report` makes "
                + "these tables; the manifest is stored with the plan and in every bundle.",
            "Equal configuration, seed and data give equal weights, bit by bit, whatever the number of threads.",
        ]
    }

    var environmentAnswer: [String] {
        let systems = unique(trials.compactMap { $0.record?.environment?.system })
        let names = Set(trials.flatMap { ($0.record?.environment?.details ?? [:]).keys })
            .subtracting(["commit", "changed", "program"])
            .subtracting(TrialEnvironment.localDetails).sorted()
        let details = names.map { name in
            let found = unique(trials.compactMap { $0.record?.environment?.details[name] })
            return "\(name): \(found.joined(separator: " or "))."
        }
        return [
            hardware.isEmpty ? "" : "Hardware: \(hardware.joined(separator: "; ")).",
            systems.isEmpty ? "" : "System: \(systems.joined(separator: "; ")).",
        ] + details
    }

    var computeAnswer: [String] {
        let memory = trials.compactMap { $0.record?.record?.peakMemoryBytes }.max() ?? 0
        let seconds = Sample(trials.filter { $0.outcome == .done }.compactMap { $0.record?.record?.seconds })
        return [
            hardware.isEmpty ? "" : "Hardware: \(hardware.joined(separator: "; ")).",
            seconds.map {
                "A training took \(Cell.duration($0.mean).text) on average, from \(Cell.duration($0.minimum).text) to "
                    + "\(Cell.duration($0.maximum).text), and at most \(memory / 1_048_576) MiB."
            } ?? "",
            processorHours > 0
                ? "All attempts together: \(Cell.number(processorHours, decimals: 2).text) CPU-hours (wall-clock time × "
                    + "threads), of which \(Cell.number(lostProcessorHours, decimals: 2).text) gave no result." : "",
            "Experiments outside this sweep are not counted.",
        ]
    }

    var uncertaintyAnswer: [String] {
        [
            "Numbers are mean ± sample standard deviation over \(plan.plannedSeeds.count) seeds: the seed is the unit of "
                + "replication, and decides initial weights, order and augmentation of images.",
            testSentence,
        ]
    }

    var testAnswer: [String] {
        guard !testSentence.isEmpty else { return [] }
        return [
            testSentence,
            "The t interval takes the paired differences for normal; the sign-flip test takes them for symmetric only. "
                + "A difference is claimed where both agree.",
            "The family is \(contrasts.count) contrasts: every arm against the baseline, and those that the manifest declares; "
                + "they were stored with the plan when the run began.",
        ]
    }

    var claimsAnswer: [String] {
        contrasts.map { row in
            let difference =
                row.result.sample.map { "\(Cell.signed($0.mean, decimals: 4).text) \(primary)" } ?? "no pair"
            let interval =
                row.result.tInterval.map { ", 95 % interval \(Cell.interval($0.low, $0.high, decimals: 4).text)" } ?? ""
            return "\(row.contrast.name): \(row.result.verdict.rawValue) (\(difference)\(interval); "
                + "\(row.result.contrast.differences.count) pairs)."
        }
    }

    var limitsAnswer: [String] {
        ["Coverage: \(coverage.sentence)."] + notes
            + (plan.isNarrowed
                ? ["Narrowed: \(plan.narrowing.joined(separator: " ")) of the manifest was trained."] : [])
    }

    var metricsAnswer: [String] {
        guard let metric = Metric.named(primary) else { return ["\(primary) decides."] }
        return [
            "\(primary) decides: \(metric.summary) (\(metric.reference))", "All others are in the table of trials.",
        ]
    }

    var selectionAnswer: [String] {
        let checkpoints = values("select").joined(separator: ", ")
        return [
            "Checkpoint: \(checkpoints.isEmpty ? "last" : checkpoints)"
                + (values("select").contains("best")
                    ? "; the best one is chosen on the validation images that it is then measured on."
                    : ", fixed beforehand: nothing is chosen on the validation images."),
            "No setting was searched by this program; all arms share their settings but for the axes of the sweep.",
        ]
    }

    var baselineAnswer: [String] {
        guard let compare = plan.compare else { return [] }
        return [
            "Every arm is held against \(StoredContrast.describe(compare.baseline)), trained here with the same settings, "
                + "seeds and data."
        ]
    }

    /// What the planner noticed of images that are in both splits; it compares contents, not names.
    var leakageAnswer: [String] {
        let found = plan.notes.filter { $0.contains("both train and val") }
        return found.isEmpty
            ? ["No validation image was found among the training images; files with equal bytes were looked for."]
            : found
    }

    var modelAnswer: [String] {
        unique(
            plan.cells.map {
                "\($0.label): \($0.parameters) parameters (\($0.backboneParameters) in the backbone), "
                    + "\(Cell.number($0.gflops, decimals: 2).text) GFLOPs at the size trained with."
            })
    }

    var augmentationAnswer: [String] {
        let keys = [
            "imgsz", "classes", "single_cls", "fraction", "hsv_h", "hsv_s", "hsv_v", "degrees", "translate",
            "augment_scale", "shear", "perspective", "flipud", "fliplr", "mosaic", "mixup", "close_mosaic", "val_rect",
        ]
        let used = keys.filter { !values($0).isEmpty }.map { "\($0) \(values($0).joined(separator: " or "))" }
        return used.isEmpty ? [] : ["Of images: \(used.joined(separator: ", "))."]
    }
}
