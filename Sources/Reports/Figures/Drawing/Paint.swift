/// A colour by what it is for, so that a page can give it another value on a dark ground.
///
/// Drawings carry the light value as an attribute, which every viewer honours, and a class, which the page restyles.
package enum Paint: Hashable, Sendable {
    /// Text, axes, outlines.
    case ink
    /// What stands back: tick labels, remarks.
    case muted
    /// Lines of the grid.
    case grid
    /// The ground.
    case paper
    /// Areas that something lies in or out of.
    case zone
    /// Colours that tell series apart; see `hues`.
    case hue(Int)
    /// A ground under what is drawn on photographs, the same on any page; what is written on it; boxes of detections.
    case halo, onHalo, right, wrong

    /// Okabe and Ito's eight colours, which the colour-blind tell apart (jfly.uni-koeln.de/color), the strongest on white
    /// first, and their values on a dark ground.
    package static let hues: [(light: String, dark: String)] = [
        ("#0072b2", "#4ba6de"), ("#d55e00", "#ff8b47"), ("#009e73", "#2fc99e"), ("#cc79a7", "#e6a1c7"),
        ("#e69f00", "#f2b640"), ("#56b4e9", "#9ad5f5"), ("#000000", "#ffffff"), ("#f0e442", "#f5ec7d"),
    ]

    package static let all: [Paint] =
        [.ink, .muted, .grid, .paper, .zone, .halo, .onHalo, .right, .wrong] + hues.indices.map { .hue($0) }

    /// The class is `f-` (fill) or `s-` (stroke) and this.
    package var name: String {
        switch self {
        case .ink: "ink"
        case .muted: "muted"
        case .grid: "grid"
        case .paper: "paper"
        case .zone: "zone"
        case .hue(let index): "hue\(index % Self.hues.count)"
        case .halo: "halo"
        case .onHalo: "on-halo"
        case .right: "right"
        case .wrong: "wrong"
        }
    }

    package var light: String {
        switch self {
        case .ink: "#1a1a1a"
        case .muted: "#595959"
        case .grid: "#dedede"
        case .paper: "#ffffff"
        case .zone: "#8c8c8c"
        case .hue(let index): Self.hues[index % Self.hues.count].light
        case .halo: "#ffffff"
        case .onHalo: "#000000"
        case .right: Self.hues[0].light
        case .wrong: Self.hues[1].light
        }
    }

    package var dark: String {
        switch self {
        case .ink: "#e8e8e8"
        case .muted: "#ababab"
        case .grid: "#3a3d42"
        case .paper: "#16181c"
        case .zone: "#8c8c8c"
        case .hue(let index): Self.hues[index % Self.hues.count].dark
        case .halo, .onHalo, .right, .wrong: light
        }
    }

    var fill: String { "class=\"f-\(name)\" fill=\"\(light)\"" }
    var fillOnPaper: String {
        "class=\"f-\(name) s-paper\" fill=\"\(light)\" stroke=\"\(Paint.paper.light)\" stroke-width=\"3\" "
            + "paint-order=\"stroke\""
    }
    var line: String { "class=\"s-\(name)\" stroke=\"\(light)\"" }
    /// Of a filled shape; the palest of the hues is seen by its outline.
    var lineAndFill: String {
        if case .hue(7) = self {
            return "class=\"f-\(name) s-ink\" fill=\"\(light)\" stroke=\"\(Paint.ink.light)\" stroke-width=\"0.7\""
        }
        return "class=\"f-\(name) s-\(name)\" fill=\"\(light)\" stroke=\"\(light)\""
    }

    /// Rules of a page's style sheet that give each colour its value on a light and on a dark ground.
    static var pageRules: String {
        all.map { paint in
            let value = "light-dark(\(paint.light),\(paint.dark))"
            return ".f-\(paint.name){fill:\(value)}.s-\(paint.name){stroke:\(value)}"
        }.joined(separator: "\n")
    }
}
