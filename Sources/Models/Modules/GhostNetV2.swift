extension Module {
    static let ghostNetV2 = Module(
        name: "Ghostnetv2", aliases: ["GhostNetV2"],
        summary: "GhostNetV2 as a backbone, wired as Ghostnetv1, with DFC attention where the option dfc says.",
        reference: "arXiv 2211.12905", options: BackboneOption.all.map(\.name), repetition: .never, yield: .pyramid,
        build: { layer in
            let placement = layer.options.dfc ?? .expanded
            let unread = layer.options.entries.map(\.name).filter { $0.hasPrefix("dfc_") }
            guard placement != .none || unread.isEmpty else {
                throw ModelError("\(unread.joined(separator: ", ")) means nothing with dfc none: nothing would read it")
            }
            return try layer.ghostNet(GhostNet(options: layer.options, placement: placement))
        })
}
