public import Foundation
import Results
import Training

/// Freezes jobs into a submission and hands them over: to Slurm, or as commands to whatever the user runs them with.
///
/// It does not wait. `SubmissionWatch` looks for what becomes of them.
public struct SubmissionExecutor: Executor {
    public let plan: Plan
    public let results: URL
    public var request: SlurmRequest
    public var kind: Submission.Kind
    /// Told what keeps jobs out, and what was submitted, as soon as it was.
    public var receive: @Sendable (SubmissionNews) -> Void

    public init(
        plan: Plan, results: URL, request: SlurmRequest, kind: Submission.Kind,
        receive: @escaping @Sendable (SubmissionNews) -> Void
    ) {
        self.plan = plan
        self.results = results
        self.request = request
        self.kind = kind
        self.receive = receive
    }

    public func run(_ jobs: [TrialJob], report: (ExecutionEvent) throws -> ExecutionWish) throws -> ExecutionEnd {
        let free = try withoutTaken(jobs)
        guard !free.isEmpty else { return .handedOver }
        let client = SlurmClient()
        let draft: SubmissionDraft
        switch kind {
        case .slurm:
            draft = SubmissionDraft(
                try submittedTrials(free.map(\.trial)), request, maxArraySize: try client.maxArraySize())
        case .commands:
            var single = request
            single.bundle = single.bundle ?? 1
            draft = SubmissionDraft(try submittedTrials(free.map(\.trial)), single, maxArraySize: .max)
        }
        let sweep = results.appendingPathComponent(plan.sweep, isDirectory: true)
        let submission = try Submission.freeze(
            Submission.Content(
                kind: kind, plan: plan.stored, arrays: draft.arrays, bundles: draft.bundles.map { $0.map { free[$0] } },
                script: { array, number, folder in kind == .slurm ? script(array, number, folder) : nil }),
            in: sweep)
        guard kind == .slurm else {
            receive(.frozen(submission))
            return .handedOver
        }
        var jobIDs: [String: String] = [:]
        for array in draft.arrays {
            do {
                let job = try submit(submission.script(of: array), after: array.after.flatMap { jobIDs[$0] }, client)
                jobIDs[array.name] = job
                try submission.note(job: job, of: array)
            } catch {
                // What was submitted already goes on: the user is told of it before the error.
                if jobIDs.isEmpty { try? submission.markCancelled() }
                receive(.submitted(submission, complete: false))
                throw error
            }
        }
        receive(.submitted(submission, complete: true))
        return .handedOver
    }

    private func submit(_ script: URL, after job: String?, _ client: SlurmClient) throws -> String {
        let nodes = try excludedNodes()
        do {
            return try client.submit(script, after: job, excluding: nodes)
        } catch  where !nodes.isEmpty {
            // Bad nodes are better than none at all.
            return try client.submit(script, after: job)
        }
    }

    /// The batch scripts of trials, as they would be submitted.
    /// - Throws: `SlurmError`.
    public func dryRun(_ trials: [PlannedTrial]) throws -> [(array: SubmittedArray, script: String)] {
        let size = try SlurmClient().maxArraySize()
        let sweep = results.appendingPathComponent(plan.sweep, isDirectory: true)
        let number = Submission.nextNumber(in: sweep)
        let folder = sweep.standardizedFileURL.appendingPathComponent("submissions/\(number)").path
        return SubmissionDraft(try submittedTrials(trials), request, maxArraySize: size).arrays.map {
            ($0, script($0, number, folder))
        }
    }

    private func script(_ array: SubmittedArray, _ number: Int, _ folder: String) -> String {
        SlurmScript(array: array, request: request, sweep: plan.sweep, submission: number, folder: folder).text
    }

    /// Without the jobs that a living process, or a task of an earlier submission, has.
    private func withoutTaken(_ jobs: [TrialJob]) throws -> [TrialJob] {
        let owned = Set(jobs.filter { $0.directory.isOwned }.map(\.trial.identity.id))
        var submitted: Set<String> = []
        let earlier = try Submission.all(in: results).filter { $0.record.kind == .slurm && !$0.isRetired }
        if !earlier.isEmpty {
            // Without an answer nothing can be submitted anyway; commands may be for a machine without Slurm.
            let queue = kind == .slurm ? try SlurmClient().queue() : (try? SlurmClient().queue()) ?? [:]
            for submission in earlier where !submission.liveTasks(in: queue).isEmpty {
                let cells = try submission.cells()
                for (index, bundle) in cells.bundles.enumerated()
                where submission.tasks(ofBundle: index).contains(where: { queue[$0].map { !$0.hasEnded } ?? false }) {
                    submitted.formUnion(bundle.map(\.description.identity.id))
                }
            }
        }
        let free = jobs.filter { !owned.union(submitted).contains($0.trial.identity.id) }
        let others = jobs.count { submitted.subtracting(owned).contains($0.trial.identity.id) }
        receive(.leftOut(running: owned.count, submitted: others, of: jobs.count))
        return free
    }

    /// Nodes on which two tasks of a submission that is not over have crashed.
    private func excludedNodes() throws -> [String] {
        let bad = try Submission.all(in: results).filter { !$0.isRetired }.flatMap { $0.badNodes }
        return bad.isEmpty ? [] : Array(Set(bad + request.excludedNodes)).sorted()
    }

    private func submittedTrials(_ trials: [PlannedTrial]) throws -> [SubmittedTrial] {
        let database = ResultStore.databaseURL(in: results)
        let standing =
            FileManager.default.fileExists(atPath: database.path)
            ? try Standing(plan, try ResultStore(results, .reading)) : Standing(untouched: plan)
        let durations = TrialDurations(plan, standing)
        let cells = Dictionary(plan.cells.map { ($0.stored.cellID, $0) }, uniquingKeysWith: { first, _ in first })
        return trials.map { trial in
            let cell = cells[trial.identity.cellID]
            let estimate = cell?.network.peakMemoryBytes.map { ResourceClass.request(bytes: $0) }
            return SubmittedTrial(
                id: trial.identity.id, scale: trial.configuration.scale.rawValue, memory: request.memory ?? estimate,
                seconds: durations.seconds(ofCell: trial.identity.cellID),
                work: (cell?.stored.gflops ?? 1) * Double(trial.configuration.epochs))
        }
    }
}

/// What a submission tells while it is made.
public enum SubmissionNews: Sendable {
    /// Trials that a process on this machine, or a task of an earlier submission, has already.
    case leftOut(running: Int, submitted: Int, of: Int)
    /// Ready for the user's runner.
    case frozen(Submission)
    /// In Slurm's queue; not complete where an error follows.
    case submitted(Submission, complete: Bool)
}

extension Submission {
    /// Its tasks that wait or run.
    func liveTasks(in queue: [SlurmTaskID: SlurmTaskState]) -> [SlurmTaskID] {
        let own = Set(jobs)
        return queue.filter { own.contains($0.key.job) && !$0.value.hasEnded }.map(\.key)
    }

    /// Nodes on which two tasks have crashed: two are no coincidence.
    package var badNodes: [String] {
        let files = FileManager.default
        let nodes = url.appendingPathComponent("nodes")
        let names = (try? files.contentsOfDirectory(atPath: nodes.path)) ?? []
        return names.filter { name in
            ((try? files.contentsOfDirectory(atPath: nodes.appendingPathComponent(name).path)) ?? []).count >= 2
        }.sorted()
    }
}
