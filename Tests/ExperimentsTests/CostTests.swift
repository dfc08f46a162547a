import Experiments
import Foundation
import Results
import Testing
import Training

@Suite("What a sweep will cost")
struct CostTests {
    // MARK: Memory

    /// A made-up `/proc` and `/sys`.
    private func root(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (path, text) in files {
            let url = folder.url.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        return folder
    }

    private let meminfo = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"

    @Test("memory is what Linux calls available, or what a control group leaves")
    func memory() throws {
        let free = try root(["proc/meminfo": meminfo])
        #expect(MemoryLimits.availableBytes(root: free.url.path) == 8_000_000 * 1024)

        let second = try root([
            "proc/meminfo": meminfo, "proc/self/cgroup": "0::/user/job\n",
            "sys/fs/cgroup/user/memory.max": "3000000000\n", "sys/fs/cgroup/user/memory.current": "1500000000\n",
            "sys/fs/cgroup/user/memory.stat": "anon 1000\ninactive_file 400000000\n",
            "sys/fs/cgroup/user/job/memory.max": "max\n", "sys/fs/cgroup/user/job/memory.current": "1000\n",
        ])
        #expect(MemoryLimits.availableBytes(root: second.url.path) == 1_900_000_000)

        let first = try root([
            "proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/outside/unseen\n0::/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "1900000000\n",
            "sys/fs/cgroup/memory/memory.stat": "inactive_file 5\ntotal_inactive_file 100000000\n",
        ])
        #expect(MemoryLimits.availableBytes(root: first.url.path) == 200_000_000)

        let none = try root([:])
        #expect(MemoryLimits.availableBytes(root: none.url.path) == nil)
    }

    // MARK: Jobs and threads

    /// Measured steps of the cells of `small`, as if by this machine.
    private func meter(_ folder: URL, _ plan: Plan, _ machine: Machine, _ seconds: [(jobs: Int, threads: Int, Double)])
        throws -> StepMeter
    {
        var file = MeasurementFile(readingFrom: folder)
        for cell in plan.cells {
            for (jobs, threads, time) in seconds {
                let images = StepMeter.images(cell)
                for count in Set([images, max(images, min(4, cell.configuration.batch))]) {
                    try file.keep(
                        StepMeasurement(
                            question: .init(
                                machine: machine.name, graph: cell.network.graphDigest, images: count,
                                threads: threads, jobs: jobs),
                            trainingSeconds: time, inferenceSeconds: time / 4, measuredAt: Date()), in: folder)
                }
            }
        }
        return StepMeter(results: folder, machine: machine, isMeasuring: false)
    }

    private func machine(_ processors: Int = 2, memory: Int? = 10_000_000_000) -> Machine {
        Machine(name: "machine", processors: processors, availableMemory: memory)
    }

    @Test("the faster of two arrangements is taken, and its speed is known")
    func measured() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(small)
        let pending = plan.cells(of: plan.trials)
        // Two at a time: each 1.25 times as slow, together 1.6 times as fast. Two threads: 1.25 times as fast.
        let meter = try meter(folder.url, plan, machine(), [(1, 1, 1), (2, 1, 1.25), (1, 2, 0.8)])
        let choice = try ResourceChoice(.init(), pending: pending, machine: machine(), meter: meter)
        #expect(choice.jobs == 2 && choice.threads == 1)
        #expect(abs((choice.speedup ?? 0) - 1.6) < 1e-9)
        #expect(choice.reason == "measured 1.28 times as fast as one training of 2 threads")

        let other = try TemporaryFolder()
        let slow = try self.meter(other.url, plan, machine(), [(1, 1, 1), (2, 1, 2.5), (1, 2, 0.6)])
        let threads = try ResourceChoice(.init(), pending: pending, machine: machine(), meter: slow)
        #expect(threads.jobs == 1 && threads.threads == 2)
    }

