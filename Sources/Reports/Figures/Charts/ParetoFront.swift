/// Which of several compromises between cost and value are not beaten in both.
package enum ParetoFront {
    /// Positions of the points that no other one equals or beats in both and beats in one, by rising cost.
    package static func members(costs: [Double], values: [Double], higherIsBetter: Bool) -> [Int] {
        precondition(costs.count == values.count, "A point has a cost and a value.")
        let gains = higherIsBetter ? values : values.map { -$0 }
        return costs.indices.filter { one in
            !costs.indices.contains { other in
                costs[other] <= costs[one] && gains[other] >= gains[one]
                    && (costs[other] < costs[one] || gains[other] > gains[one])
            }
        }.sorted { (costs[$0], gains[$0], $0) < (costs[$1], gains[$1], $1) }
    }
}
