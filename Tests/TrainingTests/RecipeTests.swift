import Engine
import Foundation
import Models
import Testing
import Training

/// The recipe as a whole on a tiny detector: ten batches and more of Ultralytics' own loop, held against ours. What is in the
/// file is described in `tools/golden/recipe.py`.
@Suite struct RecipeTests {
    @Test func thereIsACaseForEachOptimizer() throws {
        let golden = try RecipeGolden.shared.get()
        let optimizers = golden.cases.map { $0.settings["optimizer"]?.description ?? "" }
        #expect(Set(optimizers) == ["SGD", "Adam", "AdamW", "RMSProp", "auto"])
        // Steps after one batch and after several, and gradients that are left over at an epoch's end.
        #expect(golden.cases.contains { test in test.settings["epochs"] == .integer(3) && test.images % 4 != 0 })
    }

    /// Losses, rates, momentum, accumulation, norms before clipping, weights and their moving average after every step.
    @Test(arguments: (try? RecipeGolden.shared.get().cases) ?? [])
    func everyBatch(_ test: RecipeGolden.Case) throws {
        let golden = try RecipeGolden.shared.get()
        let configuration = try test.configuration()
        let network = try configuration.network(classCount: test.classes)
        let parameters = ParameterStore(network.graph.parameters)
        for tensor in golden.tensors {
            parameters.set(try #require(parameters.index(of: tensor.name)), tensor.initialValues)
        }
        let recipe = Recipe(
            configuration, network: network, parameters: parameters, imageCount: test.images,
            pool: ThreadPool(threads: 1))
        let (losses, rates) = (try golden.rows("losses", test), try golden.rows("rates", test))
        let (norms, noise) = (try golden.rows("norms", test), try golden.rows("noise", test))
        let (weights, averages) = (try golden.rows("weights", test), try golden.rows("average", test))
        #expect(losses.count == configuration.epochs * recipe.schedule.batchesPerEpoch && losses.count >= 10)
        #expect(norms.contains { $0[0] > Float(Recipe.gradientNormLimit) }, "the test wants gradients that are clipped")

        var step = 0
        for number in losses.indices {
            let epoch = number / recipe.schedule.batchesPerEpoch
            let count = test.fill(recipe.detector.input, batch: number)
            let outcome = recipe.train(
                images: count, targets: test.targets(batch: number, images: count), number: number, epoch: epoch)
            guard case .trained(let items, let norm) = outcome else {
                Issue.record("batch \(number): \(outcome)")
                return
            }
            for (value, expected) in zip([items.box, items.cls, items.dfl], losses[number].map(Double.init)) {
                #expect(abs(value - expected) <= 1e-3 * expected, "batch \(number): \(value) instead of \(expected)")
            }
            let row = rates[number].map(Double.init)
            for (group, expected) in zip(recipe.optimizer.groups, row) {
                #expect(abs(Double(group.learningRate) - expected) <= 1e-6 * max(expected, 1e-3), "batch \(number)")
            }
            // Adam's betas stay.
            if row[3] >= 0 { #expect(abs(recipe.progress.momentum - row[3]) < 1e-6, "batch \(number)") }
            #expect(recipe.progress.accumulate == Int(row[4]), "batch \(number)")
            #expect((norm != nil) == (row[5] == 1), "batch \(number)")
            guard let norm else { continue }
            #expect(abs(norm - Double(norms[step][0])) <= 1e-3 * norm, "the norm of step \(step)")
            for (column, entry) in [
                ("weights", parameters, weights[step]), ("average", recipe.average.average, averages[step]),
            ].enumerated() {
                let (name, store, expected): (String, ParameterStore, [Float]) = entry
                let difference = zip(golden.samples(store), expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
                // Adam divides by gradients that are mostly rounding error in a few scalars: PyTorch's own error says how much.
                let limit = step == 0 ? 1e-5 : max(1e-5, 20 * noise[step][column])
                #expect(
                    difference <= limit, "\(name) after step \(step): \(difference) off, noise \(noise[step][column])")
            }
            step += 1
        }
        #expect(step == norms.count)
        #expect(recipe.optimizer.stepCount == step && recipe.average.updateCount == step)
    }

    /// Frozen rows keep their weights, gradients of the others are as if nothing were frozen, and running statistics move.
    @Test func frozenRowsStay() throws {
        let golden = try RecipeGolden.shared.get()
        let test = try #require(golden.cases.first)
        func train(_ frozen: [Int]) throws -> ParameterStore {
            var configuration = try test.configuration()
            configuration.freeze = frozen
            let network = try configuration.network(classCount: test.classes)
            let parameters = ParameterStore(network.graph.parameters)
            for tensor in golden.tensors {
                parameters.set(try #require(parameters.index(of: tensor.name)), tensor.initialValues)
            }
            let recipe = Recipe(
                configuration, network: network, parameters: parameters, imageCount: test.images,
                pool: ThreadPool(threads: 1))
            for number in 0..<3 {
                let count = test.fill(recipe.detector.input, batch: number)
                _ = recipe.train(
                    images: count, targets: test.targets(batch: number, images: count), number: number, epoch: 0)
            }
            return parameters
        }
        let free = try train([])
        let frozen = try train([0, 1, 2, 6])
        var movedCount = 0
        for tensor in golden.tensors {
            let index = try #require(free.index(of: tensor.name))
            let (first, values) = (tensor.initialValues, frozen.values(index))
            // Boxes of a level that no object was assigned to have no gradient.
            if free.values(index) == first { continue }
            movedCount += 1
            let isFrozen = ["model.0.", "model.1.", "model.2.", "model.6."].contains { tensor.name.hasPrefix($0) }
            #expect((values == first) == (isFrozen && !tensor.isRunningStatistic), "\(tensor.name)")
            #expect(values.allSatisfy { $0.isFinite })
        }
        #expect(movedCount > golden.tensors.count / 2)
        var configuration = try test.configuration()
        for (rows, message) in [
            ([7], "row 7 cannot be frozen: tiny-n has the rows 0 to 6"),
            (Array(0...6), "nothing of tiny-n is left to train: every row with weights is frozen"),
        ] {
            configuration.freeze = rows
            let error = #expect(throws: ModelError.self) { try configuration.network(classCount: 3) }
            #expect(error?.description == message)
        }
    }
}

/// The golden file of `tools/golden/recipe.py`.
struct RecipeGolden: Sendable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Numbers: Decodable, Sendable {
            var shape: [Int]
            var offset: Int
        }

        var name: String
        var settings: [String: ConfigurationValue]
        var images: Int
        var classes: Int
        var side: Int
        var tensors: [String: Numbers]

        var testDescription: String { name }
        var batch: Int { settings["batch"].flatMap { Int($0.description) } ?? 0 }

        func configuration() throws -> TrainingConfiguration {
            var configuration = TrainingConfiguration()
            for (name, value) in settings { try ConfigurationKey.named(name)?.write(value, to: &configuration) }
            configuration.backbone = .file(RecipeGolden.folder.appending(path: "tiny.yaml").path)
            configuration.imageSize = side
            return configuration
        }

        /// Writes a batch's images; returns how many there are.
        func fill(_ view: TensorView, batch number: Int) -> Int {
            let perEpoch = (images + batch - 1) / batch
            let count = min(batch, images - number % perEpoch * batch)
            let stream = CounterStream("recipe/image/\(number)")
            for i in 0..<count * side * side * 3 { view.base[i] = 0.5 + 0.5 * stream[i] }
            return count
        }

        func targets(batch number: Int, images count: Int) -> [DetectionTarget] {
            let stream = CounterStream("recipe/targets/\(number)")
            return (0..<3 * count).map { row in
                let u = (0..<5).map { (Double(stream[5 * row + $0]) + 1) / 2 }
                let (w, h) = (0.1 + 0.5 * u[2], 0.1 + 0.5 * u[3])
                return DetectionTarget(
                    image: row / 3, classIndex: Int(u[4] * Double(classes)), cx: Float(w / 2 + u[0] * (1 - w)),
                    cy: Float(h / 2 + u[1] * (1 - h)), w: Float(w), h: Float(h))
            }
        }
    }

    private struct Index: Decodable {
        var format: Int
        var parameters: [StepGolden.Tensor]
        var cases: [Case]
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let shared = Result { try RecipeGolden() }

    let tensors: [StepGolden.Tensor]
    let cases: [Case]
    private let data: Data

    private init() throws {
        let index = try JSONDecoder().decode(
            Index.self, from: Data(contentsOf: Self.folder.appending(path: "recipe.json")))
        guard index.format == 1 else {
            throw StepGolden.Mismatch(description: "recipe.json has format \(index.format)")
        }
        tensors = index.parameters
        cases = index.cases
        data = try Data(contentsOf: Self.folder.appending(path: "recipe.bin"))
    }

    /// The rows of a table; a list has rows of one number.
    func rows(_ name: String, _ test: Case) throws -> [[Float]] {
        guard let entry = test.tensors[name] else {
            throw StepGolden.Mismatch(description: "\(test.name) has no \(name)")
        }
        let columns = entry.shape.count > 1 ? entry.shape[1] : 1
        guard 4 * (entry.offset + entry.shape[0] * columns) <= data.count else {
            throw StepGolden.Mismatch(description: "\(name) lies outside the file")
        }
        return data.withUnsafeBytes { bytes in
            (0..<entry.shape[0]).map { row in
                (0..<columns).map { column in
                    let offset = 4 * (entry.offset + row * columns + column)
                    return Float(
                        bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                }
            }
        }
    }

    /// Of every tensor up to eight scalars, evenly spread in PyTorch's order.
    func samples(_ store: ParameterStore) -> [Float] {
        tensors.flatMap { tensor -> [Float] in
            guard let index = store.index(of: tensor.name) else { return [] }
            let values = store.values(index)
            let step = max(1, values.count / 8)
            return stride(from: 0, to: values.count, by: step).prefix(8).map { values[$0] }
        }
    }
}
