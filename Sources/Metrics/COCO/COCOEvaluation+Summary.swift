extension COCOEvaluation {
    /// The twelve numbers that COCO reports; -1 where no box could have been found. AP is the mean over IoU thresholds
    /// .5 to .95, recalls and categories; AR the mean over thresholds and categories of the highest recall.
    public struct Summary: Hashable, Sendable {
        /// Mean over IoU thresholds, objects of all sizes, with 100 detections.
        public var ap: Double
        /// At IoU .5.
        public var ap50: Double
        /// At IoU .75.
        public var ap75: Double
        /// Objects up to 32² square pixels.
        public var apSmall: Double
        /// Objects from 32² to 96² square pixels.
        public var apMedium: Double
        /// Objects from 96² square pixels.
        public var apLarge: Double
        /// With one detection of each category in an image.
        public var ar1: Double
        /// With ten detections of each category in an image.
        public var ar10: Double
        /// With a hundred detections of each category in an image, as all below.
        public var ar100: Double
        /// Objects up to 32² square pixels.
        public var arSmall: Double
        /// Objects from 32² to 96² square pixels.
        public var arMedium: Double
        /// Objects from 96² square pixels.
        public var arLarge: Double

        /// Names and values in COCO's order.
        public var named: [(name: String, value: Double)] {
            [
                ("AP", ap), ("AP50", ap50), ("AP75", ap75), ("APs", apSmall), ("APm", apMedium), ("APl", apLarge),
                ("AR1", ar1), ("AR10", ar10), ("AR100", ar100), ("ARs", arSmall), ("ARm", arMedium), ("ARl", arLarge),
            ]
        }
    }

    /// Average precision of one category; -1 where it has no box that could have been found.
    public struct ClassResult: Hashable, Sendable {
        /// What it is the result of.
        public let category: GroundTruth.Category
        /// Mean over recalls and IoU thresholds.
        public let ap: Double
        /// Mean over recalls at IoU .5.
        public let ap50: Double
    }
}

extension COCOEvaluation.Summary {
    /// - Parameter overall: curves of each category over objects of all sizes.
    init(matches: [CategoryMatches], overall: [PrecisionCurves?], scratch: inout PrecisionScratch) {
        func mean(_ curves: [PrecisionCurves?], _ value: (PrecisionCurves) -> Double) -> Double {
            let values = curves.compactMap { $0.map(value) }
            return values.isEmpty ? -1 : values.reduce(0, +) / Double(values.count)
        }
        let limit = COCOEvaluation.maximumDetections
        let small = matches.map { scratch.curves($0, area: .small, limit: limit) }
        let medium = matches.map { scratch.curves($0, area: .medium, limit: limit) }
        let large = matches.map { scratch.curves($0, area: .large, limit: limit) }
        let one = matches.map { scratch.curves($0, area: .all, limit: 1) }
        let ten = matches.map { scratch.curves($0, area: .all, limit: 10) }
        self.init(
            ap: mean(overall) { $0.averagePrecision },
            ap50: mean(overall) { $0.averagePrecision(atThreshold: 0) },
            ap75: mean(overall) { $0.averagePrecision(atThreshold: 5) },
            apSmall: mean(small) { $0.averagePrecision },
            apMedium: mean(medium) { $0.averagePrecision },
            apLarge: mean(large) { $0.averagePrecision },
            ar1: mean(one) { $0.averageRecall },
            ar10: mean(ten) { $0.averageRecall },
            ar100: mean(overall) { $0.averageRecall },
            arSmall: mean(small) { $0.averageRecall },
            arMedium: mean(medium) { $0.averageRecall },
            arLarge: mean(large) { $0.averageRecall })
    }
}

extension COCOEvaluation.ClassResult {
    init(category: GroundTruth.Category, curves: PrecisionCurves?) {
        self.category = category
        ap = curves?.averagePrecision ?? -1
        ap50 = curves?.averagePrecision(atThreshold: 0) ?? -1
    }
}
