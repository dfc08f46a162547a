import ArgumentParser
import Datasets
import Engine
import Foundation
import Models
import Training

/// `ablate bench`: what one step of a network costs here.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Times training steps or inference of a network on random data, or the loading of a data set.",
        discussion: """
            A training step is forward, loss, backward, clipping and SGD. The median is printed; compare medians of \
            runs that alternate, since other work on the machine shifts single numbers. GFLOP/s count the sums of \
            direct convolutions, whichever way they are computed.

            --loader DATA times the loading of training images instead, on one thread: decoding, scaling, letterbox or \
            augmentation with its defaults, and the network's floating-point input; from files, and from memory where \
            the data set fits. Loading keeps up if it makes more images a second than a step takes.

            EXAMPLES:
              ablate bench --model yolo11.yaml --scale n --imgsz 320 --batch 8 --threads 1 --steps 10 --format json
              ablate bench --model v2 --scale n --imgsz 320 --profile
              ablate bench --model v2 --scale n --imgsz 320 --batch 1 --inference
              ablate bench --peak
              ablate bench --loader path/to/data.yaml --imgsz 640 --batch 16
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @OptionGroup var model: ModelArguments
    @Option(help: "Images a step.") var batch = 8
    @Option(help: "Threads.") var threads = 1
    @Option(help: "Timed steps.") var steps = 10
    @Flag(help: "Time inference with batch norm folded instead of training.") var inference = false
    @Flag(help: "Also print the seconds of each operation, dearest first.") var profile = false
    @Flag(help: "Print the GFLOP/s of a large matrix product on one thread instead.") var peak = false
    @Option(help: ArgumentHelp("Time the loading of a data set's training images.", valueName: "data"))
    var loader: String?
    @Option(help: "text or json.") var format: Format = .text

    func validate() throws {
        if loader != nil, model.model != nil || inference || profile {
            throw ValidationError("--loader times loading alone: leave out --model, --inference and --profile")
        }
        for (name, value) in [("batch", batch), ("threads", threads), ("steps", steps)] where value < 1 {
            throw ValidationError("--\(name) is \(value), expected at least 1")
        }
    }

    func run() throws {
        if peak {
            let speed = LinearAlgebraLibrary.peakGFLOPs()
            print(
                format == .json
                    ? "{\"sgemm_gflops_per_second\": \(speed), \"openblas_core\": \"\(LinearAlgebraLibrary.coreName)\"}"
                    : String(
                        format: "sgemm: %.1f GFLOP/s on one thread (OpenBLAS, %@)", speed, LinearAlgebraLibrary.coreName
                    ))
            return
        }
        if let loader { return try timeLoader(of: loader) }
        let network = try model.network(defaultModel: "baseline")
        let benchmark = StepBenchmark(network: network, batch: batch, threads: threads)
        let result = benchmark.run(inference ? .inference : .training, steps: steps, isProfiling: profile)
        let flops = Double(network.graph.cost.convolutionMACs) * 2 * Double(batch) * (inference ? 1 : 3)
        switch format {
        case .json:
            var fields: [(String, String)] = [
                ("model", "\"\(network.name)\""), ("work", inference ? "\"inference\"" : "\"training\""),
                ("batch", "\(batch)"), ("threads", "\(threads)"), ("steps", "\(steps)"),
                ("median_seconds", "\(result.median)"), ("minimum_seconds", "\(result.seconds.min() ?? 0)"),
                ("gflops_per_second", "\(flops / result.median * 1e-9)"), ("planned_bytes", "\(result.plannedBytes)"),
                ("peak_rss_bytes", "\(ProcessMemory.peakBytes)"),
                ("instruction_set", "\"\(InstructionSet.selected.name)\""),
                ("openblas_core", "\"\(LinearAlgebraLibrary.coreName)\""),
            ]
            if !inference { fields.append(("median_loss_seconds", "\(result.medianLoss)")) }
            print("{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
        case .text:
            print(
                String(
                    format: "%@, batch %d, %d threads: %.1f ms a step (median of %d), %.1f GFLOP/s, %.0f MB peak",
                    network.name, batch, threads, result.median * 1e3, steps, flops / result.median * 1e-9,
                    Double(ProcessMemory.peakBytes) / 1e6))
        }
        if profile { print(table(result.profile)) }
    }

    private func timeLoader(of spec: String) throws {
        let data = try Datasets.open(spec: spec, relativeTo: nil)
        let side = max(model.imgsz?.height ?? 640, model.imgsz?.width ?? 640)
        let progress = ProgressLine("loading")
        let results = try LoaderBenchmark(batch: batch, imageSize: side).run(data.train) {
            progress.show(String(format: "%.1f images/s", $0.imagesPerSecond))
        }
        progress.finish()
        switch format {
        case .json:
            let rows = results.map {
                "{\"augmented\": \($0.isAugmented), \"cached\": \($0.isCached), \"images\": \($0.images), "
                    + "\"seconds\": \($0.seconds), \"images_per_second\": \($0.imagesPerSecond)}"
            }
            print("[" + rows.joined(separator: ", ") + "]")
        case .text:
            for result in results {
                print(
                    String(
                        format: "%@, %@: %.1f images/s (%d images, %d px, batch %d, one thread)",
                        result.isAugmented ? "augmented" : "letterboxed",
                        result.isCached ? "from memory" : "from files",
                        result.imagesPerSecond, result.images, side, batch))
            }
        }
    }

    private func table(_ profile: [StepBenchmark.NodeTime]) -> String {
        var lines = [" forward backward  operation"]
        for time in profile.sorted(by: { $0.forward + $0.backward > $1.forward + $1.backward }) {
            lines.append(
                String(format: "%8.2f %8.2f  ", time.forward * 1e3, time.backward * 1e3)
                    + "\(time.node.name)  \(time.node.operation.signature)  "
                    + "\(time.node.inputs.first.map { "\($0.shape)" } ?? "") → \(time.node.output.shape)")
        }
        return lines.joined(separator: "\n")
    }
}
