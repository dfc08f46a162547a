import Results

/// Questions that a venue or a community asks of a paper, with what the results of a sweep can answer of them.
///
/// To add one: a file beside this one with a static constant, and its line in `Checklist.all`.
public struct Checklist: Sendable {
    /// The word on the command line.
    public let name: String
    public let title: String
    /// Where the questions are from.
    public let reference: String
    public let items: [Item]

    /// One question, in our words.
    public struct Item: Sendable {
        /// As the checklist counts: `7`, `2c`.
        public let number: String
        public let question: String
        /// What the results know, one sentence each; none where the answer is the author's.
        let answer: @Sendable (SweepSummary) -> [String]

        init(
            _ number: String, _ question: String,
            _ answer: @escaping @Sendable (SweepSummary) -> [String] = { _ in [] }
        ) {
            self.number = number
            self.question = question
            self.answer = answer
        }
    }

    public static let all: [Checklist] = [.neurips, .reforms]

    /// The checklist of a name; `nil` where there is none.
    public static func named(_ name: String) -> Checklist? { all.first { $0.name == name } }

    /// The checklist with its answers.
    public func report(on summary: SweepSummary) -> Report {
        let answers = items.map { item in summary.unique(item.answer(summary)).filter { !$0.isEmpty } }
        let answered = answers.count { !$0.isEmpty }
        let introduction =
            "What the results of \(summary.plan.sweep) answer of the \(title) (\(reference)): \(answered) of "
            + "\(items.count) questions. The questions are in short, in our words: the checklist's own text holds. The "
            + "others, and whether these answers suffice, are the authors' to say."
        let sections = zip(items, answers).map { item, answer in
            Report.Section(
                "\(item.number). \(item.question)",
                answer.isEmpty
                    ? [.paragraph("Not in the results: the authors' to answer.")]
                    : [.list(answer.map { Report.Item($0) })])
        }
        return Report(
            title: "\(title): \(summary.plan.sweep)",
            facts: [
                Report.Fact("checklist", .text(name)), Report.Fact("sweep", .text(summary.plan.sweep)),
                Report.Fact("answered", .count(answered)), Report.Fact("questions", .count(items.count)),
            ]
                + zip(items, answers).map {
                    Report.Fact("answer.\($0.number)", $1.isEmpty ? .empty : .text($1.joined(separator: " ")))
                },
            sections: [Report.Section(nil, [.paragraph(introduction)])] + sections)
    }
}
