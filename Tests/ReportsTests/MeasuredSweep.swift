import Foundation
import Metrics
import Reports
import Results

/// A made-up sweep with everything that figures show: curves, values by class, precision over recall, detections, pictures.
///
/// Any number of arms, scales, seeds, classes and epochs; values are drawn from a seed, so that they are the same each time.
struct MeasuredSweep {
    var armCount = 5
    var scales = ["n", "s"]
    var seeds = [0, 1, 2, 3, 4, 5]
    var classCount = 6
    var epochs = 20
    var margin: Double? = 0.005
    /// Labels and seeds of trainings that diverged.
    var diverged: [(label: String, seed: Int)] = []
    /// Labels and seeds of trainings that were never begun.
    var missing: [(label: String, seed: Int)] = []
    var hasPictures = true

    static let digest = SampleSweep.id("shapes")

    private func arm(_ index: Int) -> [String: String] {
        switch index {
        case 0: ["backbone": "baseline"]
        case 1: ["backbone": "v1"]
        case 2, 3, 4: ["backbone": "v2", "dfc": ["expanded", "output", "both"][index - 2]]
        default: ["backbone": "v2", "dfc": "both", "width": "1.\(index)"]
        }
    }

    private static func label(_ arm: [String: String], _ scale: String) -> String {
        SampleSweep.label(arm, scale).replacingOccurrences(
            of: " \(scale)", with: (arm["width"].map { " width=\($0)" } ?? "") + " \(scale)")
    }

    /// What an arm reaches: 0.02 more or less, by its number.
    private func level(_ arm: Int, _ scale: Int) -> Double {
        0.32 + [0, 0.012, 0.025, 0.013, 0.03, -0.02, 0.05][arm % 7] + 0.05 * Double(scale)
    }

    var plan: StoredPlan {
        let cells = (0..<armCount).flatMap { index in
            scales.enumerated().map { scaleIndex, scale in
                let arm = arm(index)
                let label = Self.label(arm, scale)
                let size = pow(2.2, Double(scaleIndex)) * (1 + 0.07 * Double(index))
                return StoredCell(
                    cellID: SampleSweep.id(label), arm: arm, within: ["scale": scale], label: label,
                    configuration: [
                        "backbone": arm["backbone"] ?? "", "scale": scale, "data": "shapes", "imgsz": "128",
                        "epochs": "\(epochs)", "batch": "16", "select": "last",
                    ],
                    datasetDigest: Self.digest, parameters: Int(2_590_035 * size), backboneParameters: Int(1e6 * size),
                    gflops: 0.25 * size, gflops640: 6.28 * size, gflopsU: 6.44 * size, gflopsAll: 0.27 * size)
            }
        }
        let contrasts =
            (try? StoredContrast.againstBaseline(
                cells: cells, baseline: ["backbone": "v1"], within: ["scale"], conditional: ["dfc", "width"])) ?? []
        let declared =
            armCount < 4
            ? nil
            : try? StoredContrast.declared(
                name: "expanded vs output", arm: ["dfc": "expanded"], against: ["dfc": "output"], cells: cells,
                within: ["scale"], conditional: ["dfc"])
        return StoredPlan(
            sweep: "measured", manifestPath: "sweeps/measured.toml", manifestText: "schema = 1\n",
            createdAt: Date(timeIntervalSince1970: 1_800_000_000), axes: ["backbone", "dfc", "width", "scale"],
            cells: cells,
            trials: seeds.flatMap { seed in
                cells.map {
                    StoredTrial(trialID: SampleSweep.id("\($0.label) s\(seed)"), cellID: $0.cellID, seed: seed)
                }
            },
            compare: StoredComparison(
                baseline: ["backbone": "v1"], within: ["scale"], primary: "mAP50-95", margin: margin,
                contrasts: contrasts + [declared].compactMap { $0 }),
            plannedSeeds: seeds)
    }

