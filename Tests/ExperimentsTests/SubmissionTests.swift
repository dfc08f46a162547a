import Foundation
import Results
import Testing

import Experiments

/// Frozen submissions and the bundles that run from them. Workers are shell scripts; `$1` is the path of the job's file.
@Suite("Submissions")
struct SubmissionTests {
    let folder: TemporaryFolder
    let plan: Plan
    let jobs: [TrialJob]

    init() throws {
        folder = try TemporaryFolder()
        plan = try ExperimentsTests.plan(small)
        let sweep = folder.url.appendingPathComponent("small")
        jobs = try plan.trials.map { [plan] trial in
            var job = TrialJob(
                trial: trial, directory: try TrialDirectory.create(plan.description(of: trial), in: sweep), threads: 3)
            job.manifest = plan.stored.manifestText
            return job
        }
    }

    func freeze(_ bundles: [[Int]], kind: Submission.Kind = .slurm) throws -> Submission {
        let arrays = [
            SubmittedArray(
                name: "array-1", label: "n", firstBundle: 0, taskCount: bundles.count, trialCount: jobs.count,
                throttle: nil, memory: nil, after: nil)
        ]
        return try Submission.freeze(
            Submission.Content(
                kind: kind, plan: plan.stored, arrays: arrays, bundles: bundles.map { $0.map { jobs[$0] } },
                script: { array, number, folder in "\(array.name) \(number) \(folder)\n" }),
            in: folder.url.appendingPathComponent("small"))
    }

