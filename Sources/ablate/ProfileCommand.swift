import ArgumentParser
import Models

/// `ablate profile`: parameters and operations of networks, before any training.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Counts the parameters and operations of one network, of all five arms, or of every DFC placement.",
        discussion: """
            GFLOPs is 2 x multiply-accumulates of the convolutions at the image size given; GFLOPs(all) adds attention \
            and linear layers; GFLOPs(U) is what Ultralytics 8.3.0 prints, which profiles a 32x32 image and scales it. \
            Of classifiers MACs are counted as papers do, linear layers included. Backbone parameters leave out SPPF and C2PSA, which all arms share.

            EXAMPLES:
              ablate profile --all
              ablate profile --all --model ghostnetv2-cls.yaml
              ablate profile --model v2 --scale n --dfc both --rows
              ablate profile --model my-network.yaml --scale s --format json
            """)

    /// How the table is printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case md, csv, json
    }

    @OptionGroup var model: ModelArguments

    @Flag(
        help: """
            Baseline, GhostNetV1 and GhostNetV2 with DFC expanded, output and both; each scale, or that of --scale. With \
            --model every DFC placement of that network.
            """)
    var all = false

    @Flag(help: "Also one line for each row of the network file.")
    var rows = false

    @Option(help: "md, csv or json; csv and json have all digits.")
    var format: Format = .md

    func validate() throws {
        if !all, model.model == nil { throw ValidationError("Give a network with --model, or --all for every arm") }
        let options = try model.backbone.options()
        if all, options.dfc != nil || model.model == nil && !options.isEmpty {
            let names = options.entries.map(\.name).filter { model.model == nil || $0 == "dfc" }
            throw ValidationError("--all sets the backbone options itself: leave out \(names.joined(separator: ", "))")
        }
    }

    func run() throws {
        let networks = all ? try model.model.map(placements) ?? arms() : [try model.network()]
        let profiles = networks.map { NetworkProfile($0, withRows: rows) }
        switch format {
        case .md: print(NetworkProfile.markdown(profiles))
        case .csv: print(NetworkProfile.csv(profiles))
        case .json: print(try NetworkProfile.json(profiles))
        }
    }

    /// Every DFC placement of one network, scale by scale.
    private func placements(_ word: String) throws -> [Network] {
        let description = try ModelDescription.load(word)
        let scales = model.scale.map { [$0] } ?? description.impliedScale.map { [$0] } ?? description.scales.map(\.name)
        return try (scales.isEmpty ? [nil] : scales).flatMap { scale in
            try DFCPlacement.allCases.map { placement in
                var options = model
                options.scale = scale
                options.backbone.dfc = placement.rawValue
                return try options.network(of: description)
            }
        }
    }

    /// The five arms, scale by scale.
    private func arms() throws -> [Network] {
        let arms: [(alias: String, dfc: DFCPlacement?)] = [
            ("baseline", nil), ("v1", nil), ("v2", .expanded), ("v2", .output), ("v2", .both),
        ]
        let scales = try model.scale.map { [$0] } ?? ModelDescription.load("baseline").scales.compactMap(\.name)
        var networks: [Network] = []
        for scale in scales {
            for arm in arms {
                var options = model
                options.scale = scale
                options.backbone.dfc = arm.dfc?.rawValue
                networks.append(try options.network(of: try ModelDescription.load(arm.alias)))
            }
        }
        return networks
    }
}
