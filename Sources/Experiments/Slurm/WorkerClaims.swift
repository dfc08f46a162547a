import Results

extension Worker.Claims {
    /// Of a worker, wherever it runs.
    ///
    /// An owner is certainly gone if it was on this machine, as this process has the lock that it had; if it was in the
    /// same task, which Slurm runs once at a time; or if Slurm knows no such task any more. Without an answer it lives.
    ///
    /// - Parameter claims: whether to claim the trial, for workers that were handed over to other machines.
    public static func current(claims: Bool) -> Worker.Claims {
        let task = SlurmTask.current?.id.description
        let own = TrialClaim.Owner.current(task: task)
        return Worker.Claims(owner: claims ? own : nil) { owner in
            if owner.machine == own.machine { return true }
            guard let other = owner.task, let id = SlurmTaskID(other), owner.user == own.user else { return false }
            if other == task { return true }
            // Another user's queue may be hidden; one's own is not.
            guard let queue = try? SlurmClient().queue() else { return false }
            return queue[id]?.hasEnded ?? true
        }
    }
}
