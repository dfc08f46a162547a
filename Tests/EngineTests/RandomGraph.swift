import Engine

/// Graphs of random topology from everything that shares memory: slices, concats of new, old and sliced maps, residuals,
/// maps with several readers and with none.
enum RandomGraph {
    /// - Parameter seed: the graph is a function of it.
    static func make(seed: UInt64) throws -> Graph {
        var generator = Generator(seed: seed)
        var builder = GraphBuilder()
        var maps: [Value] = []
        // What lies, or may lie, in the memory of another map.
        var shared: Set<Value> = []
        for _ in 0...generator.below(2) {
            maps.append(builder.input(Shape(height: 3, width: 4, channels: 2 + generator.below(7))))
        }
        for step in 0..<5 + generator.below(9) {
            // Recent maps more often than old ones.
            func pick() -> Value {
                maps[maps.count - 1 - min(generator.below(maps.count), generator.below(maps.count))]
            }
            let x = pick()
            let name = "n\(step)"
            switch generator.below(9) {
            case 0, 1:
                let kernel = generator.below(2) * 2 + 1
                let convolution = Convolution(
                    outputChannels: 2 + generator.below(7), kernel: Extent(kernel), padding: Extent(kernel / 2),
                    normalization: generator.below(2) == 0
                        ? nil : BatchNormalization(name: name + ".bn", epsilon: 1e-2),
                    activation: generator.below(2) == 0 ? .silu : .identity)
                let residual = maps.last { $0.shape.channels == convolution.outputChannels }
                maps.append(try builder.convolution(x, convolution, name: name, residual: residual))
            case 2:
                let convolution = Convolution(
                    outputChannels: x.shape.channels, kernel: Extent(3), padding: Extent(1), groups: x.shape.channels,
                    hasBias: true, activation: .sigmoid)
                maps.append(try builder.convolution(x, convolution, name: name))
            case 3, 4:
                let first = generator.below(x.shape.channels)
                let count = 1 + generator.below(x.shape.channels - first)
                maps.append(try builder.slice(x, channels: first..<first + count, name: name))
                shared.formUnion([x, maps[maps.count - 1]])
            case 5, 6:
                let parts = (0..<2 + generator.below(2)).map { _ in pick() }
                guard parts.reduce(0, { $0 + $1.shape.channels }) <= 24 else { continue }
                maps.append(try builder.concat(parts, name: name))
                shared.formUnion(parts + [maps[maps.count - 1]])
            case 7:
                let other = maps.last { $0.shape == x.shape && $0 != x } ?? x
                maps.append(try builder.add(x, other, name: name))
            default:
                let gate = try builder.globalAveragePool(x, name: name + ".mean")
                maps.append(try builder.multiply(x, gate, name: name))
            }
        }
        // The last map, and often one from the middle that others read as well. Outputs that lie in each other's memory
        // are not for callers that write each gradient on its own.
        var outputs = [maps[maps.count - 1]]
        let middle = maps[generator.below(maps.count)]
        if !outputs.contains(middle), !shared.contains(middle) { outputs.append(middle) }
        return builder.finish(outputs: outputs)
    }

    private struct Generator {
        private let random: CounterRandom
        private var counter: UInt64 = 0

        init(seed: UInt64) { random = CounterRandom(seed: seed, stream: .benchmark, 4242) }

        /// One of 0 ..< bound.
        mutating func below(_ bound: Int) -> Int {
            counter += 1
            return Int(random.bits(counter) % UInt64(bound))
        }
    }
}
