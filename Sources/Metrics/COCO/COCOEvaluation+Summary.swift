extension COCOEvaluation {
    /// The twelve numbers that COCO reports; -1 where no box could have been found. AP is the mean over IoU thresholds
    /// .5 to .95, recalls and categories; AR the mean over thresholds and categories of the highest recall.
    public struct Summary: Hashable, Sendable {
        public var AP: Double
        public var AP50: Double
        public var AP75: Double
        /// Objects up to 32² square pixels.
        public var APs: Double
        /// Objects from 32² to 96² square pixels.
        public var APm: Double
        /// Objects from 96² square pixels.
        public var APl: Double
        /// With one detection of each category in an image.
        public var AR1: Double
        public var AR10: Double
        public var AR100: Double
        public var ARs: Double
        public var ARm: Double
        public var ARl: Double

        /// Names and values in COCO's order.
        public var named: [(name: String, value: Double)] {
            [
                ("AP", AP), ("AP50", AP50), ("AP75", AP75), ("APs", APs), ("APm", APm), ("APl", APl),
                ("AR1", AR1), ("AR10", AR10), ("AR100", AR100), ("ARs", ARs), ("ARm", ARm), ("ARl", ARl),
            ]
        }
    }

    /// Average precision of one category; -1 where it has no box that could have been found.
    public struct ClassResult: Hashable, Sendable {
        public let category: GroundTruth.Category
        public let AP: Double
        public let AP50: Double
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
            AP: mean(overall) { $0.averagePrecision },
            AP50: mean(overall) { $0.averagePrecision(atThreshold: 0) },
            AP75: mean(overall) { $0.averagePrecision(atThreshold: 5) },
            APs: mean(small) { $0.averagePrecision },
            APm: mean(medium) { $0.averagePrecision },
            APl: mean(large) { $0.averagePrecision },
            AR1: mean(one) { $0.averageRecall },
            AR10: mean(ten) { $0.averageRecall },
            AR100: mean(overall) { $0.averageRecall },
            ARs: mean(small) { $0.averageRecall },
            ARm: mean(medium) { $0.averageRecall },
            ARl: mean(large) { $0.averageRecall })
    }
}

extension COCOEvaluation.ClassResult {
    init(category: GroundTruth.Category, curves: PrecisionCurves?) {
        self.category = category
        AP = curves?.averagePrecision ?? -1
        AP50 = curves?.averagePrecision(atThreshold: 0) ?? -1
    }
}
