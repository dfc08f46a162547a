import Experiments
import Foundation
import Results
import Synchronization
import Testing

/// Workers are shell scripts here; `$1` is the path of the job's file.
@Suite("Local execution")
struct LocalExecutorTests {
    let folder: TemporaryFolder
    let jobs: [TrialJob]

    init() throws {
        folder = try TemporaryFolder()
        var jobs: [TrialJob] = []
        for trial in try plan(small).trials {
            let description = TrialDescription(identity: trial.identity, configuration: [:], datasetDigest: "d")
            jobs.append(
                TrialJob(trial: trial, directory: try TrialDirectory.create(description, in: folder.url), threads: 1))
        }
        self.jobs = jobs
    }

    func executor(_ script: String, jobs: Int = 2, stopRequests: @escaping @Sendable () -> Int = { 0 }) -> LocalExecutor
    {
        LocalExecutor(
            command: ["/bin/sh", "-c", script, "worker"], jobs: jobs, pauses: [0.01, 0.02], busyPause: 0.01,
            busyLooks: 3,
            stopRequests: stopRequests)
    }

    /// What happened, in words.
    func run(
        _ executor: LocalExecutor, _ jobs: [TrialJob], wish: (ExecutionEvent) throws -> ExecutionWish = { _ in .goOn }
    ) throws -> (end: ExecutionEnd, log: [String]) {
        var log: [String] = []
        let end = try executor.run(jobs) { event in
            switch event {
            case .launched(let job, let number): log.append("launch \(job.trial.label) \(number)")
            case .progress(let job, let event): log.append("progress \(job.trial.label) \(event)")
            case .retrying(let job, let cause, _): log.append("retry \(job.trial.label): \(cause)")
            case .ended(let job, let exit, let message): log.append("end \(job.trial.label) \(exit) \(message)")
            case .stopping(let count): log.append("stopping \(count)")
            case .tick: break
            }
            return try wish(event)
        }
        return (end, log)
    }

