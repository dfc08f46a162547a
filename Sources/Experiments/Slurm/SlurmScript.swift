/// The batch script of one array: a pure function of what was asked for.
///
/// ```
/// Slurm ── USR1 before the limit ──► srun's step: the worker saves a checkpoint after its step and ends with 75
///                                    the script puts its own task back into the queue
///       ── TERM (scancel) ─────────► the worker does the same, and the script leaves it at that
/// ```
package struct SlurmScript: Hashable, Sendable {
    var array: SubmittedArray
    var request: SlurmRequest
    var sweep: String
    /// Number of the submission.
    var submission: Int
    /// Path of the submission's folder.
    var folder: String

    /// How often a task is begun on one node after another before it has failed.
    static let tries = 3

    package init(array: SubmittedArray, request: SlurmRequest, sweep: String, submission: Int, folder: String) {
        self.array = array
        self.request = request
        self.sweep = sweep
        self.submission = submission
        self.folder = folder
    }

    package var text: String { header + "\n" + Self.body(settings) }

    // MARK: Options of sbatch

    private var options: [String] {
        var options = [
            "--job-name=\(request.name ?? "\(sweep)-\(submission)")",
            "--array=0-\(array.taskCount - 1)" + (array.throttle.map { "%\($0)" } ?? ""),
            "--ntasks=1", "--cpus-per-task=\(request.threads)",
        ]
        if let memory = array.memory { options.append("--mem=\(memory)M") }
        if let time = request.timeLimit { options.append("--time=\(SlurmRequest.slurmTime(time))") }
        if let partition = request.partition { options.append("--partition=\(partition)") }
        // In a file's name Slurm takes % for itself.
        let logs = "\(folder)/logs".replacing("%", with: "%%")
        return options + [
            "--signal=USR1@\(request.warning)", "--requeue", "--open-mode=append", "--output=\(logs)/%A_%a.txt",
        ]
    }

    private var header: String {
        var lines = options.map { "#SBATCH \(Self.slurmWord($0))" }
        if !request.extra.isEmpty {
            lines.append("#SBATCH " + request.extra.map(Self.slurmWord).joined(separator: " "))
        }
        return (["#!/bin/bash"] + lines + ["# \(array.label): \(array.trialCount) trials of sweep \(sweep)"])
            .joined(separator: "\n") + "\n"
    }

    /// A word as sbatch reads it in a comment: it knows quotes, and nothing else of a shell.
    private static func slurmWord(_ word: String) -> String {
        let isPlain = !word.isEmpty && !word.contains { $0.isWhitespace || "\"'\\#".contains($0) }
        return isPlain ? word : "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    // MARK: Commands

    private var settings: String {
        """
        folder=\(ShellWord.quoted(folder))
        name=\(array.name)
        first=\(array.firstBundle)
        threads=\(request.threads)
        excluded=\(ShellWord.quoted(request.excludedNodes.joined(separator: ",")))
        tries=\(tries)
        """
    }

    private var tries: Int { Self.tries }

    private static func body(_ settings: String) -> String {
        settings + "\n" + #"""
            task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
            index=$((first + SLURM_ARRAY_TASK_ID))
            node=${SLURMD_NODENAME:-$(hostname -s)}
            # Given by the task that crashed before.
            try=${1:-1}
            say() { echo "task $task on $node: $*" >&2; }

            # Noted here as well, in case that who submitted the job died before noting its ID.
            mkdir -p "$folder/jobs/$name" && : >"$folder/jobs/$name/$SLURM_ARRAY_JOB_ID"
            [ ! -e "$folder/cancelled" ] || exit 75

            # A task that somebody ends is not to come back. The signal before the time limit goes to the worker alone.
            ended=
            trap 'ended=1' TERM
            trap : USR1
            srun --ntasks=1 --cpus-per-task="$threads" --input=none \
                "$folder/ablate" worker --cells "$folder/cells.jsonl" --index "$index" --tries-left $((tries - try))
            status=$?
            [ -z "$ended" ] && [ ! -e "$folder/cancelled" ] || { say "ended on request"; exit 75; }

            case $status in
            0 | 1 | 2 | 71 | 73) exit "$status" ;;
            75 | 138)
                # 138: the signal came before the worker listened. The task, and not $SLURM_ARRAY_JOB_ID, which would put
                # back every task of the array.
                scontrol requeue "$task" && { say "goes on later"; exit 0; }
                say "could not be put back into the queue; submit the sweep again to go on"
                exit 75
                ;;
            esac

            # The worker crashed. Once more on another node: this one may be what is wrong.
            say "worker ended with $status in try $try of $tries"
            [ "$try" -lt "$tries" ] || exit "$status"
            mkdir -p "$folder/nodes/$node" && : >"$folder/nodes/$node/$index"
            bad=$excluded
            for suspect in "$folder"/nodes/*/; do
                # Two tasks are no coincidence.
                [ "$(ls "$suspect" | wc -l)" -lt 2 ] || bad=${bad:+$bad,}$(basename "$suspect")
            done
            if [ "$bad" != "$excluded" ]; then
                # What has not begun stays away from bad nodes; for what runs already Slurm refuses it.
                scontrol update JobId="$SLURM_ARRAY_JOB_ID" ExcNodeList="$bad" >/dev/null 2>&1
            fi
            again() {
                sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" "$@" "$folder/$name.sh" $((try + 1))
            }
            case ",$bad," in *",$node,"*) away=$bad ;; *) away=${bad:+$bad,}$node ;; esac
            # Where there is no other node, this one has to do.
            job=$(again --exclude="$away") || job=$(again) || exit "$status"
            job=${job%%;*}
            : >"$folder/jobs/$name/$job"
            say "tries again as ${job}_$SLURM_ARRAY_TASK_ID"
            exit "$status"

            """#
    }
}
