import Foundation

/// How one of many series looks: by colour, by the line's dashes and by the marker's shape, so that any one of the three is
/// enough to tell it from its neighbours.
package struct SeriesStyle: Hashable, Sendable {
    package let paint: Paint
    /// Lengths of dashes and gaps; empty for a solid line.
    package let dash: [Double]
    package let marker: Marker

    /// The style of a series by its number. The first 64 differ.
    package static func number(_ index: Int) -> SeriesStyle {
        let turn = index / Paint.hues.count
        return SeriesStyle(
            paint: .hue(index % Paint.hues.count), dash: dashes[(index + turn) % dashes.count],
            marker: Marker.allCases[(index + turn) % Marker.allCases.count])
    }

    private static let dashes: [[Double]] = [
        [], [7, 3], [2, 2.5], [9, 3, 2, 3], [4, 2], [12, 3, 2, 3, 2, 3],
    ]
}

/// A closed shape that stands for a value.
package enum Marker: CaseIterable, Hashable, Sendable {
    case circle, square, triangle, diamond, triangleDown, plus, star, hexagon

    /// The outline around a middle, as corners; a circle has none.
    func corners(around middle: Point, radius: Double) -> [Point] {
        switch self {
        case .circle: []
        case .square: Self.polygon(middle, radius * 1.2, count: 4, start: 0.125)
        case .triangle: Self.polygon(middle, radius * 1.25, count: 3, start: -0.25)
        case .triangleDown: Self.polygon(middle, radius * 1.25, count: 3, start: 0.25)
        case .diamond: Self.polygon(middle, radius * 1.3, count: 4, start: 0)
        case .hexagon: Self.polygon(middle, radius * 1.1, count: 6, start: 0)
        case .star:
            (0..<10).map { index in
                Self.corner(middle, index % 2 == 0 ? radius * 1.4 : radius * 0.6, turn: -0.25 + Double(index) / 10)
            }
        case .plus:
            [
                (-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1), (1, 3), (-1, 3), (-1, 1), (-3, 1), (-3, -1),
                (-1, -1),
            ].map { Point(middle.x + $0.0 * radius * 0.4, middle.y + $0.1 * radius * 0.4) }
        }
    }

    private static func polygon(_ middle: Point, _ radius: Double, count: Int, start: Double) -> [Point] {
        (0..<count).map { corner(middle, radius, turn: start + Double($0) / Double(count)) }
    }

    private static func corner(_ middle: Point, _ radius: Double, turn: Double) -> Point {
        Point(middle.x + radius * cos(2 * .pi * turn), middle.y + radius * sin(2 * .pi * turn))
    }
}
