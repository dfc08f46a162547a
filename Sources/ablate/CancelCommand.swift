import ArgumentParser
import Experiments

/// `ablate cancel`: ends what a submission still has in the queue.
struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends what submissions of a sweep still have in Slurm's queue.",
        discussion: """
            Trainings that run save a checkpoint first; submit the sweep again to go on with them. Commands that were \
            printed by `ablate submit commands` and have not begun end at once when they are run.

            EXAMPLES:
              ablate cancel ghost
              ablate cancel ghost --submission 2
            """)

    @OptionGroup var choice: SubmissionChoice

    func run() throws {
        let cancellation: SubmissionCancellation
        do {
            cancellation = try SubmissionCancellation(
                try choice.results.submissions(of: choice.sweep, number: choice.submission))
        } catch  where !error.isInput {
            standardError("error: \(error)")
            throw ExitCode.failure
        }
        let jobs = cancellation.jobs.joined(separator: ", ")
        if cancellation.tasks > 0 {
            print("cancelled \(counted(cancellation.tasks, "task")) of job \(jobs); trials keep their checkpoints")
        } else {
            print("nothing is in the queue")
        }
        for submission in cancellation.commands {
            print(
                "submission \(submission.record.number): its commands end when they are run; end those that run yourself"
            )
        }
    }
}
