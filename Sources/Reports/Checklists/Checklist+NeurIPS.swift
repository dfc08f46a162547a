extension Checklist {
    public static let neurips = Checklist(
        name: "neurips", title: "NeurIPS paper checklist",
        reference: "neurips.cc/public/guides/PaperChecklist",
        items: [
            Item("1", "Do the claims match what the paper shows?") { $0.claimsAnswer },
            Item("2", "Are the limitations discussed?") { $0.limitsAnswer },
            Item("3", "Are assumptions and proofs of theory complete?"),
            Item("4", "Is everything said that reproducing the results needs?") {
                $0.dataAnswer + $0.settingsAnswer + $0.reproductionAnswer
            },
            Item("5", "Are data and code open, with instructions?") { $0.dataAnswer + $0.codeAnswer },
            Item("6", "Are splits, hyperparameters and how they were chosen stated?") {
                $0.sizeAnswer + $0.settingsAnswer + $0.selectionAnswer
            },
            Item("7", "Are error bars and tests reported, and what do they vary over?") {
                $0.uncertaintyAnswer + $0.testAnswer
            },
            Item("8", "Which compute did each experiment, and all together, take?") { $0.computeAnswer },
            Item("9", "Does the work follow the code of ethics?"),
            Item("10", "Are broader impacts discussed?"),
            Item("11", "Are there safeguards against misuse?"),
            Item("12", "Are owners and licences of existing assets named?"),
            Item("13", "Are new assets documented?"),
            Item("14", "How were crowd workers and human subjects instructed and paid?"),
            Item("15", "Was there an ethics review for human subjects?"),
            Item("16", "Is the use of language models in the method declared?"),
        ])
}