    @Test("jobs run in order, one at a time if asked, and all are reported")
    func order() throws {
        let result = try run(executor("exit 0", jobs: 1), jobs)
        #expect(result.end == .finished)
        #expect(
            result.log == jobs.flatMap { ["launch \($0.trial.label) 1", "end \($0.trial.label) done "] })
    }

    @Test("no more than the given number run at once, and that many do", arguments: [1, 2, 3])
    func parallel(_ count: Int) throws {
        var running = 0
        var most = 0
        _ = try executor("sleep 0.3", jobs: count).run(jobs) { event in
            if case .launched = event { running += 1 }
            if case .ended = event { running -= 1 }
            most = max(most, running)
            return .goOn
        }
        #expect(most == count)
    }

    @Test("a crash is tried three times, its last words kept; others go on meanwhile")
    func crash() throws {
        let label = jobs[0].trial.label
        let script = #"case "$1" in *\#(jobs[0].directory.url.lastPathComponent)*) echo boom >&2; exit 7;; esac"#
        let result = try run(executor(script), jobs)
        #expect(result.end == .finished)
        let own = result.log.filter { $0.contains(" \(label) ") || $0.contains(" \(label):") }
        #expect(
            own == [
                "launch \(label) 1", "retry \(label): exit status 7: boom", "launch \(label) 2",
                "retry \(label): exit status 7: boom", "launch \(label) 3",
                "end \(label) crashed(\"exit status 7\") exit status 7: boom",
            ])
        #expect(result.log.count { $0.hasSuffix(" done ") } == 3)
    }

    @Test("a crash that passes is forgotten")
    func recovery() throws {
        let script = #"d=$(dirname "$1"); if mkdir "$d/first" 2> /dev/null; then kill -9 $$; fi; exit 0"#
        let result = try run(executor(script), [jobs[0]])
        #expect(result.end == .finished)
        #expect(result.log.count { $0.hasPrefix("launch") } == 2)
        #expect(result.log.last == "end \(jobs[0].trial.label) done ")
    }

    @Test("a worker that somebody else asked for a checkpoint goes on, as long as it trains something")
    func checkpointed() throws {
        let step = #"{"step":{"_0":{"epoch":1,"batch":1,"batchesPerEpoch":9,"loss":1}}}"#
        let script = #"""
            d=$(dirname "$1"); echo x >> "$d/tries"; echo '\#(step)'; [ $(wc -l < "$d/tries") -ge 6 ] || exit 75
            """#
        let result = try run(executor(script), [jobs[0]])
        #expect(result.end == .finished)
        #expect(result.log.count { $0.hasPrefix("launch") } == 6)
        #expect(result.log.last == "end v1 seed 0 done ")
        let idle = try run(executor("exit 75"), [jobs[1]])
        #expect(idle.end == .interrupted)
        #expect(idle.log.count { $0.hasPrefix("launch") } == 3)
    }

    @Test("a divergence is a result and is not tried again")
    func divergence() throws {
        let result = try run(executor("exit 42"), [jobs[0]])
        #expect(result.log == ["launch v1 seed 0 1", "end v1 seed 0 diverged "])
        #expect(result.end == .finished)
    }

    @Test("a trial that another process has is looked at again, then left alone")
    func busy() throws {
        let result = try run(executor("exit 73"), [jobs[0]])
        #expect(result.end == .interrupted)
        #expect(result.log.count { $0.hasPrefix("launch") } == 4)
        #expect(result.log.last == "end v1 seed 0 busy ")
    }

    @Test("lines of a worker become events, however they are cut, and other lines are ignored")
    func progress() throws {
        let script = #"""
            printf '{"finished":{"_0":'; sleep 0.1; printf '"done"}}\nnoise\n{"finished":{"_0":"diverged"}}\n{"cut'
            """#
        let result = try run(executor(script), [jobs[0]])
        #expect(
            result.log == [
                "launch v1 seed 0 1", "progress v1 seed 0 finished(Results.DoneRecord.Status.done)",
                "progress v1 seed 0 finished(Results.DoneRecord.Status.diverged)", "end v1 seed 0 done ",
            ])
    }

    @Test("a worker with much to say is not blocked, and its events keep their order")
    func flood() throws {
        let script = #"""
            i=0; while [ $i -lt 3000 ]; do i=$((i+1))
            echo "{\"step\":{\"_0\":{\"epoch\":1,\"batch\":$i,\"batchesPerEpoch\":3000,\"loss\":1}}}"; echo "$i noise noise" >&2
            done
            """#
        var batches: [Int] = []
        _ = try executor(script).run([jobs[0]]) { event in
            if case .progress(_, .step(let step)) = event { batches.append(step.batch) }
            return .goOn
        }
        #expect(batches == Array(1...3000))
    }

    @Test("on the first request nothing more is launched, and workers get the time for a checkpoint")
    func stop() throws {
        let script = "trap 'sleep 0.2; exit 75' TERM; while :; do sleep 0.05; done"
        let requests = Requests()
        let result = try run(executor(script, stopRequests: { requests.count }), jobs) { event in
            if case .launched = event { requests.noteLaunch(stopAt: 2) }
            return .goOn
        }
        #expect(result.end == .interrupted)
        #expect(result.log.count { $0.hasPrefix("launch") } == 2)
        #expect(result.log.contains("stopping 2"))
        #expect(result.log.count { $0.hasSuffix("interrupted ") } == 2)
    }

    @Test("on the second request workers that do not listen are killed")
    func kill() throws {
        let script = "trap '' TERM; while :; do sleep 0.05; done"
        let requests = Requests()
        let began = Date()
        let result = try run(executor(script, stopRequests: { requests.count }), jobs) { event in
            if case .launched = event { requests.noteLaunch(stopAt: 2) }
            if case .stopping = event { requests.add() }
            return .goOn
        }
        #expect(result.end == .interrupted)
        #expect(result.log.count { $0.contains("interrupted killed by signal 9") } == 2)
        #expect(Date().timeIntervalSince(began) < 10)
    }

    @Test("an error of the receiver stops the workers and is thrown again")
    func receiverFails() throws {
        let script = "trap 'exit 75' TERM; while :; do sleep 0.05; done"
        #expect(throws: StubError.self) {
            try run(executor(script), jobs) { event in
                if case .launched = event { throw StubError(description: "no space") }
                return .goOn
            }
        }
    }

    @Test("the receiver can stop the execution")
    func wish() throws {
        let result = try run(executor("exit 0", jobs: 1), jobs) { event in
            if case .ended = event { .stop } else { .goOn }
        }
        #expect(result.end == .interrupted)
        #expect(result.log.count { $0.hasPrefix("launch") } == 1)
    }

    @Test("a program that is not there is an error, not a crash of each job")
    func missingProgram() throws {
        let executor = LocalExecutor(command: ["/nowhere/ablate"], jobs: 2, stopRequests: { 0 })
        #expect(throws: WorkerLaunchError.self) { try run(executor, jobs) }
    }

    @Test("workers have a standard input that stays open while the scheduler lives")
    func lifeline() throws {
        // `read` would end at once with a closed input; the script ends by itself after the time limit of `timeout`.
        let script = "timeout 0.4 cat > /dev/null; [ $? = 124 ]"
        let result = try run(executor(script), [jobs[0]])
        #expect(result.log.last == "end v1 seed 0 done ")
    }
}

/// Requests to stop that a test makes.
final class Requests: Sendable {
    private let state = Mutex((requests: 0, launches: 0))

    var count: Int { state.withLock { $0.requests } }

    func add() { state.withLock { $0.requests += 1 } }

    func noteLaunch(stopAt launches: Int) {
        state.withLock {
            $0.launches += 1
            if $0.launches == launches { $0.requests += 1 }
        }
    }
}