    var results: SweepResults {
        let plan = plan
        var results = SweepResults(plan: plan, records: [])
        for trial in plan.trials {
            guard let index = plan.cells.firstIndex(where: { $0.cellID == trial.cellID }) else { continue }
            let cell = plan.cells[index]
            let isMissing = missing.contains { $0 == (cell.label, trial.seed) }
            let hasDiverged = diverged.contains { $0 == (cell.label, trial.seed) }
            var random = SplitMix64(seed: 7, stream: UInt64(index * 1000 + trial.seed))
            let level = level(index / scales.count, index % scales.count) + 0.02 * (random.uniform() - 0.5)
            let record = DoneRecord(
                status: hasDiverged ? .diverged : .done, trialID: trial.trialID, cellID: trial.cellID, seed: trial.seed,
                attempt: 1, metrics: hasDiverged ? [:] : ["mAP50-95": level, "mAP50": 1.5 * level], checkpoint: "last",
                epochs: epochs, weightHashes: [:], seconds: 600 + Double(trial.seed), peakMemoryBytes: 600 << 20,
                message: hasDiverged ? "epoch 9, step 4: box loss is nan & <worse>" : "",
                finishedAt: Date(timeIntervalSince1970: 1_800_001_000))
            results.records.append(
                TrialRecord(
                    trial: trial, directory: nil, state: isMissing ? .pending : hasDiverged ? .diverged : .done,
                    attempts: isMissing ? 0 : 1, record: isMissing ? nil : record, environment: nil))
            if isMissing { continue }
            let rows = curve(to: level, epochs: hasDiverged ? epochs / 2 : epochs, &random)
            results.epochs[trial.trialID] = rows
            if hasDiverged { continue }
            results.metrics[trial.trialID] = metrics(level, rows, &random)
        }
        if hasPictures {
            results.validation[Self.digest] = SweepResults.ValidationImages(
                groundTruth: truth,
                pictures: truth.images.map { image in
                    SweepResults.Picture(
                        image: image, name: "val/\(image) & more.png", width: 96, height: 64, png: Self.png)
                })
        }
        return results
    }

    private func curve(to level: Double, epochs: Int, _ random: inout SplitMix64) -> [EpochRow] {
        guard epochs > 0 else { return [] }
        return (1...epochs).map { epoch in
            let share = 1 - exp(-4 * Double(epoch) / Double(self.epochs))
            let wobble = 0.01 * (random.uniform() - 0.5)
            let rest = 1 - share
            let loss = EpochRow.Losses(
                box: 1 + 2 * rest + wobble, classification: 0.8 + 3 * rest, distribution: 1 + 0.4 * rest)
            // Every third epoch is not validated but for the last.
            let value = epoch % 3 == 0 && epoch != epochs ? Double.nan : level * share + wobble
            return EpochRow(
                epoch: epoch, time: 30 * Double(epoch), trainLosses: loss, precision: value, recall: value,
                mAP50: 1.5 * value, mAP5095: value, validationLosses: loss,
                learningRates: .init(group0: 0.01, group1: 0.01, group2: 0.01))
        }
    }

    /// Three images with two objects each of the classes in turn, and an ignored region.
    var truth: GroundTruth {
        let images = Array(0..<8)
        var boxes: [GroundTruthBox] = []
        for image in images {
            for object in 0..<2 {
                boxes.append(
                    GroundTruthBox(
                        id: boxes.count + 1, imageID: image, categoryID: (image + object) % classCount,
                        box: BoundingBox(x: 6 + 44 * Double(object), y: 10, width: 36, height: 40)))
            }
            boxes.append(
                GroundTruthBox(
                    id: boxes.count + 1, imageID: image, categoryID: image % classCount,
                    box: BoundingBox(x: 60, y: 52, width: 34, height: 10), isCrowd: true))
        }
        return GroundTruth(
            images: images,
            categories: (0..<classCount).map { GroundTruth.Category(id: $0, name: className($0)) }, boxes: boxes)
    }

    private func className(_ index: Int) -> String { index == 1 ? "star <&> \"cross\"" : "class \(index)" }

