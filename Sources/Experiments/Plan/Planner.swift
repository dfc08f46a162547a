import Datasets
import Dispatch
import Results
import Synchronization
import Training

/// The steps from drafted cells to planned ones; every step adds what it finds wrong.
struct Planner {
    let manifest: Manifest
    let naming: CellNaming
    let expansion: Expansion
    var problems: [Diagnostic] = []
    var warnings: [Diagnostic] = []
    /// The cells that are left after narrowing.
    private(set) var drafts: [DraftCell]
    private(set) var cells: [PlannedCell] = []
    private(set) var seeds: [Int]
    /// What narrowing left out, by axis.
    private(set) var leftOut: [String: [String]] = [:]
    private let network: any NetworkInspector
    private let data: any DataInspector

    init(
        _ manifest: Manifest, _ expansion: Expansion, network: any NetworkInspector, data: any DataInspector
    ) {
        self.manifest = manifest
        self.network = network
        self.data = data
        drafts = expansion.cells
        seeds = manifest.seeds
        self.expansion = expansion
        naming = CellNaming(manifest, expansion.cells + expansion.removals.map(\.cell))
    }

    // MARK: Narrowing

    /// Keeps what the words of the command line ask for; cells without a narrowed key stay.
    mutating func narrow() {
        for narrowing in manifest.narrowings {
            if narrowing.key == "seeds" {
                narrowSeeds(narrowing)
                continue
            }
            var known: [ConfigurationValue] = []
            for value in drafts.compactMap({ $0.axisValue(narrowing.key) }) where !known.contains(value) {
                known.append(value)
            }
            let names = known.map { naming.display($0, of: narrowing.key) }
            // A file may be named as the tables name it.
            let asked = narrowing.values.map { value in
                known.contains(value)
                    ? value : known.first { naming.display($0, of: narrowing.key) == value.description } ?? value
            }
            for value in asked where !known.contains(value) && !manifest.damagedKeys.contains(narrowing.key) {
                problems.append(
                    Diagnostic(
                        .commandLine,
                        "\"\(narrowing.word)\": no cell has \(narrowing.key) = \(value.canonicalJSON), the axis has "
                            + names.joined(separator: ", "),
                        suggestion: Spelling.nearest(to: value.description, among: names)))
            }
            let dropped = known.filter { !asked.contains($0) }.map { naming.display($0, of: narrowing.key) }
            if !dropped.isEmpty { leftOut[narrowing.key] = dropped }
            drafts.removeAll { cell in cell.axisValue(narrowing.key).map { !asked.contains($0) } ?? false }
        }
        if drafts.isEmpty, problems.isEmpty, manifest.problems.isEmpty {
            problems.append(Diagnostic(manifest.start, "no cell is left: everything is excluded or narrowed away"))
        }
    }

    private mutating func narrowSeeds(_ narrowing: Narrowing) {
        let kept = manifest.seeds.filter { narrowing.values.contains(.integer($0)) }
        let dropped = manifest.seeds.filter { !kept.contains($0) }
        if !dropped.isEmpty { leftOut["seeds"] = dropped.map(String.init) }
        seeds = kept
    }

    // MARK: Inspection

    /// What decides a network: two configurations with equal ones are looked at once.
    private struct NetworkQuestion: Hashable {
        /// One of the configurations that ask; it is no part of the question.
        let configuration: TrainingConfiguration
        let data: DataSummary
        private let values: [ConfigurationValue]

        init(_ configuration: TrainingConfiguration, _ data: DataSummary) {
            self.configuration = configuration
            self.data = data
            values = configuration.entries.filter {
                $0.key.section == .network || NetworkSummary.furtherKeys.contains($0.key.name)
            }.map(\.value)
        }

        static func == (a: NetworkQuestion, b: NetworkQuestion) -> Bool { a.values == b.values && a.data == b.data }

        func hash(into hasher: inout Hasher) {
            hasher.combine(values)
            hasher.combine(data)
        }
    }

    /// Opens each dataset and builds each network once, and gives every cell its identity.
    mutating func inspect() {
        var data: [String: DataSummary?] = [:]
        for draft in drafts where data[draft.configuration.data] == nil {
            data[draft.configuration.data] = .some(open(draft.configuration.data, for: draft))
        }
        var asked: [(draft: DraftCell, data: DataSummary, question: NetworkQuestion)] = []
        for var draft in drafts {
            guard let whole = data[draft.configuration.data] ?? nil, resolveClasses(of: &draft, whole) else { continue }
            let data = whole.selecting(draft.configuration.selection)
            asked.append((draft, data, NetworkQuestion(draft.configuration.normalized, data)))
        }
        let answers = answers(to: Set(asked.map(\.question)))
        var reported = Set<NetworkQuestion>()
        for ask in asked {
            switch answers[ask.question] {
            case .success(let network): cells.append(cell(ask.draft, ask.data, network))
            case .failure(let failure) where reported.insert(ask.question).inserted:
                problems.append(
                    Diagnostic(
                        place(of: failure.key, in: ask.draft),
                        "\(failure.what) of \(naming.label(of: ask.draft)): \(failure.reason)"))
            case .failure, nil: break
            }
        }
    }