    @Test("what was frozen is what comes back, and the folder says everything")
    func frozen() throws {
        let submission = try freeze([[0, 2], [1], [3]])
        #expect(submission.record.number == 1)
        #expect(submission.record.trialCount == 4)
        let cells = try submission.cells()
        #expect(cells.results.path == folder.url.standardizedFileURL.path)
        #expect(cells.manifest == small)
        let back = try cells.bundles.map { try $0.map { try cells.job($0) } }
        #expect(
            back.map { $0.map(\.trial.identity) } == [[0, 2], [1], [3]].map { $0.map { jobs[$0].trial.identity } })
        for (job, original) in zip(back.flatMap(\.self), [0, 2, 1, 3].map { jobs[$0] }) {
            #expect(job.trial.configuration == original.trial.configuration)
            #expect(job.directory.url.path == original.directory.url.standardizedFileURL.path)
            #expect(job.threads == 3 && job.manifest == small && job.trial.label == original.trial.label)
        }
        let text = { try String(contentsOf: submission.url.appendingPathComponent($0), encoding: .utf8) }
        #expect(try text("manifest.toml") == small)
        #expect(try text("array-1.sh") == "array-1 1 \(submission.url.path)\n")
        #expect(try StoredPlan(decoding: Data(text("plan.json").utf8)) == plan.stored)
        #expect(FileManager.default.isExecutableFile(atPath: submission.programURL.path))
        #expect(try freeze([[0]]).record.number == 2)
        let all = try Submission.all(in: folder.url)
        #expect(all.map(\.record.number) == [1, 2])
        #expect(all[0].record.arrays == submission.record.arrays)
    }

    @Test("a frozen file with one byte changed, or cut off anywhere, is refused")
    func damaged() throws {
        let submission = try freeze([[0, 1], [2, 3]])
        let whole = try Data(contentsOf: submission.cellsURL)
        let file = submission.url.appendingPathComponent("damaged.jsonl")
        for position in stride(from: 0, to: whole.count, by: 37) {
            var bytes = whole
            bytes[position] ^= 0x10
            try bytes.write(to: file)
            let damaged = try? FrozenCells(contentsOf: file)
            // A changed name in the first line is no harm to what is trained.
            if let damaged { #expect(position < 200 || damaged.manifest != small, "byte \(position)") }
            try whole.prefix(position).write(to: file)
            #expect(throws: FrozenCellsError.self, "cut at \(position)") { try FrozenCells(contentsOf: file) }
        }
        #expect(throws: FrozenCellsError.self) {
            try FrozenCells(contentsOf: folder.url.appendingPathComponent("none"))
        }
    }

    @Test("jobs and tasks of a bundle, and the nodes that two tasks crashed on")
    func jobsAndNodes() throws {
        let submission = try freeze([[0], [1], [2], [3]])
        #expect(submission.jobs.isEmpty)
        for job in ["12", "7"] { try submission.note(job: job, of: submission.record.arrays[0]) }
        #expect(submission.jobs == ["7", "12"])
        #expect(submission.tasks(ofBundle: 2).map(\.description) == ["7_2", "12_2"])
        #expect(submission.tasks(ofBundle: 9).isEmpty)
        for path in ["n1/0", "n1/3", "n2/1"] {
            let url = submission.url.appendingPathComponent("nodes/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        #expect(submission.badNodes == ["n1"])
        #expect(!Submission.isCancelled(cells: submission.cellsURL))
        try submission.markCancelled()
        #expect(Submission.isCancelled(cells: submission.cellsURL))
        #expect(!submission.isRetired)
        submission.retire()
        #expect(submission.isRetired)
    }

    // MARK: Bundles

    func run(
        _ script: String, bundle: [Int], triesLeft: Int = 0, deadline: Date? = nil,
        stopRequests: @escaping @Sendable () -> Int = { 0 }
    ) throws -> (end: BundleRunner.End, launches: [String]) {
        let cells = try freeze([bundle]).cells()
        let executor = LocalExecutor(
            command: ["/bin/sh", "-c", script, "worker"], jobs: 1, pauses: [0.01, 0.02], busyPause: 0.01, busyLooks: 2,
            stopRequests: stopRequests)
        var launches: [String] = []
        let end = try BundleRunner(cells, index: 0, executor: executor, triesLeft: triesLeft, deadline: deadline).run {
            if case .launched(let job, _) = $0 { launches.append(job.trial.label) }
        }
        return (end, launches)
    }

    @Test("trials of a bundle run one after another, each from its frozen job")
    func bundle() throws {
        try Data("{}".utf8).write(to: jobs[0].fileURL)
        let result = try run("exit 0", bundle: [0, 1])
        #expect(result.end == .done)
        #expect(result.launches == [jobs[0].trial.label, jobs[1].trial.label])
        let job = try JobFile(contentsOf: jobs[0].fileURL)
        #expect(job.trialID == jobs[0].trial.identity.id && job.manifest == small)
    }

    @Test("a divergence is a result; wrong input fails for good, and the folder says so")
    func exits() throws {
        #expect(try run("exit 42", bundle: [0]).end == .done)
        #expect(try run("echo 'error: no such image' >&2; exit 2", bundle: [0], triesLeft: 2).end == .failed)
        let record = try jobs[0].directory.attempts().last?.done()
        #expect(record?.status == .failed)
        #expect(record?.message == "wrong input: no such image")
    }

    @Test("a crash may do better elsewhere, and is a failure only after the last try")
    func crashes() throws {
        let first = try run("exit 9", bundle: [0, 1], triesLeft: 1)
        #expect(first.end == .crashed)
        #expect(first.launches.count == 6)
        #expect(try jobs[0].directory.attempts().allSatisfy { try $0.done() == nil })
        let last = try run("exit 9", bundle: [0, 1], triesLeft: 0)
        #expect(last.end == .failed)
        #expect(try jobs[1].directory.attempts().last?.done()?.status == .failed)
        // A task that goes on does not train again what has failed in it; a later submission does.
        let cells = try Submission.all(in: folder.url)[1].cells()
        let executor = LocalExecutor(command: ["/bin/false"], jobs: 1, stopRequests: { 0 })
        var launches = 0
        let again = try BundleRunner(cells, index: 0, executor: executor).run {
            if case .launched = $0 { launches += 1 }
        }
        #expect(again == .failed && launches == 0)
        #expect(try run("exit 0", bundle: [0, 1]).launches.count == 2)
    }

    @Test("a checkpoint on request leaves the rest for later")
    func interrupted() throws {
        let requests = Requests()
        let script = "trap 'exit 75' TERM; echo begun; while :; do sleep 0.05; done"
        let cells = try freeze([[0, 1]]).cells()
        let executor = LocalExecutor(
            command: ["/bin/sh", "-c", script, "worker"], jobs: 1, stopRequests: { requests.count })
        var launches = 0
        let end = try BundleRunner(cells, index: 0, executor: executor).run { event in
            if case .launched = event {
                launches += 1
                requests.add()
            }
        }
        #expect(end == .interrupted && launches == 1)
        #expect(try run("exit 73", bundle: [0]).end == .busy)
        // Nothing was trained before the time was over: the same again would be without end.
        let soon = Date().addingTimeInterval(60)
        #expect(try run("exit 75", bundle: [0], deadline: soon).end == .idle)
    }

    @Test("no epoch is begun that does not fit into the time that is left")
    func budget() throws {
        let row = String(decoding: try WorkerEvent.epoch(.stub(1)).line(), as: UTF8.self)
        let script = "trap 'exit 75' TERM; for e in 1 2 3 4 5 6 7 8; do sleep 0.3; echo '\(row)'; done; exit 0"
        #expect(try run(script, bundle: [0]).end == .done)
        let began = Date()
        let step = #"{"step":{"_0":{"epoch":1,"batch":1,"batchesPerEpoch":9,"loss":1}}}"#
        let stepping = "echo '\(step)'; \(script)"
        #expect(try run(stepping, bundle: [0], deadline: Date().addingTimeInterval(1.4)).end == .interrupted)
        #expect(Date().timeIntervalSince(began) < 2)
        #expect(try run(script, bundle: [0], deadline: Date().addingTimeInterval(60)).end == .done)
    }

    @Test("time for another epoch: the longest counts, and the first is always begun")
    func timeBudget() {
        let start = Date(timeIntervalSince1970: 0)
        var seconds = 0.0
        let budget = TimeBudget(deadline: start.addingTimeInterval(100)) { start.addingTimeInterval(seconds) }
        var epochs: [Bool] = []
        for length in [20.0, 10, 30, 5, 1] {
            seconds += length
            epochs.append(budget.hasTimeForAnotherEpoch())
        }
        // After 60 s another 33 s fit, after 65 as well, after 66: 66 + 33 = 99.
        #expect(epochs == [true, true, true, true, true])
        seconds = 68
        #expect(!budget.hasTimeForAnotherEpoch())
        budget.begin()
        seconds = 70
        #expect(budget.hasTimeForAnotherEpoch())
    }

    @Test("a number that no bundle has is named")
    func noBundle() throws {
        let cells = try freeze([[0]]).cells()
        let executor = LocalExecutor(command: ["/bin/true"], jobs: 1)
        #expect(throws: BundleError(index: 1, count: 1)) { try BundleRunner(cells, index: 1, executor: executor) }
    }

    // MARK: Claims

    @Test("a worker claims its trial, and leaves one alone that another machine's has")
    func claims() throws {
        let job = jobs[0]
        try JobFile(job).write(to: job.fileURL)
        func work(_ claims: Worker.Claims) throws -> WorkerExit {
            try Worker(jobURL: job.fileURL, runner: StubRunner(), claims: claims, shouldStop: { false }, emit: { _ in })
                .run()
        }
        var foreign = TrialClaim.Owner.current(task: "9_9")
        foreign.machine = "another"
        let other = foreign
        _ = try TrialClaim.take(job.directory, as: other, isGone: { _ in false })
        #expect(try work(.heeding) == .busy)
        #expect(try work(Worker.Claims(owner: .current(task: nil), isGone: { _ in false })) == .busy)
        #expect(try job.directory.attempts().isEmpty)
        #expect(try work(Worker.Claims(owner: .current(task: nil), isGone: { $0 == other })) == .done)
        #expect(TrialClaim.holder(of: job.directory) == nil)
    }
}
