import Foundation
public import Metrics

/// Everything that is known of a plan's trials: what a report is made from, and what a bundle carries elsewhere.
///
/// ```
/// ResultStore ─► SweepResults ─► report
///                   ▲  │
///                   └──┴──► bundle (one HDF5 file)
/// ```
public struct SweepResults: Sendable {
    public var plan: StoredPlan
    /// In the plan's order.
    public var records: [TrialRecord]
    /// The epochs of each trial that has begun, by trial ID: those of the attempt that `records` shows, or of the last.
    public var epochs: [String: [EpochRow]]
    /// What the final validation of each finished trial measured, by trial ID; empty where only tables are wanted.
    public var metrics: [String: TrialMetrics]
    /// Wall-clock seconds that each trial took over all its attempts, failed ones included, by trial ID.
    public var spentSeconds: [String: Double]
    /// The validation images, by `StoredCell.labelsKey`; absent where the data could not be opened.
    public var validation: [String: ValidationImages]
    /// The code that results are held against: those of another are stale; `nil` leaves that open.
    public var codeVersion: String?
    /// What could not be read, or was taken from elsewhere: one sentence each.
    public var problems: [String]

    public init(
        plan: StoredPlan, records: [TrialRecord], epochs: [String: [EpochRow]] = [:],
        metrics: [String: TrialMetrics] = [:], spentSeconds: [String: Double] = [:],
        validation: [String: ValidationImages] = [:], codeVersion: String? = nil, problems: [String] = []
    ) {
        self.plan = plan
        self.records = records
        self.epochs = epochs
        self.metrics = metrics
        self.spentSeconds = spentSeconds
        self.validation = validation
        self.codeVersion = codeVersion
        self.problems = problems
    }

    /// The validation split of a data set: its labels, and some of its images as they are shown.
    public struct ValidationImages: Hashable, Sendable {
        /// Image numbers are positions in the split, category numbers positions in the list of classes.
        public var groundTruth: GroundTruth
        public var pictures: [Picture]

        public init(groundTruth: GroundTruth, pictures: [Picture]) {
            self.groundTruth = groundTruth
            self.pictures = pictures
        }
    }

    /// An image of the validation split, small enough to be shown.
    public struct Picture: Hashable, Sendable {
        /// Its position in the split.
        public var image: Int
        public var name: String
        /// Size of the original in pixels, in which boxes are counted.
        public var width: Int
        public var height: Int
        /// The image as a PNG file, scaled down where it was large.
        public var png: [UInt8]

        public init(image: Int, name: String, width: Int, height: Int, png: [UInt8]) {
            self.image = image
            self.name = name
            self.width = width
            self.height = height
            self.png = png
        }
    }
}

extension SweepResults {
    /// How much of the trials' folders is read.
    public enum Detail: Hashable, Sendable {
        /// What tables show: records and epochs.
        case tables
        /// Also the curves over recall and the per-class values that figures show; detections are left out.
        case figures
        /// Also every trial's detections.
        case everything
    }

    /// Reads what the store holds of a plan. What a trial's folder no longer has is taken from the database, or left out,
    /// and said in `problems`.
    public init(of plan: StoredPlan, in store: ResultStore, detail: Detail, codeVersion: String? = nil)
        throws(StoreError)
    {
        self.init(plan: plan, records: try store.records(of: plan), codeVersion: codeVersion)
        for index in records.indices { try read(index, store, detail) }
    }

    private mutating func read(_ index: Int, _ store: ResultStore, _ detail: Detail) throws(StoreError) {
        let record = records[index]
        let id = record.trial.trialID
        let attempts = try record.directory?.attempts() ?? []
        let shown = attempts.first { $0.number == record.record?.attempt } ?? attempts.last
        if let shown {
            do throws(StoreError) {
                epochs[id] = try shown.epochs()
                // The database does not keep everything that the file says.
                if let done = try shown.done() { records[index] = record.replacing(done) }
            } catch {
                problems.append("\(error)".replacing("\n", with: " "))
            }
        }
        if epochs[id] == nil, let known = record.record {
            epochs[id] = try store.epochs(of: id, attempt: known.attempt)
        }
        if record.attempts > 0 { spentSeconds[id] = Self.spentSeconds(record, attempts) }
        guard detail != .tables, record.record?.status == .done else { return }
        guard let shown, FileManager.default.fileExists(atPath: shown.metricsURL.path) else {
            problems.append("trial \(id.prefix(10)) has no metrics.h5 any more: figures are without it")
            return
        }
        do throws(StoreError) {
            metrics[id] = try TrialMetrics(reading: shown.metricsURL, withDetections: detail == .everything)
        } catch {
            problems.append("\(error)".replacing("\n", with: " "))
        }
    }

    /// Reads the detections of some trials that `figures` left out.
    public mutating func readDetections(of trials: Set<String>) {
        for record in records where trials.contains(record.trial.trialID) {
            let id = record.trial.trialID
            guard let known = metrics[id], known.detections == nil else { continue }
            do throws(StoreError) {
                let attempts = try record.directory?.attempts() ?? []
                guard let shown = attempts.first(where: { $0.number == record.record?.attempt }) else { continue }
                metrics[id]?.detections = try TrialMetrics.Detections(reading: shown.metricsURL)
            } catch {
                problems.append("\(error)".replacing("\n", with: " "))
            }
        }
    }

    /// Seconds of all attempts. One that resumed another counts from where it went on; what an attempt that was killed did
    /// after its last epoch is not known and not counted.
    private static func spentSeconds(_ record: TrialRecord, _ attempts: [AttemptDirectory]) -> Double {
        guard !attempts.isEmpty else { return record.record?.seconds ?? 0 }
        var total = 0.0
        var earlier: [[EpochRow]] = []
        for attempt in attempts {
            let rows = (try? attempt.epochs()) ?? []
            let done = try? attempt.done()
            let end = max(done?.seconds ?? 0, rows.last?.time ?? 0)
            let taken = earlier.map { zip($0, rows).prefix { $0 == $1 }.last?.1.time ?? 0 }.max() ?? 0
            total += max(0, end - taken)
            earlier.append(rows)
        }
        return total
    }
}

extension TrialRecord {
    /// The same with another record of how it ended.
    fileprivate func replacing(_ record: DoneRecord) -> TrialRecord {
        TrialRecord(
            trial: trial, directory: directory, state: state, attempts: attempts, record: record,
            environment: environment)
    }
}

extension StoredCell {
    /// What the labels of the validation images depend on: the data, and the classes of it that are looked at.
    public var labelsKey: String {
        let classes = configuration["classes"] ?? ""
        let isSingle = configuration["single_cls"] == "true"
        return datasetDigest + (classes.isEmpty ? "" : " classes=\(classes)") + (isSingle ? " single_cls" : "")
    }
}
