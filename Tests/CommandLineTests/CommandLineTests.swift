import Foundation
import HDF5
import Testing

/// The program as its users run it: in a process of its own, from another folder, with its output read back.
@Suite(.serialized) struct CommandLineTests {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The built program, beside the test bundle.
    static let program: URL? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return ["release", "debug"].map { root.appendingPathComponent(".build/\($0)/ablate") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    /// A folder of this test's own, with a cache for the built-in data.
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func start(_ arguments: [String], output: URL? = nil) throws -> Process {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["ABLATE_CACHE"] = folder.appendingPathComponent("cache").path
        process.environment = environment
        return process
    }

    @discardableResult
    func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

    func run(_ arguments: [String]) throws -> Outcome {
        let process = try start(arguments)
        let (output, errors) = (folder.appendingPathComponent("out.txt"), folder.appendingPathComponent("err.txt"))
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// A sweep of three arms that trains in seconds.
    func writeManifest() throws {
        let text = """
            schema = 1
            name = "tiny"
            [base]
            data = "shapes?train=24&val=8&size=64"
            epochs = 2
            imgsz = 64
            batch = 8
            mosaic = 0
            [matrix]
            backbone = ["baseline", "v1", "v2"]
            [seeds]
            values = [0, 1]
            [compare]
            baseline = { backbone = "v1" }
            """
        try text.write(to: folder.appendingPathComponent("tiny.toml"), atomically: true, encoding: .utf8)
    }

    /// Bytes of every trial's last weights, by folder name.
    func weights() throws -> [String: Data] {
        let root = folder.appendingPathComponent("results/tiny")
        var result: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path) where name != "plans" {
            let trial = root.appendingPathComponent(name)
            for attempt in try FileManager.default.contentsOfDirectory(atPath: trial.path) {
                let file = trial.appendingPathComponent(attempt).appendingPathComponent("weights/last.h5")
                let done = trial.appendingPathComponent(attempt).appendingPathComponent("done.json")
                guard FileManager.default.fileExists(atPath: done.path) else { continue }
                #expect(result[name] == nil, "\(name) was trained twice")
                result[name] = try Data(contentsOf: file)
            }
        }
        return result
    }

    @Test func wrongUsageEndsWithTwo() throws {
        #expect(try run("profile", "--nonsense").status == 2)
        let scale = try run("profile", "--model", "yolo11.yaml")
        #expect(scale.status == 2)
        #expect(scale.errors.contains("scale"))
        let size = try run("profile", "--model", "v2", "--scale", "n", "--imgsz", "32")
        #expect(size.status == 2)
        #expect(size.errors.contains("64"), "names the smallest image: \(size.errors)")
    }

    @Test func theCostColumnsOfThePlacementTable() throws {
        let profile = try run("profile", "--all", "--model", "ghostnetv2-cls.yaml")
        #expect(profile.status == 0)
        for (parameters, operations) in [
            ("5,182,508", "141,150,512"), ("6,156,908", "167,048,288"), ("6,130,668", "160,680,880"),
            ("7,105,068", "186,578,656"),
        ] {
            #expect(
                profile.output.split(separator: "\n").contains { $0.contains(parameters) && $0.contains(operations) })
        }
    }

