import Experiments
import Foundation
import Results
import Testing
import Training

@Suite("A worker")
struct WorkerTests {
    let folder: TemporaryFolder
    let trial: TrialDirectory
    let job: URL

    init() throws {
        folder = try TemporaryFolder()
        let planned = try #require(try plan(small).trials.first)
        trial = try TrialDirectory.create(
            TrialDescription(identity: planned.identity, configuration: ["epochs": "3"], datasetDigest: "d"),
            in: folder.url)
        let trialJob = TrialJob(trial: planned, directory: trial, threads: 1)
        job = trialJob.fileURL
        try JobFile(trialJob).write(to: job)
    }

    func run(
        _ behaviour: StubRunner.Behaviour = .finishes, start: StartingWeights? = nil,
        conditions: LearningConditions? = nil
    ) throws -> (exit: WorkerExit, events: [WorkerEvent]) {
        var events: [WorkerEvent] = []
        let worker = try Worker(
            jobURL: job, runner: StubRunner(behaviour: behaviour, start: start, conditions: conditions),
            shouldStop: { false }, emit: { events.append($0) })
        return (try worker.run(), events)
    }

    @Test("leaves a whole attempt")
    func whole() throws {
        let result = try run()
        #expect(result.exit == .done)
        let attempt = try #require(try trial.attempts().last)
        let record = try #require(try attempt.done())
        #expect(record.status == .done)
        #expect(record.epochs == 3)
        #expect(record.metrics == ["mAP50-95": 0.5])
        #expect(record.classMetrics == ["a": ["AP": 0.5]])
        #expect(record.checkpoint == "last")
        #expect(record.peakMemoryBytes > 1 << 20)
        try attempt.verify(record)
        #expect(try attempt.epochs().map(\.epoch) == [1, 2, 3])
        #expect(try TrialMetrics(reading: attempt.metricsURL).epochs.count == 3)
        #expect(try String(contentsOf: attempt.argumentsURL, encoding: .utf8).contains("\nepochs = 3\n"))
        #expect(try attempt.environment()?.threads == 1)
        #expect(try String(contentsOf: attempt.logURL, encoding: .utf8).contains("epoch 3/3"))
        #expect(!FileManager.default.fileExists(atPath: attempt.url.appendingPathComponent("checkpoint.txt").path))
        guard case .started(let facts) = result.events.first else {
            Issue.record("the first event is \(String(describing: result.events.first))")
            return
        }
        #expect(facts.attempt == 1)
        #expect(result.events.last == .finished(.done))
        #expect(result.events.count { if case .epoch = $0 { true } else { false } } == 3)
    }

    @Test("records what it started from, in a later attempt too, and why nothing was learnt")
    func startAndDiagnosis() throws {
        let start = StartingWeights(
            file: "/a.h5", digest: "d1", tensors: 3, tensorCount: 5, parameters: 30, parameterCount: 50,
            summary: "3 of 5 tensors (30 of 50 parameters) from /a.h5; 2 missing: b, c")
        let conditions = LearningConditions(
            epochs: 3, batchesPerEpoch: 2, warmupBatches: 100, learningRate: 0.01, trainImages: 4,
            classNames: ["a", "b"], trainBoxes: [5, 0], validationBoxes: [2, 1])
        #expect(try run(.stops(afterEpochs: 1), start: start, conditions: conditions).exit == .interrupted)
        let second = try run(start: start, conditions: conditions)
        #expect(second.exit == .done)
        let attempts = try trial.attempts()
        #expect(try attempts.map { try $0.start() } == [start, nil])
        let record = try #require(try attempts[1].done())
        #expect(record.start == start)
        let diagnosis = try #require(record.diagnosis)
        #expect(diagnosis.contains("The training loss never fell") && diagnosis.contains("ended in its warm-up"))
        #expect(diagnosis.contains("Class b has no box in the training images"))
        let logs = try attempts.map { try String(contentsOf: $0.logURL, encoding: .utf8) }
        #expect(logs[0].contains("starts from 3 of 5 tensors") && !logs[0].contains("diagnosis"))
        #expect(logs[1].contains("diagnosis: \(diagnosis)"))
        #expect(second.events.contains(.diagnosis(diagnosis)))
    }

