/// A format of reports.
///
/// To add one, write its function in a file of this folder and name it in `Renderer.all`.
public struct Renderer: Sendable {
    /// The word on the command line.
    public let name: String
    /// What it is, in one sentence.
    public let summary: String
    public let fileExtension: String
    public let render: @Sendable (Report) -> String

    public init(
        name: String, summary: String, fileExtension: String, render: @escaping @Sendable (Report) -> String
    ) {
        self.name = name
        self.summary = summary
        self.fileExtension = fileExtension
        self.render = render
    }

    public static let all: [Renderer] = [.markdown, .csv, .json]

    /// The renderer of a name; `nil` where there is none.
    public static func named(_ name: String) -> Renderer? { all.first { $0.name == name } }
}