    /// A trained trial is validated and asked about pictures by its folder alone, and says why it learnt nothing.
    @Test func validationAndPrediction() throws {
        let data = "shapes?train=16&val=8&size=64"
        let training = try run(
            "train", "data=\(data)", "imgsz=64", "batch=8", "epochs=1", "mosaic=0", "backbone=v2", "dfc=both")
        #expect(training.status == 0, "\(training.errors)")
        let root = folder.appendingPathComponent("results/train")
        let trial = try #require(
            try FileManager.default.contentsOfDirectory(atPath: root.path).first { $0.hasPrefix("v2") })
        let weights = "results/train/\(trial)"
        let text = try run("val", "--weights", weights, "--data", data)
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("yolo11n-ghostnetv2") && text.output.contains("predicted \\ true"))
        #expect(text.output.contains("Diagnosis: "))
        let logs = try run("logs", trial)
        #expect(logs.output.contains("diagnosis: "))
        let json = try run(
            "val", "--weights", weights + "/attempt-1", "--data", data, "--format", "json", "--save-json", "coco.json",
            "--save-labels", "labels.json", "--batch", "32")
        #expect(json.status == 0, "\(json.errors)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let metrics = try #require(document["metrics"] as? [String: Double])
        #expect(document["images"] as? Int == 8 && document["imgsz"] as? Int == 64)
        #expect((document["classes"] as? [[String: Any]])?.count == 8)
        // The files are COCO's: the same numbers come back.
        let coco = try run("coco-eval", "labels.json", "coco.json", "--format", "json")
        #expect(coco.status == 0, "\(coco.errors)")
        let evaluation = try #require(try JSONSerialization.jsonObject(with: Data(coco.output.utf8)) as? [String: Any])
        let average = (evaluation["AP"] as? Double) ?? ((evaluation["summary"] as? [String: Double])?["AP"])
        #expect(try abs(#require(average) - #require(metrics["mAP50-95"])) < 1e-12)

        let picture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("TrainingTests/Golden/validation/images")
        let found = try run(
            "predict", picture.path, "--weights", weights, "--conf", "0.0001", "--max-det", "3", "-o", "drawn",
            "--save-format", "jpg", "--format", "json")
        #expect(found.status == 0, "\(found.errors)")
        let pictures = try #require(
            try JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [[String: Any]])
        #expect(pictures.count == 9)
        for picture in pictures {
            #expect((picture["objects"] as? [[String: Any]])?.count == 3)
            let drawn = try #require(picture["drawn"] as? String)
            #expect(drawn.hasSuffix(".jpg") && FileManager.default.fileExists(atPath: drawn))
        }
    }

    @Test func wrongWeightsAreNamed() throws {
        for (arguments, message) in [
            (
                ["val", "--weights", "nothing.h5", "--data", "shapes"],
                "--weights nothing.h5: there is no such file or folder"
            ),
            (["predict", "nothing.png", "--weights", "nothing.h5"], "nothing.png: there is no such file or folder"),
            (["predict", "a.png", "--weights", "a.h5", "--scale", "n"], "name it with --model as well"),
            (["val", "--weights", "a.h5", "--data", "shapes", "--conf", "2"], "--conf is 2.0, expected 0 to 1"),
            (["train", "weights=yolo11n.pt"], "tools/convert-weights.py makes one of .pt"),
            (["train", "freeze=99"], "cannot be frozen: yolo11n has the rows 0 to 23"),
            (["train", "strict=true"], "strict is read by nothing: it is read only with weights"),
        ] {
            let process = try start(arguments)
            let errors = Pipe()
            process.standardError = errors
            process.standardOutput = Pipe()
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 2, "\(arguments)")
            #expect(text.contains(message), "\(arguments): \(text)")
        }
    }

    @Test func aSweepTrainsOnceAndReports() throws {
        try writeManifest()
        let first = try run("run", "tiny.toml", "-j", "2")
        #expect(first.status == 0, "\(first.output) \(first.errors)")
        let trained = try weights()
        #expect(trained.count == 6)
        #expect(Set(trained.values).count == 6, "arms and seeds differ")

        let second = try run("run", "tiny.toml")
        #expect(second.status == 0)
        #expect((second.output + second.errors).contains("0 to train"))
        #expect(try weights() == trained)

        let report = try run("report")
        #expect(report.status == 0)
        #expect(report.output.contains("Coverage: ok 6"))
        let again = try run("reindex")
        #expect(again.status == 0)
        #expect(try run("report").output == report.output)
        try reportsInEveryFormat(report.output)
        try reportsFromABundle(report.output)
    }

    /// Files, the JSON beside a table for LaTeX, and what is typed wrongly.
    private func reportsInEveryFormat(_ markdown: String) throws {
        #expect(try run("report", "tiny", "-o", "paper/table.tex").status != 0, "there is no such folder")
        #expect(try run("report", "tiny", "-o", "table.tex").status == 0)
        #expect(try text("table.tex").contains("\\toprule"))
        let beside = try JSONSerialization.jsonObject(with: Data(try text("table.trials.json").utf8)) as? [String: Any]
        #expect((beside?["tables"] as? [String: [Any]])?["trials"]?.count == 6)
        #expect(try run("report", "--format", "csv").output.split(separator: "\n").count == 7)
        #expect(try run("report", "--at-epoch", "min").output.contains("Compared at epoch 2 of every training"))
        #expect(try run("report", "--checklist", "neurips").output.contains("## 8. "))
        #expect(try run("report", "--image-bootstrap", "100").output.contains("## Variance between images"))
        let sorted = try run(
            "report", "--sort", "parameters:desc", "--columns", "label,parameters", "--group-by", "label")
        #expect(sorted.output.contains("label=v2"), "\(sorted.errors)")
        for (arguments, message) in [
            (["--columns", "paramters"], "did you mean parameters?"), (["--sort", "mAP50:up"], "--sort mAP50:up"),
            (["--at-epoch", "last"], "expected min or a number"), (["--checklist", "icml"], "neurips, reforms"),
            (["--format", "docx"], "expected one of md, latex"),
            (["--checklist", "neurips", "--format", "csv"], "written as md or json"),
            (["nothing"], "Sweeps that were run: tiny"),
        ] {
            let outcome = try run(["report"] + arguments)
            #expect(outcome.status != 0, "\(arguments)")
            #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
        }
    }

    /// The bundle alone, in another folder, prints what the results print.
    private func reportsFromABundle(_ markdown: String) throws {
        let export = try run("export", "--bundle", "tiny.h5")
        #expect(export.status == 0, "\(export.errors)")
        let images = try run("report", "--image-bootstrap", "100").output
        let elsewhere = folder.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            at: folder.appendingPathComponent("tiny.h5"), to: elsewhere.appendingPathComponent("tiny.h5"))
        let results = folder.appendingPathComponent("results")
        try FileManager.default.moveItem(at: results, to: folder.appendingPathComponent("away"))
        let bundle = elsewhere.appendingPathComponent("tiny.h5").path
        #expect(try run("report", bundle).output == markdown)
        #expect(try run("report", bundle, "--image-bootstrap", "100").output == images)
        #expect(try run("report", bundle, "--strict").status == 0)
        try FileManager.default.moveItem(at: folder.appendingPathComponent("away"), to: results)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func aPlanTellsItsCostAndLocksItsHypotheses() throws {
        try writeManifest()
        let mistaken = try run("plan", "tiny.toml", "--lock", "seeds=0")
        #expect(mistaken.status == 2)
        #expect(mistaken.errors.contains("leave out seeds=0"))
        let plan = try run("plan", "tiny.toml", "--lock")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("hypotheses locked on"))
        #expect(plan.output.contains("2 seeds, 2 contrasts of 2 pairs: smallest reachable p 0.5; with Holm 1"))
        #expect(plan.output.contains("for 6 trainings, from measured steps"))
        #expect(plan.errors.contains("measuring a step of v2"))
        // Everything is known the second time.
        let again = try run("plan", "tiny.toml", "--format", "json", "--lock")
        #expect(again.errors == "")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
        let costs = try #require(json["costs"] as? [[String: Any]])
        #expect(costs.count == 3)
        #expect(costs.allSatisfy { $0["basis"] as? String == "measured" }, "\(costs)")
        #expect((json["secondsLeft"] as? Double ?? 0) > 0)

        let outcome = try run("run", "tiny.toml", "seeds=0")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("at a time (") || outcome.errors.contains("thread"), "\(outcome.errors)")
        let narrowed = try run("report")
        #expect(narrowed.output.contains("have changed since: seeds 0, 1 → 0."), "\(narrowed.output)")
        #expect(try run("run", "tiny.toml").status == 0)
        // By its path from another folder, however it is written.
        let elsewhere = folder.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        let copy = elsewhere.appendingPathComponent("moved.toml")
        try FileManager.default.copyItem(at: folder.appendingPathComponent("tiny.toml"), to: copy)
        let report = try run("report", copy.path)
        #expect(report.status == 0, "\(report.errors)")
        #expect(report.output.contains("before the first training ("), "\(report.output)")
        // Another lock after the fact does not hide the first.
        let manifest = folder.appendingPathComponent("tiny.toml")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        try (text + "\nmargin = 0.02\n").write(to: manifest, atomically: true, encoding: .utf8)
        #expect(try run("plan", "tiny.toml", "--lock").output.contains("changed since: margin none → 0.02"))
        let late = try run("report").output
        #expect(late.contains("after 6 trainings had begun"), "\(late)")
        #expect(late.contains("have changed since: margin 0.02 → none"), "\(late)")
        #expect(late.contains("This lock replaces another."), "\(late)")

        // The plan's memory is an upper bound, and not far from what was needed.
        let needed = try peaks()
        #expect(needed.count == 6)
        for cost in costs {
            let (label, planned) = (cost["label"] as? String ?? "", cost["peakMemoryBytes"] as? Int ?? 0)
            for (name, peak) in needed where name.hasPrefix(label + "-") {
                #expect(peak <= planned && Double(peak) > 0.6 * Double(planned), "\(name): \(peak) of \(planned)")
            }
        }
    }

    @Test func aPlanOfFiveHundredCellsTakesLessThanTwoSeconds() throws {
        let rates = (1...20).map { "\(Double($0) / 1000)" }.joined(separator: ", ")
        let text = """
            schema = 1
            name = "large"
            [base]
            imgsz = 320
            epochs = 3
            [matrix]
            backbone = ["baseline", "v1", "v2"]
            scale = ["n", "s", "m", "l", "x"]
            lr0 = [\(rates)]
            [[when]]
            if = { backbone = "v2" }
            matrix = { dfc = ["expanded", "output", "both"] }
            [seeds]
            values = [0, 1, 2]
            [compare]
            baseline = { backbone = "v1", lr0 = 0.01 }
            within = ["scale"]
            """
        try text.write(to: folder.appendingPathComponent("large.toml"), atomically: true, encoding: .utf8)
        // The shortest of some tries: other programs only add to it.
        var shortest = Double.infinity
        for _ in 0..<5 where shortest >= 2 {
            let began = Date()
            let plan = try run("plan", "large.toml", "--no-measure")
            shortest = min(shortest, Date().timeIntervalSince(began))
            #expect(plan.output.contains("500 cells x 3 seeds = 1500 trials"), "\(plan.errors)")
        }
        #expect(shortest < 2)
    }

    @Test func aTrainingThatDoesNotFitIsSaidBeforeItStarts() throws {
        try writeManifest()
        // 24 images of 3008 pixels a side at once take hundreds of gigabytes.
        let outcome = try run("run", "tiny.toml", "backbone=v2", "imgsz=3008", "batch=512")
        #expect(outcome.status == 2, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.errors.contains("not enough memory: "), "\(outcome.errors)")
        let root = folder.appendingPathComponent("results/tiny")
        #expect(!FileManager.default.fileExists(atPath: root.path), "a trial was begun")
        let plan = try run("plan", "tiny.toml", "backbone=v2", "imgsz=3008", "batch=512", "--no-measure")
        #expect(plan.output.contains("will not run: not enough memory: "), "\(plan.output) \(plan.errors)")
    }

    /// Highest memory of every trial, by folder name.
    private func peaks() throws -> [String: Int] {
        let root = folder.appendingPathComponent("results/tiny")
        var peaks: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path) {
            let file = root.appendingPathComponent("\(name)/attempt-1/done.json")
            guard let data = try? Data(contentsOf: file),
                let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            else { continue }
            peaks[name] = json["peakMemoryBytes"] as? Int
        }
        return peaks
    }

    @Test func aKilledSchedulerLeavesNothingBehind() throws {
        try writeManifest()
        let process = try start(["run", "tiny.toml", "-j", "2"])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: 1.5)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        Thread.sleep(forTimeInterval: 1)
        #expect(workers() == 0, "workers outlive their scheduler")
        let rest = try run("run", "tiny.toml", "-j", "2")
        #expect(rest.status == 0, "\(rest.output) \(rest.errors)")
        let resumed = try weights()
        #expect(resumed.count == 6)

        try FileManager.default.removeItem(at: folder.appendingPathComponent("results"))
        #expect(try run("run", "tiny.toml").status == 0)
        #expect(try weights() == resumed, "an undisturbed sweep has the same weights")
    }

    /// Worker processes whose command line names this test's folder.
    private func workers() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.filter { name in
            guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
            let text = String(decoding: line, as: UTF8.self)
            return text.contains("worker") && text.contains(folder.lastPathComponent)
        }.count
    }

    @Test func metricsOpenWithTheLibrary() throws {
        try writeManifest()
        #expect(try run("run", "tiny.toml", "backbone=baseline", "seeds=0").status == 0)
        let root = folder.appendingPathComponent("results/tiny")
        let trial = try #require(
            try FileManager.default.contentsOfDirectory(atPath: root.path).first { $0 != "plans" })
        let file = root.appendingPathComponent("\(trial)/attempt-1/metrics.h5")
        let names = try HDF5File.read(file) { try $0.datasetNames() }
        #expect(!names.isEmpty)
    }
}

extension CommandLineTests {
    /// A data set of one picture that is cut off in the middle.
    @Test func aDamagedPictureIsNamedAndNotTriedAgain() throws {
        let images = folder.appendingPathComponent("data/images/train")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        // Start of a JPEG with a frame header of 64×64, and nothing behind it.
        let bytes: [UInt8] = [
            0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0, 64, 0, 64, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0,
        ]
        try Data(bytes).write(to: images.appendingPathComponent("cut.jpg"))
        let labels = folder.appendingPathComponent("data/labels/train")
        try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
        try "0 0.5 0.5 0.5 0.5\n".write(
            to: labels.appendingPathComponent("cut.txt"), atomically: true, encoding: .utf8)
        try "path: .\ntrain: images/train\nval: images/train\nnames: [thing]\n".write(
            to: folder.appendingPathComponent("data/data.yaml"), atomically: true, encoding: .utf8)
        let outcome = try run("train", "data=data/data.yaml", "imgsz=64", "epochs=1", "batch=1")
        #expect(outcome.status != 0)
        let text = outcome.output + outcome.errors
        #expect(text.contains("cut.jpg"), "\(text)")
        #expect(!text.contains("another try"), "\(text)")
    }
}
