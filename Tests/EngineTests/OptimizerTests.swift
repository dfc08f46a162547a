import Engine
import Foundation
import Testing

/// Update rules against torch.optim; the values come from `tools/golden/optimizers.py`.
@Suite struct OptimizerTests {
    struct Golden: Decodable, Sendable {
        struct Group: Decodable, Sendable {
            var learningRate: Float
            var weightDecay: Float
        }

        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            var rule: String
            var momentum: Double
            /// Factor on all gradients.
            var scale: Float
            /// Values after each step, by group.
            var steps: [[String: [Float]]]

            var testDescription: String { "\(rule), momentum \(momentum), scale \(scale)" }

            var updateRule: UpdateRule? {
                switch rule {
                case "SGD": .sgd(momentum: Float(momentum), nesterov: false)
                case "SGD Nesterov": .sgd(momentum: Float(momentum), nesterov: true)
                case "Adam": .adam(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
                case "AdamW": .adamW(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
                case "Adamax": .adamax(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
                case "NAdam": .nAdam(beta1: momentum, beta2: 0.999, epsilon: 1e-8, momentumDecay: 0.004)
                case "RAdam": .rAdam(beta1: momentum, beta2: 0.999, epsilon: 1e-8)
                case "RMSProp": .rmsProp(momentum: Float(momentum), smoothing: 0.99, epsilon: 1e-8)
                default: nil
                }
            }
        }

        var format: Int
        var count: Int
        var groups: [String: Group]
        var cases: [Case]

        static let all = Result {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
            let file = folder.appending(path: "Golden/optimizers.json")
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        }
    }

    static func parameter(_ name: String, _ role: Parameter.Role, count: Int = 19) -> Parameter {
        Parameter(name: name, dimensions: [count], role: role, initialization: .constant(0))
    }

    private static let parameters = [
        parameter("norm", .normalizationWeight), parameter("weight", .weight), parameter("bias", .bias),
    ]

    @Test func thereAreCases() throws {
        let golden = try Golden.all.get()
        #expect(golden.format == 1)
        #expect(Set(golden.cases.map(\.rule)).count == 8)
        #expect(golden.groups.count == 3)
    }

    @Test(arguments: (try? Golden.all.get().cases) ?? [], [1, 3])
    func agreesWithPyTorch(_ test: Golden.Case, threads: Int) throws {
        let golden = try Golden.all.get()
        let (values, gradients) = (ParameterStore(Self.parameters), ParameterStore(Self.parameters))
        for (index, parameter) in Self.parameters.enumerated() {
            let stream = CounterStream("value/\(parameter.name)")
            values.set(index, (0..<golden.count).map { stream[$0] })
        }
        let groups = try Self.parameters.enumerated().map { index, parameter in
            let group = try #require(golden.groups[parameter.name])
            return ParameterGroup(
                indices: [index], learningRate: group.learningRate, weightDecay: group.weightDecay)
        }
        let optimizer = Optimizer(
            try #require(test.updateRule, "no update rule is \(test.rule)"), groups: groups, parameters: values,
            gradients: gradients, pool: ThreadPool(threads: threads))
        for (step, expected) in test.steps.enumerated() {
            for index in optimizer.groups.indices {
                optimizer.groups[index].learningRate = groups[index].learningRate / (step < 3 ? 1 : 2)
            }
            for (index, parameter) in Self.parameters.enumerated() {
                let stream = CounterStream("gradient/\(parameter.name)/\(step)")
                gradients.set(index, (0..<golden.count).map { stream[$0] })
            }
            let before = gradients.all.map { $0 }
            optimizer.step(gradientScale: test.scale)
            #expect(gradients.all.map { $0 } == before, "an update changed the gradients")
            for (index, parameter) in Self.parameters.enumerated() {
                let wanted = try #require(expected[parameter.name])
                try #require(wanted.count == golden.count)
                for (i, value) in values.values(index).enumerated() {
                    #expect(
                        abs(value - wanted[i]) <= 1e-6,
                        "\(parameter.name) \(i) after step \(step + 1): \(value), expected \(wanted[i])")
                }
            }
        }
        #expect(optimizer.stepCount == test.steps.count)
    }