    /// Why a network cannot be built.
    private struct Failure: Error {
        /// The key to blame, and what it stands for.
        let key: String
        let what: String
        let reason: String

        init(_ error: any Error) {
            (key, what) = error is StartingWeightsError ? ("weights", "weights") : ("backbone", "network")
            reason = "\(error)"
        }
    }

    /// Builds the networks on all processors: they are the larger part of planning.
    private func answers(
        to questions: Set<NetworkQuestion>
    ) -> [NetworkQuestion: Result<NetworkSummary, Failure>] {
        let list = Array(questions)
        let answers = Mutex<[NetworkQuestion: Result<NetworkSummary, Failure>]>([:])
        DispatchQueue.concurrentPerform(iterations: list.count) { [network] index in
            let question = list[index]
            let answer: Result<NetworkSummary, Failure>
            do {
                answer = .success(try network.inspect(question.configuration, data: question.data))
            } catch {
                answer = .failure(Failure(error))
            }
            answers.withLock { $0[question] = answer }
        }
        return answers.withLock { $0 }
    }

    private mutating func open(_ spec: String, for draft: DraftCell) -> DataSummary? {
        let place = place(of: "data", in: draft)
        do {
            let summary = try data.inspect(spec)
            warnings += summary.warnings.map { Diagnostic(place, $0) }
            return summary
        } catch {
            problems.append(Diagnostic(place, "data \(spec): \(error)"))
            return nil
        }
    }

    /// Replaces names of classes by their indices, so that one choice has one identity; false if there is no such class.
    private mutating func resolveClasses(of draft: inout DraftCell, _ data: DataSummary) -> Bool {
        do {
            let indices = try draft.configuration.selection.indices(in: data.classNames)
            // All classes are the same choice as none named.
            draft.configuration.selection.classes =
                indices.count == data.classCount ? [] : indices.map(DataSelection.Choice.index)
            return true
        } catch {
            let diagnostic = Diagnostic(place(of: "classes", in: draft), "\(error)")
            if !problems.contains(diagnostic) { problems.append(diagnostic) }
            return false
        }
    }

    /// The place to blame for a key of a cell.
    func place(of key: String, in draft: DraftCell) -> SourcePlace {
        draft.place(of: key) ?? manifest.base.first { $0.name == key }?.place ?? manifest.start
    }

    private func cell(_ draft: DraftCell, _ data: DataSummary, _ network: NetworkSummary) -> PlannedCell {
        let identity = Identity(draft.configuration, data: data, network: network)
        let values = naming.values(of: draft)
        let texts = draft.configuration.normalized.entries.map {
            ($0.key.name, naming.display($0.value, of: $0.key.name))
        }
        let stored = StoredCell(
            cellID: identity.cellID,
            arm: Dictionary(
                uniqueKeysWithValues: values.filter { !naming.withinKeys.contains($0.key) }.map { ($0.key, $0.value) }),
            within: Dictionary(
                uniqueKeysWithValues: values.filter { naming.withinKeys.contains($0.key) }.map { ($0.key, $0.value) }),
            label: naming.label(of: draft), configuration: Dictionary(uniqueKeysWithValues: texts),
            datasetDigest: data.digest, parameters: network.parameters,
            backboneParameters: network.backboneParameters, gflops: network.gflops, gflops640: network.gflops640,
            gflopsU: network.gflopsU, gflopsAll: network.gflopsAll)
        var configuration = draft.configuration.normalized
        configuration.seed = 0
        return PlannedCell(
            configuration: configuration, network: network, data: data, stored: stored,
            readableName: naming.readableName(of: draft), identity: identity, draft: draft)
    }

    /// The cells arm by arm, so that a table reads from one arm to the next; inside an arm in the order of expansion.
    var cellsByArm: [PlannedCell] {
        var ranks: [[String: String]: Int] = [:]
        for cell in cells where ranks[cell.stored.arm] == nil { ranks[cell.stored.arm] = ranks.count }
        return cells.enumerated().sorted { a, b in
            (ranks[a.element.stored.arm] ?? 0, a.offset) < (ranks[b.element.stored.arm] ?? 0, b.offset)
        }.map(\.element)
    }

    // MARK: Checks

    /// Makes the checks of a stage.
    mutating func check(_ stage: PlanCheck.Stage, _ comparison: StoredComparison? = nil) {
        let draft = PlanDraft(
            manifest: manifest, expansion: expansion, naming: naming, cells: cells, comparison: comparison)
        for finding in PlanCheck.all.filter({ $0.stage == stage }).flatMap({ $0.find(draft) }) {
            switch finding {
            case .error(let diagnostic): problems.append(diagnostic)
            case .footnote(let diagnostic): warnings.append(diagnostic)
            }
        }
    }
}

extension DraftCell {
    /// The value of an axis of the cell; nil where the axis does not apply.
    fileprivate func axisValue(_ key: String) -> ConfigurationValue? {
        settings.last { $0.name == key }?.value
    }
}
