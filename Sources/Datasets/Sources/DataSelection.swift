import struct Foundation.URL

/// Which part of a data set is used: Ultralytics' settings `classes`, `single_cls` and `fraction`.
public struct DataSelection: Hashable, Sendable {
    /// A class by its index or by its name.
    public enum Choice: Hashable, Sendable {
        case index(Int)
        case name(String)
    }

    /// The classes whose boxes are kept; none stands for all. Images, indices and the number of classes stay as they are.
    public var classes: [Choice] = []
    /// Whether every object becomes class 0 of a set of one class.
    public var isSingleClass = false
    /// The share of the training images that is used: the first ones in the set's order.
    public var fraction = 1.0

    /// Everything.
    public init() {}

    /// What the only class is called where all are made one.
    public static let singleClassName = "item"

    /// How many of so many training images are used; as Python rounds: halves to the even neighbour.
    public func trainImageCount(of count: Int) -> Int {
        min(count, Int((fraction * Double(count)).rounded(.toNearestOrEven)))
    }

    /// The indices of the chosen classes, ascending.
    ///
    /// - Throws: `DatasetError` naming every class that there is not.
    public func indices(in classNames: [String]) throws -> [Int] {
        var problems = ProblemList()
        var indices: Set<Int> = []
        for choice in classes {
            switch choice {
            case .index(let index):
                if classNames.indices.contains(index) {
                    indices.insert(index)
                } else {
                    problems.add(
                        "classes holds \(index), but the data set has classes 0 to \(classNames.count - 1)",
                        suggestion: index == classNames.count ? "classes are counted from 0" : nil)
                }
            case .name(let name):
                if let index = classNames.firstIndex(of: name) {
                    indices.insert(index)
                } else {
                    problems.add(
                        "classes holds '\(name)', which is none of the data set's classes",
                        suggestion: Spelling.suggestion(for: name, in: classNames))
                }
            }
        }
        try problems.throwIfAny()
        return indices.sorted()
    }
}

extension DetectionData {
    /// The part of the data set that is selected; its digest is that of the whole.
    ///
    /// - Throws: `DatasetError` for a class that there is not, or if no training image is left.
    public func selecting(_ selection: DataSelection) throws -> DetectionData {
        if selection == DataSelection() { return self }
        let indices = try selection.indices(in: classNames)
        let kept = indices.isEmpty ? nil : Set(indices)
        let count = selection.trainImageCount(of: train.count)
        if count < 1 {
            throw DatasetError(
                message: "fraction \(selection.fraction) of \(train.count) training images leaves none")
        }
        func view(_ source: any DetectionSource, count: Int) -> SelectedSource {
            SelectedSource(base: source, count: count, kept: kept, isSingleClass: selection.isSingleClass)
        }
        let names = Set((0..<count).map { train.name(at: $0) })
        return DetectionData(
            spec: spec, classNames: selection.isSingleClass ? SelectedSource.singleClassNames : classNames,
            train: view(train, count: count), val: view(val, count: val.count),
            test: test.map { view($0, count: $0.count) }, notes: notes,
            sharedImages: sharedImages.filter { names.contains($0.train) }, digest: makeDigest)
    }
}

/// The first images of a source, with some of their boxes.
private struct SelectedSource: DetectionSource {
    static let singleClassNames = [DataSelection.singleClassName]

    let base: any DetectionSource
    let count: Int
    /// Nil for all classes.
    let kept: Set<Int>?
    let isSingleClass: Bool

    var classNames: [String] { isSingleClass ? Self.singleClassNames : base.classNames }

    func name(at index: Int) -> String { base.name(at: index) }
    func size(at index: Int) -> ImageSize { base.size(at: index) }
    func labels(at index: Int) -> [Label] { selected(base.labels(at: index)) }
    func ignoredRegions(at index: Int) -> [Label] { selected(base.ignoredRegions(at: index)) }
    func file(at index: Int) -> URL? { base.file(at: index) }
    func number(at index: Int) -> Int? { base.number(at: index) }
    var classNumbers: [Int]? { isSingleClass ? nil : base.classNumbers }
    func image(at index: Int) throws -> RGBImage { try base.image(at: index) }

    private func selected(_ labels: [Label]) -> [Label] {
        labels.compactMap { label in
            if let kept, !kept.contains(label.classIndex) { return nil }
            var label = label
            if isSingleClass { label.classIndex = 0 }
            return label
        }
    }
}
