extension Module {
    static let ghostNetV1 = Module(
        name: "Ghostnetv1", aliases: ["GhostNetV1"],
        summary: "GhostNetV1 as a backbone: fills layers 0-4 with nothing and its maps at strides 4, 8, 16 and 32.",
        reference: "arXiv 1911.11907", options: ["width", "tail", "stage_dropout"], repetition: .never, yield: .pyramid,
        build: { layer in try layer.ghostNet(GhostNet(options: layer.options, placement: .none)) })
}