    private func metrics(_ level: Double, _ rows: [EpochRow], _ random: inout SplitMix64) -> TrialMetrics {
        let recalls = (0...100).map { Double($0) / 100 }
        var values: [Double] = []
        for index in 0..<classCount {
            let value = level + 0.04 * Double(index % 5) + 0.03 * random.uniform()
            values.append(index == 3 ? .nan : min(1, value))
        }
        let precisions = values.map { value -> [Double] in
            recalls.map { recall in value.isNaN ? Double.nan : max(0, min(1, 1.1 - recall / (2 * value))) }
        }
        var found = TrialMetrics.Detections()
        for label in truth.boxes where !label.isCrowd {
            let draw = random.uniform()
            if draw > 0.4 + level { continue }
            found.images.append(Int32(label.imageID))
            found.classes.append(Int32(draw < 0.1 ? (label.categoryID + 1) % classCount : label.categoryID))
            found.scores.append(Float(0.2 + 0.75 * random.uniform()))
            let shift = 6 * (random.uniform() - 0.5)
            let (left, top) = (label.box.x, label.box.y)
            let corners: [Double] = [left + shift, top + shift, left + label.box.width, top + label.box.height]
            found.boxes += corners.map { Float($0) }
        }
        return TrialMetrics(
            metrics: ["mAP50-95": level], classNames: (0..<classCount).map(className), classMetrics: ["AP": values],
            epochs: rows, precisionRecall: .init(recalls: recalls, precisions: precisions),
            images: .init(ids: truth.images.map(Int64.init), names: truth.images.map { "val/\($0) & more.png" }),
            detections: found)
    }

