import Testing

/// The reader itself: sizes, and operations that are exact, so that generated numbers are the script's to the bit.
@Suite struct GoldenFileTests {
    @Test func everyTensorCanBeRead() throws {
        let file = try GoldenFile.operations.get()
        #expect(file.cases.count == 95)
        #expect(Set(file.cases.map(\.name)).count == file.cases.count)
        for golden in file.cases {
            for name in file.tensorNames(of: golden) {
                let numbers = try file.numbers(name, in: golden)
                let shape = try file.shape(name, in: golden)
                #expect(numbers.count == shape.reduce(1, *))
                #expect(numbers.allSatisfy { $0.isFinite })
            }
            #expect(try file.shape("output", in: golden) == file.shape("output.gradient", in: golden))
            #expect(throws: GoldenFile.Missing.self) {
                _ = try file.numbers("input9", in: golden)
            }
        }
    }

    @Test(arguments: GoldenFile.cases(of: "add", "multiply"))
    func generatedNumbersAreTheScripts(golden: GoldenFile.Case) throws {
        let file = try GoldenFile.operations.get()
        let a = try file.numbers("input0", in: golden)
        let b = try file.numbers("input1", in: golden)
        let gradient = try file.numbers("output.gradient", in: golden)
        let channels = try #require(try file.shape("output", in: golden).last)
        let pixels = a.count / b.count
        let other = a.indices.map { pixels == 1 ? b[$0] : b[$0 / (pixels * channels) * channels + $0 % channels] }
        let expected = zip(a, other).map { golden.operation == "add" ? $0 + $1 : $0 * $1 }
        #expect(try file.numbers("output", in: golden) == expected)
        let slope = golden.operation == "add" ? gradient : zip(gradient, other).map { $0 * $1 }
        #expect(try file.numbers("input0.gradient", in: golden) == slope)
    }
}
