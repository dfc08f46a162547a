/// A format of reports.
///
/// To add one, write its function in a file of this folder and name it in `Renderer.all`.
public struct Renderer: Sendable {
    /// The word on the command line.
    public let name: String
    /// What it is, in one sentence.
    public let summary: String
    public let fileExtension: String
    /// Whether its numbers lead to their trials in a JSON file beside it, for want of links.
    public let needsSourcesFile: Bool
    public let render: @Sendable (Report) -> String

    public init(
        name: String, summary: String, fileExtension: String, needsSourcesFile: Bool = false,
        render: @escaping @Sendable (Report) -> String
    ) {
        self.name = name
        self.summary = summary
        self.fileExtension = fileExtension
        self.needsSourcesFile = needsSourcesFile
        self.render = render
    }

    public static let all: [Renderer] = [.markdown, .latex, .csv, .json, .html]

    /// The renderer of a name; `nil` where there is none.
    public static func named(_ name: String) -> Renderer? { all.first { $0.name == name } }
}