    @Test("goes on where an interrupted one stopped, and repeats no epoch")
    func resume() throws {
        #expect(try run(.stops(afterEpochs: 2)).exit == .interrupted)
        #expect(try trial.state() == .interrupted)
        let second = try run()
        #expect(second.exit == .done)
        let attempts = try trial.attempts()
        #expect(attempts.count == 2)
        #expect(try attempts[1].epochs().map(\.epoch) == [1, 2, 3])
        let weights = try String(contentsOf: attempts[1].lastWeightsURL, encoding: .utf8)
        #expect(weights == "epoch 1 of seed 0\nepoch 2 of seed 0\nepoch 3 of seed 0\n")
        // What the first attempt left is untouched.
        #expect(
            try String(contentsOf: attempts[0].lastWeightsURL, encoding: .utf8)
                == "epoch 1 of seed 0\nepoch 2 of seed 0\n")
        #expect(second.events.count { if case .epoch = $0 { true } else { false } } == 1)
    }

    @Test("does not train a finished trial again")
    func finished() throws {
        _ = try run()
        let again = try run(.fails)
        #expect(again.exit == .done)
        #expect(try trial.attempts().count == 1)
        #expect(again.events == [.finished(.done)])
    }

    @Test("records a divergence as a result")
    func divergence() throws {
        #expect(try run(.diverges).exit == .diverged)
        let finished = try #require(try trial.finished())
        #expect(finished.record.status == .diverged)
        #expect(finished.record.message == "epoch 1, batch 2: the loss is not finite")
        #expect(try run().exit == .diverged)
    }

    @Test("leaves a trial alone that somebody else has")
    func busy() throws {
        var lock = try trial.takeLock()
        let isTaken = lock != nil
        #expect(isTaken)
        #expect(try run().exit == .busy)
        #expect(try trial.attempts().isEmpty)
        lock = nil
        #expect(try run().exit == .done)
    }

    @Test("an error leaves an attempt without a record, its cause in the log")
    func failure() throws {
        #expect(throws: StubError.self) { try run(.fails) }
        let attempt = try #require(try trial.attempts().last)
        #expect(try attempt.done() == nil)
        #expect(try String(contentsOf: attempt.logURL, encoding: .utf8).contains("error: the disk is on fire"))
        #expect(!trial.isOwned)
    }

    @Test("begins anew after a checkpoint that cannot be read", arguments: ["", "epoch 1\n", "\0\0\0\0"])
    func damagedCheckpoint(_ content: String) throws {
        _ = try run(.stops(afterEpochs: 2))
        let checkpoint = try #require(try trial.newest("checkpoint.txt"))
        // An empty one is a fresh start, a short one lacks an epoch that results.csv has, zeros are no checkpoint.
        try Data(content.utf8).write(to: checkpoint.url)
        var exit = try? run().exit
        if exit == nil { exit = try run().exit }
        #expect(exit == .done)
        let finished = try #require(try trial.finished())
        #expect(try finished.attempt.epochs().map(\.epoch) == [1, 2, 3])
        #expect(
            try String(contentsOf: finished.attempt.lastWeightsURL, encoding: .utf8).split(separator: "\n").count == 3)
    }

    @Test("refuses a job of another trial")
    func foreignJob() throws {
        let other = try #require(try plan(small).trials.last)
        try JobFile(TrialJob(trial: other, directory: trial, threads: 1)).write(to: job)
        #expect(throws: JobError.self) { try run() }
    }

    @Test("a job survives its file")
    func jobFile() throws {
        var configuration = try #require(try plan(small).trials.last).configuration
        configuration.dfcBlocks = [3, 7]
        configuration.lr0 = 0.1 + 0.2
        configuration.seed = 12
        let decoded = try JSONDecoder().decode(
            TrainingConfiguration.self, from: try JSONEncoder().encode(configuration))
        #expect(decoded == configuration)
    }
}

@Suite("Workers' words")
struct WorkerWordTests {
    @Test("events survive their lines, numbers that are none included")
    func events() throws {
        let events: [WorkerEvent] = [
            .started(
                WorkerEvent.Started(
                    attempt: 2, epochs: 3, completedEpochs: 1, batchesPerEpoch: 4, parameters: 5, plannedBytes: 6)),
            .step(WorkerEvent.Step(epoch: 1, batch: 2, batchesPerEpoch: 3, loss: .infinity)),
            .finished(.diverged),
        ]
        for event in events {
            let line = try event.line()
            #expect(!line.contains(UInt8(ascii: "\n")))
            #expect(WorkerEvent(line: line) == event)
        }
        guard case .epoch(let row) = WorkerEvent(line: try WorkerEvent.epoch(.stub(4)).line()) else {
            Issue.record("no epoch")
            return
        }
        #expect(row.epoch == 4)
        #expect(row.precision.isNaN)
        #expect(row.mAP5095 == 0.1)
        #expect(WorkerEvent(line: Data("hello".utf8)) == nil)
    }

    @Test(
        "exit statuses are what the specification says",
        arguments: [(0, .done), (42, .diverged), (75, .interrupted), (73, .busy)] as [(Int32, WorkerExit)])
    func statuses(_ status: Int32, _ exit: WorkerExit) {
        #expect(WorkerExit(waitStatus: status << 8) == exit)
        #expect(exit.status == status)
    }

    @Test("anything else is a crash")
    func crashes() {
        #expect(WorkerExit(waitStatus: 1 << 8) == .crashed("error"))
        #expect(WorkerExit(waitStatus: 2 << 8) == .refused)
        #expect(WorkerExit(waitStatus: 3 << 8) == .crashed("exit status 3"))
        #expect(WorkerExit(waitStatus: SIGSEGV) == .crashed("killed by signal 11"))
        #expect(WorkerExit.crashed("").status == 1)
    }
}
