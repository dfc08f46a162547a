import Foundation

/// `ablate cancel`: ends what submissions still have in the queue. Trials keep their checkpoints.
public struct SubmissionCancellation {
    /// Tasks that waited or ran.
    public private(set) var tasks = 0
    /// Jobs that were ended.
    public private(set) var jobs: [String] = []
    /// Submissions whose commands are not Slurm's to end.
    public private(set) var commands: [Submission] = []

    /// Cancels submissions.
    /// - Throws: `SlurmError`; `StoreError` where a submission cannot be marked.
    public init(_ submissions: [Submission]) throws {
        let slurm = submissions.filter { $0.record.kind == .slurm && !$0.isRetired && !$0.jobs.isEmpty }
        commands = submissions.filter { $0.record.kind == .commands && !$0.isRetired }
        // Marked first: a task that ends now is not put back into the queue, and one that begins ends at once.
        for submission in slurm + commands { try submission.markCancelled() }
        guard !slurm.isEmpty else { return }
        let client = SlurmClient()
        let queue = try client.queue()
        let live = slurm.flatMap { $0.liveTasks(in: queue) }
        tasks = live.count
        jobs = Set(live.map(\.job)).sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
        if !jobs.isEmpty { try client.cancel(jobs) }
    }
}