    @Test func parametersOutsideOfGroupsStay() {
        let (values, gradients) = (ParameterStore(Self.parameters), ParameterStore(Self.parameters))
        gradients.all.update(repeating: 1)
        let optimizer = Optimizer(
            .sgd(momentum: 0.9, nesterov: true),
            groups: [ParameterGroup(indices: [1], learningRate: 0.5, weightDecay: 0)], parameters: values,
            gradients: gradients, pool: ThreadPool(threads: 1))
        optimizer.step()
        #expect(values.values(0).allSatisfy { $0 == 0 })
        #expect(values.values(1).allSatisfy { $0 == -0.5 * (1 + 0.9) })
        #expect(values.values(2).allSatisfy { $0 == 0 })
        #expect(optimizer.gradientNorm() == Double(19).squareRoot())
    }

    @Test func detectorGroups() {
        let parameters = [
            Self.parameter("a", .weight), Self.parameter("b", .normalizationWeight), Self.parameter("c", .bias),
            Self.parameter("d", .runningMean), Self.parameter("e", .runningVariance), Self.parameter("f", .constant),
            Self.parameter("g", .weight), Self.parameter("h", .bias),
        ]
        let groups = ParameterGroup.detectorGroups(
            parameters, learningRate: 0.1, weightDecay: 0.01, isFrozen: { $0.name == "h" })
        #expect(
            groups == [
                ParameterGroup(indices: [2], learningRate: 0.1, weightDecay: 0),
                ParameterGroup(indices: [0, 6], learningRate: 0.1, weightDecay: 0.01),
                ParameterGroup(indices: [1], learningRate: 0.1, weightDecay: 0),
            ])
    }

    /// The norm has the same bits on any number of threads, and is that of all groups together.
    @Test func gradientNorm() {
        let parameters = (0..<40).map { Self.parameter("p\($0)", $0 % 2 == 0 ? .weight : .bias, count: 100 + $0) }
        let gradients = ParameterStore(parameters)
        var expected = 0.0
        for index in parameters.indices {
            let stream = CounterStream("norm/\(index)")
            for i in gradients[index].indices {
                gradients[index][i] = stream[i]
                expected += Double(stream[i]) * Double(stream[i])
            }
        }
        let norms = [1, 2, 4].map { threads in
            Optimizer(
                .sgd(momentum: 0, nesterov: false),
                groups: ParameterGroup.detectorGroups(parameters, learningRate: 1, weightDecay: 0),
                parameters: ParameterStore(parameters), gradients: gradients, pool: ThreadPool(threads: threads)
            ).gradientNorm()
        }
        #expect(Set(norms).count == 1)
        #expect(abs(norms[0] - expected.squareRoot()) <= 1e-7 * norms[0])
        gradients[7][3] = .nan
        let optimizer = Optimizer(
            .sgd(momentum: 0, nesterov: false),
            groups: ParameterGroup.detectorGroups(parameters, learningRate: 1, weightDecay: 0),
            parameters: ParameterStore(parameters), gradients: gradients, pool: ThreadPool(threads: 2))
        #expect(optimizer.gradientNorm().isNaN)
    }

    @Test func clippingScale() {
        #expect(Optimizer.clippingScale(norm: 5, limit: 10) == 1)
        #expect(Optimizer.clippingScale(norm: 0, limit: 10) == 1)
        #expect(Optimizer.clippingScale(norm: 40, limit: 10) == Float(10 / (40 + 1e-6)))
        // Just below the limit the small constant already bites.
        #expect(Optimizer.clippingScale(norm: 10, limit: 10) == Float(10 / (10 + 1e-6)))
    }
}