    @Test("what is said is taken, and what is open follows from it")
    func said() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(small)
        let pending = plan.cells(of: plan.trials)
        let meter = StepMeter(results: folder.url, machine: machine(8), isMeasuring: false)
        func choose(_ jobs: Int?, _ threads: Int?, memory: Int? = nil) throws -> ResourceChoice {
            try ResourceChoice(
                .init(jobs: jobs, threads: threads), pending: pending, machine: machine(8, memory: memory), meter: meter
            )
        }
        #expect(try choose(3, 5) == choose(3, 5))
        #expect(try [choose(3, 5).jobs, choose(3, 5).threads] == [3, 5])
        // Four trials are left: eight processors are shared by two or four of them.
        #expect(try choose(2, nil).threads == 4)
        #expect(try choose(nil, 2).jobs == 4)
        #expect(try choose(nil, 8).jobs == 1)
        // The manifest's word counts where the command line says nothing.
        var resources = Manifest.Resources()
        resources.jobs = 7
        #expect(ResourceChoice.Request(threads: 2).over(resources) == .init(jobs: 7, threads: 2))
        #expect(ResourceChoice.Request(jobs: 1).over(resources).jobs == 1)
        // Each needs 1.6 GB: of eight that were asked for, three fit into 5 GB.
        let limited = try choose(8, 1, memory: 5_000_000_000)
        #expect(limited.jobs == 3)
        #expect(limited.reason.contains("8 were asked for"))
        #expect(try choose(nil, 1, memory: 2_000_000_000).jobs == 1)
    }

    @Test("processors are shared out evenly, among no more trainings than fit")
    func arrangements() {
        func list(_ processors: Int, _ limit: Int) -> [[Int]] {
            ResourceChoice.arrangements(processors, limit: limit).map { [$0.jobs, $0.threads] }
        }
        #expect(list(1, 9) == [[1, 1]])
        #expect(list(2, 9) == [[1, 2], [2, 1]])
        #expect(list(6, 3) == [[1, 6], [2, 3], [3, 2]])
        #expect(list(2, 1) == [[1, 2]])
        #expect(list(48, 99).map { $0[0] } == [1, 2, 4, 8, 16, 48])
    }

    @Test("a training that does not fit is refused, dearest first, with what to do")
    func tooLarge() throws {
        let folder = try TemporaryFolder()
        let text =
            "schema = 1\nname = \"a\"\n[matrix]\nscale = [\"n\", \"s\", \"m\"]\n"
            + "[[override]]\nwhere = { scale = \"s\" }\nset = { batch = 64 }\n"
            + "[[override]]\nwhere = { scale = \"m\" }\nset = { batch = 128 }\n"
        let plan = try plan(text)
        let meter = StepMeter(results: folder.url, machine: machine(), isMeasuring: false)
        let error = #expect(throws: TooLittleMemory.self) {
            try ResourceChoice(
                .init(), pending: plan.cells, machine: machine(memory: 5_000_000_000), meter: meter)
        }
        #expect(
            error?.description
                == "not enough memory: 5.0 GB are available, and at its peak a training needs: m about 12.8 GB, s about "
                + "6.4 GB. Choose a smaller batch or imgsz, leave these cells out, or free memory")
    }

    // MARK: Time and disk

    @Test("time is steps times images and epochs, validations included")
    func time() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(small)
        let machine = machine()
        let meter = try meter(folder.url, plan, machine, [(1, 1, 0.5), (2, 1, 0.625), (1, 2, 0.4)])
        let choice = try ResourceChoice(
            .init(), pending: plan.cells(of: plan.trials), machine: machine, meter: meter)
        let cost = try SweepCost(plan, Standing(untouched: plan), choice: choice, meter: meter)
        // 3 epochs of 1000 images, each validated on 100: half a second a step of so many images, an eighth a pass.
        let images = Double(StepMeter.images(plan.cells[0]))
        let seconds = 3 * 1000 * 0.5 / images + 3 * 100 * 0.125 / images
        for cell in plan.cells {
            let known = cost.cells[cell.stored.cellID]
            #expect(abs((known?.seconds ?? 0) - seconds) < 1e-9)
            #expect(known?.basis == .measured)
        }
        #expect(cost.trialsLeft == 4)
        #expect(abs((cost.secondsLeft ?? 0) - 4 * seconds / 1.6) < 1e-9)
        // Two files of weights of 4 MB for each of four trials, and 100 × 300 detections of 28 bytes.
        #expect(cost.diskBytes == 4 * (8_000_000 + 840_000 + 200_000 + 900))
        #expect(cost.peakDiskBytes == cost.diskBytes + 2 * 6 * 4_000_000 * 2)
    }

    @Test("without any measurement the time is not known, and with some it follows the operations")
    func unknown() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(small)
        let meter = StepMeter(results: folder.url, machine: machine(), isMeasuring: false)
        let choice = try ResourceChoice(.init(), pending: plan.cells(of: plan.trials), machine: machine(), meter: meter)
        #expect(choice.reason == "not measured")
        let cost = try SweepCost(plan, Standing(untouched: plan), choice: choice, meter: meter)
        #expect(cost.secondsLeft == nil)
        #expect(cost.cells.values.allSatisfy { $0.seconds == nil && $0.basis == nil })
    }

    @Test("a measurement is kept, and taken again when asked")
    func kept() throws {
        let folder = try TemporaryFolder()
        let text = "schema = 1\nname = \"a\"\n[base]\nepochs = 1\nimgsz = 64\nbatch = 2\n"
        let manifest = try Manifest(text: text, path: "a.toml", directory: "/")
        let plan = try Plan(manifest, network: NetworkBuilder(), data: StubData())
        var said: [String] = []
        func meter(remeasures: Bool = false, isMeasuring: Bool = true) -> StepMeter {
            StepMeter(
                results: folder.url, machine: machine(), isMeasuring: isMeasuring, remeasures: remeasures,
                report: { said.append($0) })
        }
        let first = try #require(try meter().step(of: plan.cells[0]))
        #expect(first.trainingSeconds > 0 && (first.inferenceSeconds ?? 0) > 0)
        #expect(said.count == 1)
        #expect(try meter(isMeasuring: false).step(of: plan.cells[0])?.trainingSeconds == first.trainingSeconds)
        #expect(said.count == 1)
        #expect(try meter(remeasures: true).step(of: plan.cells[0]) != first)
        #expect(said.count == 2)
        // A damaged cache is no reason to stop.
        try Data("{".utf8).write(to: folder.url.appendingPathComponent(MeasurementFile.name))
        #expect(try meter(isMeasuring: false).step(of: plan.cells[0]) == nil)
    }

    // MARK: Power

    @Test("what a number of seeds can show, and what would help")
    func power() throws {
        let arms = "schema = 1\nname = \"a\"\n[matrix]\nbackbone = [\"baseline\", \"v1\", \"v2\"]\n"
        let rest = "[seeds]\nvalues = [0, 1, 2]\n[compare]\nbaseline = { backbone = \"v1\" }\n"
        let few = try #require(PowerStatement(try plan(arms + rest).stored))
        #expect(
            few.text == "3 seeds, 2 contrasts of 3 pairs: smallest reachable p 0.25; with Holm 0.5\n"
                + "no difference can be called better or worse at 0.05, however clear it is: 7 seeds would do")
        #expect(few.smallestP == 0.25 && few.correctedP == 0.5 && few.seedsNeeded == 7 && few.poolable == nil)
        let scales = "scale = [\"n\", \"s\", \"m\", \"l\", \"x\"]\n"
        let apart = try #require(PowerStatement(try plan(arms + scales + rest).stored))
        #expect(apart.poolable == "scale")
        #expect(apart.text.hasSuffix("9 seeds, or pool over scale (within = [\"scale\"]) would do"))
        let pooled = try #require(PowerStatement(try plan(arms + scales + rest + "within = [\"scale\"]\n").stored))
        #expect(pooled.seedsNeeded == nil && pooled.pairs == 15...15)
        #expect(pooled.text == "3 seeds, 2 contrasts of 15 pairs: smallest reachable p 6.1e-05; with Holm 0.000122")
        let alone = try plan(arms).stored
        #expect(PowerStatement(alone) == nil)
    }
}
