import Engine
import Foundation
import HDF5
import Models
import Testing
import Training

/// Weights to start from: what fits by name and shape is taken, and what does not is said.
@Suite struct TransferTests {
    private func store(_ network: String, classes: Int? = 3, seed: UInt64) throws -> (Network, ParameterStore) {
        let description = try ModelDescription.load(network)
        let side = description.isDetector ? 64 : 224
        let network = try Network(
            description: description,
            options: ModelOptions(
                scale: description.scales.isEmpty ? nil : "n", classCount: classes, imageHeight: side, imageWidth: side)
        )
        let store = ParameterStore(network.graph.parameters)
        store.initialize(seed: seed)
        return (network, store)
    }

    private func withFile(_ body: (URL) throws -> Void) throws {
        let folder = try TrialRun.newFolder("transfer")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "start.h5"))
    }

    @Test func everythingFits() throws {
        try withFile { file in
            let (_, written) = try store("baseline", seed: 1)
            let (_, taken) = try store("baseline", seed: 2)
            try WeightFile.write(written, to: file)
            let transfer = try WeightFile.transfer(file, into: taken, isStrict: true)
            #expect(transfer.isWhole && transfer.tensors == transfer.tensorCount && transfer.tensors > 400)
            #expect(transfer.parameters == transfer.parameterCount && transfer.parameters > 2_500_000)
            #expect(Array(taken.all) == Array(written.all))
            #expect(transfer.description.hasSuffix("parameters) from \(file.path)"))
        }
    }

    /// Other classes: all but the last convolutions of the class branches.
    @Test func otherClasses() throws {
        try withFile { file in
            let (_, written) = try store("baseline", classes: 5, seed: 1)
            let (_, taken) = try store("baseline", seed: 2)
            try WeightFile.write(written, to: file)
            let before = try #require(taken.index(of: "model.23.cv3.0.2.weight"))
            let head = taken.values(before)
            let transfer = try WeightFile.transfer(file, into: taken)
            #expect(transfer.tensors == transfer.tensorCount - 6 && transfer.rest.differing.count == 6)
            #expect(transfer.rest.missing.isEmpty && transfer.rest.unexpected.isEmpty)
            #expect(transfer.description.contains("6 of another shape: model.23.cv3.0.2.weight: [5, "))
            #expect(taken.values(before) == head)
            let first = try #require(taken.index(of: "model.0.conv.weight"))
            #expect(taken.values(first) == written.values(first))
            // Strictly nothing is taken.
            let (_, other) = try store("baseline", seed: 3)
            let untouched = Array(other.all)
            let error = #expect(throws: WeightFile.Mismatch.self) {
                try WeightFile.transfer(file, into: other, isStrict: true)
            }
            #expect(error?.differing.count == 6)
            #expect(Array(other.all) == untouched)
        }
    }

    /// A classifier's trunk into a detector's backbone, and back; statistics of batch norms as well.
    @Test(arguments: ["v1", "v2"])
    func classifierIntoDetector(_ version: String) throws {
        try withFile { file in
            let (_, classifier) = try store("ghostnet\(version)-cls.yaml", classes: nil, seed: 1)
            let mean = try #require(classifier.index(of: "blocks.0.0.ghost1.primary_conv.1.running_mean"))
            classifier.set(mean, (0..<8).map { Float($0) })
            try WeightFile.write(classifier, to: file)
            let (_, detector) = try store(version, seed: 2)
            let transfer = try WeightFile.transfer(file, into: detector)
            #expect(
                transfer.rest.unexpected == [
                    "classifier.bias", "classifier.weight", "conv_head.bias", "conv_head.weight",
                ])
            #expect(transfer.rest.differing.isEmpty && transfer.rest.missing.allSatisfy { !$0.hasPrefix("model.0.") })
            for (index, parameter) in detector.parameters.enumerated() where parameter.name.hasPrefix("model.0.") {
                let source = try #require(classifier.index(of: String(parameter.name.dropFirst(8))))
                #expect(detector.values(index) == classifier.values(source), "\(parameter.name)")
            }
            try WeightFile.write(detector, to: file)
            let (_, again) = try store("ghostnet\(version)-cls.yaml", classes: nil, seed: 3)
            let back = try WeightFile.transfer(file, into: again)
            #expect(back.tensors == transfer.tensors && again.values(mean) == classifier.values(mean))
        }
    }

    @Test func nothingFits() throws {
        try withFile { file in
            let (_, written) = try store("baseline", seed: 1)
            try WeightFile.write(written, to: file)
            let (_, classifier) = try store("ghostnetv1-cls.yaml", classes: nil, seed: 2)
            let error = #expect(throws: WeightFile.NothingFits.self) {
                try WeightFile.transfer(file, into: classifier)
            }
            #expect(
                error?.description.contains("none of its tensors is one of the network's: it has such names as model.")
                    ?? false)
            try HDF5File.write(to: file) { try $0.write([Float(1)], dimensions: [1], to: "something") }
            let empty = #expect(throws: WeightFile.NothingFits.self) {
                try WeightFile.transfer(file, into: classifier)
            }
            #expect(empty?.description.contains("no tensor under weights/") ?? false)
        }
    }

    /// The digest is of the tensors, not of the file.
    @Test func digests() throws {
        try withFile { file in
            let (network, store) = try store("v1", seed: 1)
            try WeightFile.write(store, to: file)
            let first = try WeightFile.digest(file)
            try WeightFile.write(
                store, to: file, header: WeightFile.Header(network, classNames: ["a", "b", "c"], imageSize: 64))
            #expect(try WeightFile.digest(file) == first)
            store[0][0] += 1
            try WeightFile.write(store, to: file)
            #expect(try WeightFile.digest(file) != first)
        }
    }

    /// A file says what network it is of: options, classes and image size come back, and a user's network file too.
    @Test func headersBuildTheNetworkAgain() throws {
        try withFile { file in
            var options = ModelOptions(scale: "s", classCount: 4, imageHeight: 96, imageWidth: 96)
            try options.backbone.set("dfc", to: "both")
            try options.backbone.set("width", to: "0.5")
            try options.backbone.set("dfc_blocks", to: "3-5")
            let network = try Network(description: try ModelDescription.load("v2"), options: options)
            let store = ParameterStore(network.graph.parameters)
            store.initialize(seed: 1)
            try WeightFile.write(
                store, to: file, header: WeightFile.Header(network, classNames: ["a", "b", "c", "d"], imageSize: 96))
            let saved = try SavedDetector(reading: file)
            #expect(saved.network.signature == network.signature && saved.classNames == ["a", "b", "c", "d"])
            #expect(saved.header.options == ["dfc=both", "dfc_blocks=3-5", "width=0.5"])
            #expect(saved.parameters.values(0) == store.values(0))
            // Without a header the network has to be named.
            try WeightFile.write(store, to: file)
            let error = #expect(throws: SavedDetectorError.self) { try SavedDetector(reading: file) }
            #expect(error?.description.contains("name it, as in --model v2 --scale n") ?? false)
            #expect(
                try SavedDetector(reading: file, network: network).classNames == [
                    "class0", "class1", "class2", "class3",
                ])
        }
    }

    /// A training begins with the weights it is given, says so, and leaves frozen rows alone.
    @Test func trainingStartsFromWeights() throws {
        let folder = try TrialRun.newFolder("start")
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = TrialRun.configuration
        configuration.epochs = 1
        _ = try TrialRun.train(configuration, in: folder)
        let file = folder.appending(path: "start.h5")
        try FileManager.default.copyItem(at: folder.appending(path: "weights/last.h5"), to: file)
        configuration.weights = file.path
        configuration.isStrict = true
        configuration.freeze = Array(0..<23)
        var transfer: WeightFile.Transfer?
        let second = folder.appending(path: "second")
        let trainer = try Trainer(
            configuration: configuration, data: try TrialRun.data.get(), threads: 1, directory: second,
            onEvent: { event in if case .started(let summary) = event { transfer = summary.start } })
        _ = try trainer.run()
        #expect(transfer?.isWhole == true && transfer?.file == file.path)
        #expect(transfer?.digest == (try WeightFile.digest(file)))
        let (_, before) = try store("baseline", classes: 8, seed: 0)
        let (_, after) = try store("baseline", classes: 8, seed: 0)
        try WeightFile.read(file, into: before)
        try WeightFile.read(trainer.lastWeights, into: after)
        var moved = 0
        for (index, parameter) in before.parameters.enumerated() where parameter.isTrainable {
            let isSame = zip(before.values(index), after.values(index)).allSatisfy { abs($0 - $1) <= 1e-6 * abs($0) }
            if !parameter.name.hasPrefix("model.23.") { #expect(isSame, "\(parameter.name)") }
            if !isSame { moved += 1 }
        }
        #expect(moved > 10)
    }
}
