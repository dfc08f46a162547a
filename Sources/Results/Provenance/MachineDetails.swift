import Foundation
import GRDB

/// What else is worth knowing of the machine and the process, by name, for `env.json`.
public enum MachineDetails {
    /// Variables that change how a training runs. No others are kept: an environment may hold secrets.
    public static let variables = [
        "ABLATE_SIMD", "ABLATE_CACHE", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "SLURM_JOB_ID",
        "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_JOB_PARTITION", "SLURMD_NODENAME",
    ]

    /// Processor flags, limits, SQLite's version, and the variables that are set.
    public static var current: [String: String] {
        var details = ControlGroup.details
        details["processor flags"] = TrialEnvironment.processorLine("flags")
        details["sqlite"] = sqliteVersion
        let environment = ProcessInfo.processInfo.environment
        for name in variables { if let value = environment[name] { details["variable \(name)"] = value } }
        return details
    }

    /// Version of the SQLite library that is linked.
    static var sqliteVersion: String? {
        try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
    }
}
