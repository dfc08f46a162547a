extension Checklist {
    public static let reforms = Checklist(
        name: "reforms", title: "REFORMS checklist", reference: "Kapoor et al. 2024, doi 10.1126/sciadv.adk3452",
        items: [
            Item("1a", "About which population is the claim?"),
            Item("1b", "Why this population?"),
            Item("1c", "Why machine learning?"),
            Item("2a", "Which data set, in which version?") { $0.dataAnswer },
            Item("2b", "Where is the code, in which version?") { $0.codeAnswer },
            Item("2c", "On which hardware and software?") { $0.environmentAnswer },
            Item("2d", "How is it documented?") { $0.reproductionAnswer },
            Item("2e", "What reproduces every result?") { $0.reproductionAnswer },
            Item("3a", "Where are the data from, and when?"),
            Item("3b", "From what were they sampled?"),
            Item("3c", "Why do they suit the question?"),
            Item("3d", "What is predicted, and how is it defined?") { $0.sizeAnswer },
            Item("3e", "How many samples, of which outcomes?") { $0.sizeAnswer },
            Item("3f", "How much is missing?"),
            Item("3g", "Do the data represent the population?"),
            Item("4a", "Which data were left out, and why?") { $0.augmentationAnswer },
            Item("4b", "What was done with impossible or corrupt samples?") { _ in
                ["Images that cannot be read and labels that are not valid stop a run: none is left out silently."]
            },
            Item("4c", "How were the data transformed?") { $0.augmentationAnswer },
            Item("5a", "Which models, in detail?") { $0.modelAnswer + $0.settingsAnswer },
            Item("5b", "Why these models?"),
            Item("5c", "How were the models evaluated?") {
                ["On the validation split of the data, after training."]
                    + $0.sizeAnswer + $0.metricsAnswer
            },
            Item("5d", "How was the reported model chosen?") { $0.selectionAnswer },
            Item("5e", "Which hyperparameters, chosen how?") { $0.settingsAnswer + $0.selectionAnswer },
            Item("5f", "Against which baselines?") { $0.baselineAnswer },
            Item("6a", "Are training and test data apart?") { $0.leakageAnswer },
            Item("6b", "Are there duplicates or dependent samples across the splits?") { $0.leakageAnswer },
            Item("6c", "May every input be used where the model is to be used?"),
            Item("7a", "Which metrics?") { $0.metricsAnswer },
            Item("7b", "How uncertain are they?") { $0.uncertaintyAnswer + $0.claimsAnswer },
            Item("7c", "Which tests, and are their assumptions met?") { $0.testAnswer },
            Item("8a", "What speaks for validity outside these data?"),
            Item("8b", "Where are the findings not expected to hold?") { $0.limitsAnswer },
        ])
}
