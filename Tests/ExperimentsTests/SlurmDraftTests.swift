import Foundation
import Testing

import Experiments

/// What is asked of Slurm, without asking it.
@Suite("Slurm: requests, classes, bundles, scripts")
struct SlurmDraftTests {
    // MARK: Words

    @Test(
        "times are read as people and as Slurm write them",
        arguments: [
            ("4h", 14_400), ("90m", 5400), ("1d12h", 129_600), ("2h30m10s", 9010), ("45", 2700), ("10:30", 630),
            ("04:00:00", 14_400), ("1-0", 86_400), ("2-03:04", 183_840), ("1-02:03:04", 93_784),
        ])
    func times(_ text: String, _ seconds: Int) {
        #expect(SlurmRequest.seconds(text) == seconds)
    }

    @Test("nonsense is no time", arguments: ["", "0", "h", "4x", "-1", "1:2:3:4", "1--2", "4h3", "1.5h", "0m", "1-"])
    func noTimes(_ text: String) { #expect(SlurmRequest.seconds(text) == nil) }

    @Test("a time is written so that Slurm reads the same one", arguments: [1, 59, 60, 3600, 86_399, 86_400, 93_784])
    func timesThereAndBack(_ seconds: Int) {
        #expect(SlurmRequest.seconds(SlurmRequest.slurmTime(seconds)) == seconds)
    }

    @Test(
        "sizes",
        arguments: [
            ("8G", 8192), ("500M", 500), ("1.5g", 1536), ("2048", 2048), ("1T", 1_048_576), ("8GiB", 8192), ("100K", 1),
        ])
    func sizes(_ text: String, _ mebibytes: Int) { #expect(SlurmRequest.mebibytes(text) == mebibytes) }

    @Test("nonsense is no size", arguments: ["", "G", "-1G", "0", "8X", "1e99G", "nan"])
    func noSizes(_ text: String) { #expect(SlurmRequest.mebibytes(text) == nil) }

    @Test("arguments of sbatch that would break a submission are named")
    func reserved() {
        var request = SlurmRequest()
        request.extra = ["--array=1-3", "--qos=high", "-o", "x", "a\nb"]
        #expect(request.problems.count == 3)
        #expect(request.problems[0].contains("--array-parallelism"))
        request.extra = ["--qos", "high", "--exclude=n1,n2", "-x", "n3"]
        #expect(request.problems.isEmpty)
        #expect(request.excludedNodes == ["n1,n2", "n3"])
    }

    @Test("the warning is three minutes before the end, and less where the limit is short")
    func warning() {
        var request = SlurmRequest()
        #expect(request.warning == 180)
        request.timeLimit = 14_400
        #expect(request.warning == 180)
        request.timeLimit = 60
        #expect(request.warning == 15)
    }

    // MARK: Classes

    func trial(_ scale: String, memory: Int? = nil, seconds: Double? = nil, work: Double = 1) -> SubmittedTrial {
        SubmittedTrial(id: UUID().uuidString, scale: scale, memory: memory, seconds: seconds, work: work)
    }

    @Test("trials are sorted by memory, or by scale where it is not known; each is in one class")
    func classes() {
        let byMemory = [trial("n", memory: 1024), trial("x", memory: 8192), trial("s", memory: 1024)]
        let classes = ResourceClass.classes(of: byMemory, limit: nil)
        #expect(classes.map(\.members) == [[0, 2], [1]])
        #expect(classes.map(\.label) == ["n, s: 1 GiB", "x: 8 GiB"])
        let byScale = [trial("x", work: 9), trial("n"), trial("x", work: 9)]
        #expect(ResourceClass.classes(of: byScale, limit: nil).map(\.members) == [[1], [0, 2]])
    }

    @Test("more classes than tasks may run at once are joined to the next larger")
    func joined() {
        let trials = (1...5).map { trial("n", memory: 1024 * $0) }
        let classes = ResourceClass.classes(of: trials, limit: 2)
        #expect(classes.map(\.members) == [[0, 1, 2, 3], [4]])
        #expect(classes.map(\.memory) == [4096, 5120])
    }

    @Test("what may run at once is shared out by work, all of it, one at least", arguments: [3, 4, 7, 20, 21])
    func shares(_ total: Int) {
        let classes = [1.0, 10, 100].map { ResourceClass(memory: nil, scales: ["n"], members: [0], work: $0) }
        let shares = ResourceClass.shares(of: total, among: classes)
        #expect(shares.reduce(0, +) == total)
        #expect(shares.allSatisfy { $0 >= 1 })
        #expect(shares == shares.sorted())
        if total == 20 { #expect(shares == [1, 2, 17]) }
    }

    @Test(
        "memory is asked for with room to spare, in few steps",
        arguments: Array(stride(from: 50, through: 60_000, by: 977)))
    func memory(_ mebibytes: Int) {
        let asked = ResourceClass.request(bytes: mebibytes * 1_048_576)
        #expect(asked > mebibytes + 200)
        #expect(Double(asked) < Double(mebibytes) * 1.5 + 700)
        #expect(asked % 256 == 0)
    }

    // MARK: Bundles and arrays

    @Test("every trial is in one bundle and every bundle in one array, whatever is asked for")
    func complete() {
        for count in [1, 2, 7, 60] {
            for size in [nil, 1, 3] as [Int?] {
                for parallelism in [nil, 1, 4, 100] as [Int?] {
                    for limit in [1, 5, 1000] {
                        var request = SlurmRequest()
                        request.bundle = size
                        request.parallelism = parallelism
                        let trials = (0..<count).map {
                            trial(
                                ["n", "s"][$0 % 2], memory: [512, 4096, 1024][$0 % 3], seconds: Double($0 * 7 % 50 + 5))
                        }
                        let draft = SubmissionDraft(trials, request, maxArraySize: limit)
                        #expect(draft.bundles.flatMap(\.self).sorted() == Array(0..<count))
                        #expect(draft.arrays.allSatisfy { $0.taskCount <= limit })
                        var next = 0
                        for array in draft.arrays {
                            #expect(array.firstBundle == next)
                            next += array.taskCount
                            let own = draft.bundles[array.firstBundle..<next]
                            #expect(own.reduce(0) { $0 + $1.count } == array.trialCount)
                            #expect(own.flatMap(\.self).allSatisfy { (trials[$0].memory ?? 0) <= (array.memory ?? 0) })
                        }
                        #expect(next == draft.bundles.count)
                        if let parallelism {
                            // Arrays that wait for another do not run beside it.
                            let atOnce = draft.arrays.filter { $0.after == nil }.reduce(0) { $0 + ($1.throttle ?? 0) }
                            #expect(atOnce == max(parallelism, 1))
                        }
                    }
                }
            }
        }
    }

    @Test("short trials share a task, long ones do not, and nobody bundles what nobody has timed")
    func bundles() {
        func sizes(_ seconds: Double?, count: Int = 12, _ change: (inout SlurmRequest) -> Void = { _ in }) -> [Int] {
            var request = SlurmRequest()
            change(&request)
            return SubmissionDraft(
                (0..<count).map { _ in trial("n", seconds: seconds) }, request, maxArraySize: 1000
            ).bundles.map(\.count)
        }
        #expect(sizes(100) == [6, 6])
        #expect(sizes(400) == [Int](repeating: 1, count: 12))
        #expect(sizes(nil) == [Int](repeating: 1, count: 12))
        #expect(sizes(100) { $0.timeLimit = 800 } == [2, 2, 2, 2, 2, 2])
        #expect(sizes(100) { $0.parallelism = 4 } == [3, 3, 3, 3], "as many tasks as may run at once")
        #expect(sizes(nil) { $0.bundle = 5 } == [5, 5, 2])
    }

    @Test("arrays are cut to MaxArraySize, and with a limit run one after another")
    func chunks() {
        var request = SlurmRequest()
        let trials = (0..<7).map { _ in trial("n") }
        let free = SubmissionDraft(trials, request, maxArraySize: 3).arrays
        #expect(free.map(\.taskCount) == [3, 3, 1])
        #expect(free.map(\.firstBundle) == [0, 3, 6])
        #expect(free.allSatisfy { $0.after == nil && $0.throttle == nil })
        request.parallelism = 2
        let limited = SubmissionDraft(trials, request, maxArraySize: 3).arrays
        #expect(limited.map(\.after) == [nil, "array-1", "array-2"])
        #expect(limited.map(\.throttle) == [2, 2, 2])
    }

    // MARK: Scripts

    func script(_ change: (inout SlurmRequest) -> Void = { _ in }, folder: String = "/r/s/submissions/1") -> String {
        var request = SlurmRequest()
        request.timeLimit = 14_400
        request.threads = 2
        change(&request)
        let array = SubmittedArray(
            name: "array-2", label: "n: 2 GiB", firstBundle: 30, taskCount: 25, trialCount: 50, throttle: 20,
            memory: 2048, after: nil)
        return SlurmScript(array: array, request: request, sweep: "ghost", submission: 1, folder: folder).text
    }

    @Test("the options of sbatch")
    func options() {
        let text = script {
            $0.partition = "cpu"
            $0.extra = ["--qos", "high", "--comment=two words"]
        }
        let options = text.split(separator: "\n").filter { $0.hasPrefix("#SBATCH ") }.map { String($0.dropFirst(8)) }
        #expect(
            options == [
                "--job-name=ghost-1", "--array=0-24%20", "--ntasks=1", "--cpus-per-task=2", "--mem=2048M",
                "--time=04:00:00", "--partition=cpu", "--signal=USR1@180", "--requeue", "--open-mode=append",
                "--output=/r/s/submissions/1/logs/%A_%a.txt", #"--qos high "--comment=two words""#,
            ])
        // Before the first command, or sbatch does not read them.
        let lines = text.split(separator: "\n")
        #expect(lines.firstIndex { !$0.hasPrefix("#") } ?? 0 > lines.lastIndex { $0.hasPrefix("#SBATCH") } ?? .max)
    }

    @Test("a task puts itself back, and never the whole array")
    func requeue() {
        let text = script()
        #expect(text.contains("task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"))
        #expect(text.contains(#"scontrol requeue "$task""#))
        #expect(!text.contains(#"requeue "$SLURM_ARRAY_JOB_ID""#) && !text.contains(#"requeue "$SLURM_JOB_ID""#))
        #expect(text.contains("first=30"))
    }

    @Test("bash takes the script, whatever the folder is called", arguments: ["/r/s/1", "/my results/it's 100%/1"])
    func syntax(_ folder: String) throws {
        let file = try TemporaryFolder()
        let url = file.url.appendingPathComponent("array.sh")
        let text = script(folder: folder)
        try text.write(to: url, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-n", url.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        if folder.contains("%") { #expect(text.contains("100%%/1/logs/%A_%a.txt")) }
    }

    @Test("words are quoted as a shell reads them")
    func quoting() {
        #expect(
            ShellWord.quoted(["ablate", "a b", "it's", "", "scale=n,s", "$x", "é"])
                == #"ablate 'a b' 'it'\''s' '' scale=n,s '$x' 'é'"#)
    }

    // MARK: Answers

    @Test("what squeue, sacct, scontrol and sbatch say")
    func answers() {
        let queue = SlurmAnswers.queue(
            "1_0|RUNNING|n1|None\n1_[2-3,7%2]|PENDING||Resources\n5|RUNNING|n2|None\nnoise\n")
        #expect(queue.count == 4)
        #expect(queue[SlurmTaskID(job: "1", index: 0)] == SlurmTaskState(name: "RUNNING", detail: "n1"))
        #expect(queue[SlurmTaskID(job: "1", index: 7)] == SlurmTaskState(name: "PENDING", detail: "Resources"))
        let accounting = SlurmAnswers.accounting("1_0|CANCELLED by 1000|n1\n1_1|OUT_OF_MEMORY|n2\n1_1.batch|x|y\n")
        #expect(accounting[SlurmTaskID(job: "1", index: 0)]?.name == "CANCELLED")
        #expect(accounting.count == 2)
        #expect(SlurmAnswers.maxArraySize("MailProg = /bin/mail\nMaxArraySize            = 1001\n") == 1001)
        #expect(SlurmAnswers.maxArraySize("nothing") == nil)
        #expect(SlurmAnswers.submittedJob("123\n") == "123")
        #expect(SlurmAnswers.submittedJob("123;cluster\n") == "123")
        #expect(SlurmAnswers.submittedJob("sbatch: error") == nil)
        #expect(SlurmAnswers.endTime("JobId=1 EndTime=Unknown Deadline=N/A") == nil)
        let end = SlurmAnswers.endTime("StartTime=2026-11-26T02:47:25 EndTime=2026-11-26T02:48:25 Deadline=N/A")
        #expect(end != nil)
        if let end {
            let parts = Calendar.current.dateComponents([.hour, .minute, .second], from: end)
            #expect(parts.hour == 2 && parts.minute == 48 && parts.second == 25)
        }
    }
}