    /// 48 × 32 pixels: a disc on a gradient.
    static let png = [UInt8](
        Data(
            base64Encoded: """
                iVBORw0KGgoAAAANSUhEUgAAADAAAAAgCAIAAADbtmxLAAAMR0lEQVR42p3W4aqybBYG4DmwOZIhIiIiIiTtSe3Z6nar251l
                aqZmamYbqZAKyZAEQRAEwZOa4Ps9M9+8cB/A9WOte61//AsJWsihjfgdZN9FvB7i9hFngOyGiD1CtghijRETQwyAbHBEJ5E1
                RDQKURlEYZEVh8gCshSRxRyRFshcRn4URNSQbx0RDIS3EM5GvhyE9ZBPH2EChP5FqBD5OCHwgswihLwixB3BY2T6QMATmaQI
                9kLQf/wLDVrooY36HXTfRb0e6vZRZ4Duhqg9QrcIao1RE0MNgG5wVCfRNUQ1ClUZVGHRFYfKAroU0cUclRboXEZ/FFTU0G8d
                FQyUt1DORr8clPXQTx9lApT+RakQ/Tih8ILOIpS8osQdxWN0+kDBE52kKPZC3yAQtMChDfwO2HeB1wNuHzgDsBsCewS2CLDG
                wMSAAcAGBzoJ1hBoFFAZoLBgxQFZAEsRLOZAWoC5DH4UIGrgWweCAXgLcDb4cgDrgU8fMAGgfwEVgo8TgBcwiwB5BcQd4DGY
                PgB4gkkKsBd4g4igRRzahN8h9l3C6xFun3AGxG5I2CNiixDWmDAxwgDEBid0klhDQqMIlSEUllhxhCwQS5FYzAlpQcxl4kch
                RI341gnBIHiL4GziyyFYj/j0CSYg6F+CComPEwEvxCwiyCtB3Ak8JqYPAjyJSUpgL+INgkELHtrQ78B9F3o96PahM4C7IbRH
                cItAawxNDBoAbnCok3ANoUZBlYEKC1cclAW4FOFiDqUFnMvwR4GiBr91KBiQtyBnwy8Hsh789CETQPoXUiH8OEF4gbMIkldI
                3CEew+kDgiecpBB7wTeIDlr0oU37HXrfpb0e7fZpZ0DvhrQ9orcIbY1pE6MNQG9wWifpNaQ1ilYZWmHpFUfLAr0U6cWclhb0
                XKZ/FFrU6G+dFgyat2jOpr8cmvXoT59mApr+pamQ/jjR8ELPIpq80sSdxmN6+qDBk56kNPai3yA2aLGHNut32H2X9Xqs22ed
                AbsbsvaI3SKsNWZNjDUAu8FZnWTXkNUoVmVYhWVXHCsL7FJkF3NWWrBzmf2p//nP/5SApX9ZKmQ/Tiy8sLOIJa8scWfxmJ0+
                WPBkJymLvdg3iA9a/KHN+x1+3+W9Hu/2eWfA74a8PeK37+Ud8ybGv2d0g/M6ya8hr1G8yvAKy684Xhb4pcgv5ry04Of/RfNX
                fnkq5D9OPLzws4gnrzxx5/GYnz548OQnKY+9+DdIDFrioS36HXHfFb2e6PZFZyDuhqI9EreIaI1FExMNIG5wUSfF9XtIKFFl
                RIUVV5woC+JSFBdzUfqfmr8Sih8nEV7EWSSSV5G4i3gsTh8ieIqTVMRe4hskBS3p0Jb8jrTvSl5PcvuSM5B2Q8keSVtEssaS
                iUkGkDa4pJPSGkoaJamMpLDSipNkQVqK0uJvav7KSYIXaRZJ5FUi7hIeS9OHBJ7SJJWwl/QGyUFLPrRlvyPvu7LXk92+7Azk
                3VC2R/IWka2xbGKyAeQNLuukvIayRskqIyusvOJkWZCX/5fmr1zkWSSTV5m4y3gsTx8yeMqTVMZe8hukBi310Fb9jrrvql5P
                dfuqM1B3Q9UeqVtEtcaqiakGUDe4qpPqGqoapaqMqrDqilNlQf0jkDqLVPKqEncVj9XpQwVPdZKq2Et9g/SgpR/aut/R913d
                6+luX3cG+m6o2yN9i+jWWDcx3QD6Btd1Ul9DXaN0ldEVVl9xuizofwTSZ5FOXnXiruOxPn3o4KlPUh176W+QGbTMQ9v0O+a+
                a3o90+2bzsDcDU17ZG4R0xqbJmYawNzgpk6aa2hqlKkypsKaK86UBfOPQOYsMsmrSdxNPDanDxM8zUlqYi/zDbKDln1o237H
                3ndtr2e7fdsZ2LuhbY/sLWJbY9vEbAPYG9zWSXsNbY2yVcZWWHvF2bJg/xHInkU2ebWJu43H9vRhg6c9SW3sZb9BbtByD23X
                77j7ruv1XLfvOgN3N3TtkbtFXGvsmphrAHeDuzrprqGrUa7KuArrrjhXFtw/ArmzyCWvLnF38didPlzwdCepi73cN8gPWv6h
                7fsdf9/1vZ7v9n1n4O+Gvj3yt4hvjX0T8w3gb3BfJ/019DXKVxlfYf0V58uC/0cgfxb55NUn7j4e+9OHD57+JPWxl/8GHYPW
                8dA++p3jvnv0eke3f3QGx93waI+OW+RojY8mdjTAcYMfdfK4hkeNOqrMUWGPK+4oC8c/Ah1n0ZG8Hon7EY+P08cRPI+T9Ii9
                jm9QGLTCQzv0O+G+G3q90O2HziDcDUN7FG6R0BqHJhYaINzgoU6GaxhqVKgyocKGKy6UhfCPQOEsCslrSNxDPA6njxA8w0ka
                Yq/wDToHrfOhffY753337PXObv/sDM674dkenbfI2RqfTexsgPMGP+vkeQ3PGnVWmbPCnlfcWRbOS/H8fzb1GV7Os+hMXs/E
                /YzH5+njDJ7nSXrGXuc3KApa0aEd+Z1o3428XuT2I2cQ7YaRPYq2SGSNIxOLDBBt8Hd1RGsYaVSkMpHCRisukoVoKUaLefS3
                b1n0cYrgJZpFEXmNiHuEx9H0EYFnNEkj7BW9QbegdTu0b37ntu/evN7N7d+cwW03vNmj2xa5WeObid0McNvgN528reFNo24q
                c1PY24q7ycJtKd4W85u0uP2Na3+jwtvH6QYvt1l0I6834n7D49v0cQPP2yS9Ya/bGxQHrfjQjv1OvO/GXi92+7EziHfD2B7F
                WyS2xrGJxQaIN+9OJeM1jDUqVplYYeMVF8tCvBTjxTyWFvFcjv/rPxTTvzEVxh+nGF7iWRST15i4x3gcTx8xeMaTNMZe8RuU
                BK3k0E78TrLvJl4vcfuJM0h2w8QeJVskscaJiSUGSDZ4opPJGiYalahMorDJiktkIVmKyWKeSItkLic/SiJqybeeCEbCWwln
                J19OwnrJp58wQUL/JlSYfJwSeElmUUJeE+Ke4HEyfSTgmUzSBHslb1AatNJDO/U76b6ber3U7afOIN0NU3uUbpHUGr8rPTVA
                usFTnUzXMNWoVGVShU1XXCoL6VJMF/NUWqRzOf1RUlFLv/VUMFLeSjk7/XJS1ks//ZQJUvo3pcL045TCSzqLUvKaEvcUj9Pp
                IwXPdJKm2Ct9g7KglR3amd/J9t3M62VuP3MG2W6Y2aNsi2TWODOxzADZBs90MlvDTKMylckUNltxmSxkSzFbzDNpkc3l7EfJ
                RC371jPByHgr4+zsy8lYL/v0MybI6N+MCrOPUwYv2SzKyGtG3DM8zqaPDDyzSZphr+wNyoNWfmjnfiffd3Ovl7v93Bnku2Fu
                j/Itklvj3MRyA+QbPNfJfA1zjcpVJlfYfMXlspAvxXwxz6VFPpfzHyUXtfxbzwUj562cs/MvJ2e9/NPPmSCnf3MqzD9OObzk
                sygnrzlxz/E4nz5y8MwnaY698jeoCFrFoV34nWLfLbxe4fYLZ1DshoU9KrZIYY0LEysMUGzwQieLNSw0qlCZQmGLFVfIQrEU
                i8W8kBbFXC5+lELUim+9EIyCtwrOLr6cgvWKT79ggoL+Laiw+DgV8FLMooK8FsS9wONi+ijAs5ikBfYq3qAyaJWHdul3yn23
                9Hql2y+dQbkblvao3CKlNS5NrDRAucFLnSzXsNSoUmVKhS1XXCkL5VIsF/NSWpRzufxRSlErv/VSMEreKjm7/HJK1is//ZIJ
                Svq3pMLy41TCSzmLSvJaEvcSj8vpowTPcpKW2Kt8g6qgVR3ald+p9t3K61Vuv3IG1W5Y2aNqi1TWuDKxygDVBq90slrDSqMq
                lakUtlpxlSxUS7FazCtpUc3l6kepRK361ivBqHir4uzqy6lYr/r0Kyao6N+KCquPUwUv1SyqyGtF3Cs8rqaPCjyrSVphr+oN
                qoNWfWjXfqfed2uvV7v92hnUu2Ftj+otUlvj2sRqA9QbvNbJeg1rjapVplbYesXVslAvxXoxr9+P/lyuf5Ra1OpvvRaMmrdq
                zq6/nJr16k+/ZoKa/q2psP441fBSz6KavNbEvcbjevqowbOepDX2qt+gJmg1h3bjd5p9t/F6jdtvnEGzGzb2qNkijTVuTKwx
                QLPBG51s1rDRqEZlGoVtVlwjC81SbBbzRlo0c7n5URpRa771RjAa3mo4u/lyGtZrPv2GCRr6t6HC5uPUwEszixry2hD3Bo+b
                6aMBz2aSNtirQf8Nix+nmN01/5cAAAAASUVORK5CYII=
                """, options: .ignoreUnknownCharacters) ?? Data())
}
