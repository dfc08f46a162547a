import Testing

/// The reader of the golden steps: its generated values are the script's.
@Suite struct StepGoldenTests {
    @Test(arguments: StepGolden.arms)
    func initialValuesAreTheScripts(arm: String) throws {
        let golden = try StepGolden(arm: arm)
        #expect(golden.cases.map(\.name) == ["64x64", "64x96"])
        let first = try #require(golden.cases.first)
        let expected = try golden.initialDigests(first)
        try #require(expected.count == golden.tensors.count)
        for (tensor, row) in zip(golden.tensors, expected) {
            let values = tensor.initialValues
            let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let projection = StepGolden.projection(0, of: values, name: tensor.name)
            // What is stored has 24 bits.
            #expect(abs(norm - Double(row[0])) <= 1e-7 * norm, "\(tensor.name)")
            #expect(abs(projection - Double(row[1])) <= 1e-7 * norm, "\(tensor.name)")
        }
    }

    @Test(arguments: StepGolden.arms)
    func everyNumberCanBeRead(arm: String) throws {
        let golden = try StepGolden(arm: arm)
        let trainable = golden.tensors.filter { !$0.isRunningStatistic }
        for size in golden.cases {
            #expect(try golden.targets(size).count == 5 * size.images)
            let anchors = size.height * size.width * 21 / 1024
            #expect(try golden.predictions(size).count == size.images * (4 + size.classes) * anchors)
            #expect(try golden.losses(size).count == 5)
            #expect(try golden.lossNoise(size).allSatisfy { row in row.allSatisfy { $0 < 0.01 } })
            #expect(try golden.gradients(size).count == trainable.count)
            #expect(try golden.changes(size).count == golden.tensors.count)
            #expect(size.image.allSatisfy { $0 >= 0 && $0 < 1 })
        }
    }

    /// A digest notices an error of any kind and tells its size.
    @Test func distanceEstimatesDifference() throws {
        let golden = try StepGolden(arm: "baseline")
        let tensor = try #require(golden.tensors.first { $0.shape.reduce(1, *) > 1000 })
        let values = tensor.initialValues
        let digest = StepGolden.Digest(of: values, name: tensor.name)
        #expect(digest.distance(to: digest) == 0)
        let error = CounterStream("error")
        var disturbed = values
        for i in disturbed.indices { disturbed[i] += 0.01 * error[i] * digestScale(digest, values.count) }
        let difference = zip(values, disturbed).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
        let ratio = digest.distance(to: StepGolden.Digest(of: disturbed, name: tensor.name)) * digest.norm / difference
        #expect(ratio > 0.4 && ratio < 2)
        #expect(digest.distance(to: StepGolden.Digest(of: values.reversed(), name: tensor.name)) > 0.3)
    }

    private func digestScale(_ digest: StepGolden.Digest, _ count: Int) -> Float {
        Float(digest.norm / Double(count).squareRoot())
    }
}
