import ArgumentParser
import Engine
import Foundation
import Models
import Training

/// `ablate step`: repeats training steps that another implementation recorded.
struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Trains a few steps from recorded weights on a recorded batch and writes what came out.",
        discussion: """
            IN.h5 holds weights/<name>, batch/{img,batch_idx,cls,bboxes} and attributes (backbone, dfc, scale, nc, \
            width, lr, momentum), which stand in for flags that are absent. OUT.h5 gets eval/predictions, losses, \
            gradients/<name> of the first step and weights/<name> after the last, so that any other implementation can \
            be held against this one. tools/reference/ghost_yolo.py step makes such files with PyTorch.

            EXAMPLE:
              ablate step in.h5 out.h5 --model yolo11-ghostnetv2.yaml --scale n --dfc both --steps 5
            """)

    @Argument(help: "Recorded weights and batch.") var input: String
    @Argument(help: "Where the results go.") var output: String
    @OptionGroup var model: ModelArguments
    @Option(help: "Number of SGD steps.") var steps = 5
    @Option(help: "Learning rate; without it the file's.") var lr: Double?
    @Option(help: "Momentum; without it the file's.") var momentum: Double?
    @Option(help: "Threads; the results do not depend on it.") var threads = 1

    func validate() throws {
        if steps < 1 { throw ValidationError("--steps is \(steps), expected at least 1") }
        if threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
    }

    func run() throws {
        let url = URL(fileURLWithPath: input)
        let recorded = try StepReplay.Recorded(reading: url)
        var model = model
        model.scale = model.scale ?? recorded.scale
        model.nc = model.nc ?? recorded.classCount
        if model.imgsz == nil {
            var size = ImageSize(side: recorded.height)
            size.width = recorded.imageWidth
            model.imgsz = size
        }
        let word = model.model ?? recorded.backbone ?? "baseline"
        let description = try ModelDescription.load(word)
        if try description.network(reads: "dfc") { model.backbone.dfc = model.backbone.dfc ?? recorded.dfc }
        if try description.network(reads: "width") {
            model.backbone.width = model.backbone.width ?? recorded.width.map { "\($0)" }
        }
        let replay = StepReplay(
            network: try model.network(of: description), learningRate: lr ?? recorded.learningRate ?? 1e-4,
            momentum: momentum ?? recorded.momentum ?? 0.9)
        let (weights, batch) = try replay.read(url)
        let outcome = replay.run(weights: weights, batch: batch, steps: steps, pool: ThreadPool(threads: threads))
        try replay.write(outcome, to: URL(fileURLWithPath: output))
        print("step  box      cls      dfl")
        for (index, items) in outcome.losses.enumerated() {
            print(String(format: "%4d  %.5f  %.5f  %.5f", index + 1, items.box, items.cls, items.dfl))
        }
    }
}

extension ModelDescription {
    /// Whether a module of the network has a backbone option of this name.
    fileprivate func network(reads option: String) throws -> Bool {
        rows.contains { Module.named($0.module)?.options.contains(option) ?? false }
    }
}
