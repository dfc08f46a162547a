import Foundation
import Testing

/// The scheduler or a worker is killed at random moments, again and again; then the sweep runs to its end.
///
/// `make chaos` kills 200 times. `ABLATE_CHAOS` says how often, `ABLATE_CHAOS_SEED` repeats a failure.
@Suite("Chaos", .serialized)
struct ChaosTests {
    static let environment = ProcessInfo.processInfo.environment
    static let kills = environment["ABLATE_CHAOS"].flatMap { Int($0) } ?? 6
    static let seed = environment["ABLATE_CHAOS_SEED"].flatMap { UInt64($0) } ?? 20_261_126

    static let manifest = """
        schema = 1
        name = "chaos"
        [base]
        data = "shapes?train=24&val=8&size=64"
        epochs = 3
        imgsz = 64
        batch = 8
        mosaic = 0
        [matrix]
        backbone = ["v1", "v2"]
        [seeds]
        values = [0, 1]
        """

    /// xorshift64*: the same kills for the same seed, as far as the machine's timing lets them.
    struct Random {
        var state: UInt64
        mutating func next(_ limit: UInt64) -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return (state &* 2_685_821_657_736_338_717) >> 33 % limit
        }
    }

    @Test("kill -9 at random moments: nothing lost, nothing twice, the same bits as an undisturbed sweep")
    func killed() throws {
        let folder = try ProgramFolder()
        try folder.write(Self.manifest, to: "chaos.toml")
        let began = ContinuousClock.now
        let undisturbed = try folder.run("run", "chaos.toml", "-j", "2", "--results", "undisturbed")
        // A quarter of the kills hits what begins, the others anything in the first half of what a whole sweep takes: so
        // sweeps come to their ends among the kills, and ends are hit too.
        let span = max(0.4, (ContinuousClock.now - began) / .seconds(2))
        #expect(undisturbed.status == 0, "\(undisturbed.text)")
        let truth = try folder.trained("undisturbed", sweep: "chaos")
        #expect(truth.files.count == 4)
        #expect(Set(truth.files.values.map { $0["weights/last.h5"] }).count == 4, "trials differ from each other")

        var random = Random(state: Self.seed | 1)
        var kills = (scheduler: 0, worker: 0)
        var rounds = 0
        while kills.scheduler + kills.worker < Self.kills {
            rounds += 1
            try round(folder, results: "round-\(rounds)", within: span, &random, &kills)
            // The sweep of this round is over, or there were enough kills: to the end, undisturbed.
            let last = try folder.run(
                "run", "chaos.toml", "-j", "2", "--results", "round-\(rounds)", "--retry", "failed")
            #expect(last.status == 0, "round \(rounds): \(last.text)")
            let trained = try folder.trained("round-\(rounds)", sweep: "chaos")
            #expect(trained.wrong.isEmpty, "\(trained.wrong)")
            #expect(trained.files.keys.sorted() == truth.files.keys.sorted(), "round \(rounds)")
            for (name, files) in truth.files {
                for (file, content) in files {
                    #expect(
                        trained.files[name]?[file] == content, "round \(rounds), seed \(Self.seed): \(name)/\(file)")
                }
            }
            let report = try folder.run("report", "--results", "round-\(rounds)")
            #expect(report.output.contains("Coverage: ok 4"), "\(report.text)")
            try FileManager.default.removeItem(at: folder.url.appendingPathComponent("round-\(rounds)"))
        }
        print("chaos: \(kills.scheduler) schedulers and \(kills.worker) workers killed in \(rounds) sweeps")
    }

    /// Starts a sweep as often as it is killed, until it has finished or there were enough kills.
    private func round(
        _ folder: ProgramFolder, results: String, within span: Double, _ random: inout Random,
        _ kills: inout (scheduler: Int, worker: Int)
    ) throws {
        while kills.scheduler + kills.worker < Self.kills {
            let sweep = try folder.start([
                "run", "chaos.toml", "-j", "2", "--results", results, "--retry", "failed",
            ])
            while true {
                let longest = random.next(4) == 0 ? 0.3 : span
                Thread.sleep(forTimeInterval: 0.02 + longest * Double(random.next(1000)) / 1000)
                guard sweep.process.isRunning else {
                    let outcome = try sweep.wait()
                    if outcome.status == 0 { return }
                    // A trial whose worker was killed at each try has failed, which the next run tries again. Nothing
                    // else may stop a sweep.
                    try #require(outcome.status == 1 && outcome.text.contains("killed by signal 9"), "\(outcome.text)")
                    break
                }
                let workers = folder.workers()
                if random.next(2) == 0 || workers.isEmpty {
                    sweep.kill()
                    _ = try sweep.wait()
                    kills.scheduler += 1
                    // Workers notice the end of their scheduler by themselves.
                    let patience = Date().addingTimeInterval(10)
                    while !folder.workers().isEmpty, Date() < patience { Thread.sleep(forTimeInterval: 0.02) }
                    #expect(folder.workers().isEmpty, "workers outlive their scheduler")
                    break
                }
                kill(workers[Int(random.next(UInt64(workers.count)))], SIGKILL)
                kills.worker += 1
                if kills.scheduler + kills.worker >= Self.kills {
                    sweep.kill(SIGINT)
                    _ = try sweep.wait()
                    return
                }
            }
        }
    }
}
