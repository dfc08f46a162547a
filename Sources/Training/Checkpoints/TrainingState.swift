import Engine
import Foundation
import HDF5
import Models

/// Everything that a training needs to go on as if it had not stopped, apart from its configuration.
struct TrainingState {
    /// Epoch that is under way or comes next, from 0.
    var epoch = 0
    /// Batches of that epoch that are done.
    var batch = 0
    /// Where the recipe stands.
    var recipe = Recipe.Progress()
    /// Sums of the loss items over the batches of this epoch.
    var lossSums = DetectionLoss.Items(box: 0, cls: 0, dfl: 0)
    var bestFitness = -1.0
    /// From 1; 0 while there is none.
    var bestEpoch = 0
    /// Seconds of training in all attempts.
    var seconds = 0.0
    var optimizerSteps = 0
    var averageUpdates = 0
}

/// A checkpoint on disk: the state, the weights, their average, the optimizer's moments and gradients not yet applied.
struct Checkpoint {
    static let fileName = "checkpoint.h5"
    /// Raised when the layout of the file changes.
    static let version = 1

    let url: URL

    /// Whether there is a file to resume from.
    var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Stores of the training, in the file's order.
    struct Stores {
        let weights: ParameterStore
        let average: ParameterStore
        let gradients: ParameterStore
        let firstMoment: ParameterStore
        let secondMoment: ParameterStore?

        var named: [(name: String, store: ParameterStore)] {
            var list = [
                ("weights", weights), ("average", average), ("gradients", gradients), ("first_moment", firstMoment),
            ]
            if let secondMoment { list.append(("second_moment", secondMoment)) }
            return list
        }
    }

    /// Writes the file; it appears whole or not at all.
    func write(_ state: TrainingState, _ stores: Stores, signature: String) throws {
        try HDF5File.write(to: url) { file in
            try file.setAttribute("version", .int(Self.version))
            try file.setAttribute("signature", .string(signature))
            for (name, value) in numbers(state) { try file.setAttribute(name, .double(value)) }
            for (name, store) in stores.named {
                // The engine's own layout: a checkpoint is read back by the program that wrote it.
                try file.write(UnsafeBufferPointer(store.all), dimensions: [store.floatCount], to: name)
            }
        }
    }

    /// Reads the file back; nil when there is none.
    /// - Throws: `HDF5Error` for a damaged file, or one of another training.
    func read(into stores: Stores, signature: String) throws -> TrainingState? {
        guard exists else { return nil }
        let attributes = try HDF5File.read(url) { try $0.attributes() }
        guard attributes["version"]?.int == Self.version else { throw refusal("it is of another version") }
        guard attributes["signature"]?.string == signature else {
            throw refusal("it belongs to a training with another configuration")
        }
        let state = try state(attributes)
        for (name, store) in stores.named {
            let (dimensions, memory) = ([store.floatCount], store.all)
            try HDF5File.read(url) { try $0.read(from: name, dimensions: dimensions, into: memory) }
        }
        return state
    }

    private func refusal(_ cause: String) -> HDF5Error {
        HDF5Error(file: url.path, attempt: "resume from the checkpoint", cause: cause)
    }

    private func state(_ attributes: [String: HDF5Attribute]) throws -> TrainingState {
        func number(_ name: String) throws -> Double {
            guard let value = attributes[name]?.double else { throw refusal("it lacks \(name)") }
            return value
        }
        var state = TrainingState()
        state.epoch = Int(try number("epoch"))
        state.batch = Int(try number("batch"))
        state.recipe.lastUpdate = Int(try number("last_step"))
        state.recipe.accumulate = Int(try number("accumulate"))
        state.recipe.momentum = try number("momentum")
        state.lossSums = DetectionLoss.Items(
            box: try number("box_sum"), cls: try number("cls_sum"), dfl: try number("dfl_sum"))
        state.bestFitness = try number("best_fitness")
        state.bestEpoch = Int(try number("best_epoch"))
        state.seconds = try number("seconds")
        state.optimizerSteps = Int(try number("optimizer_steps"))
        state.averageUpdates = Int(try number("average_updates"))
        return state
    }

    private func numbers(_ state: TrainingState) -> [(String, Double)] {
        [
            ("epoch", Double(state.epoch)), ("batch", Double(state.batch)),
            ("last_step", Double(state.recipe.lastUpdate)),
            ("accumulate", Double(state.recipe.accumulate)), ("momentum", state.recipe.momentum),
            ("box_sum", state.lossSums.box),
            ("cls_sum", state.lossSums.cls), ("dfl_sum", state.lossSums.dfl), ("best_fitness", state.bestFitness),
            ("best_epoch", Double(state.bestEpoch)), ("seconds", state.seconds),
            ("optimizer_steps", Double(state.optimizerSteps)), ("average_updates", Double(state.averageUpdates)),
        ]
    }
}
