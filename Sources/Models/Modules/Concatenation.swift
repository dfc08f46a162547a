import Engine

extension Module {
    static let concatenation = Module(
        name: "Concat", summary: "Joins maps of one size along their channels, in the row's order.",
        parameters: [ModuleParameter("dimension", .count, default: .integer(1))],
        repetition: .never, takesList: true,
        build: { layer in
            guard layer.arguments.integer("dimension") == 1 else {
                throw GraphError(node: layer.path, message: "Concat joins along dimension 1, the channels, only")
            }
            return [try layer.builder.concat(layer.inputs, name: layer.path)]
        })
}
