import Foundation
import Training

/// Files and datasets that a configuration names.
enum NamedContent {
    /// The absolute path of a file; the name itself where it means something built in or no such file exists.
    ///
    /// A word without a slash and a dot is left alone unless a file of that name exists, so that a misspelt built-in
    /// name is reported as such and not as a missing file.
    static func resolve(_ name: String, of key: ConfigurationKey, relativeTo directory: String) -> String {
        if name.isEmpty { return name }
        if case .wordsOrFile(let words, _) = key.domain, words.contains(name) { return name }
        if key.name == "data", name.prefix(while: { $0 != "?" }) == "shapes" { return name }
        let expanded = name.hasPrefix("~") ? NSString(string: name).expandingTildeInPath : name
        let url = URL(fileURLWithPath: expanded, relativeTo: URL(fileURLWithPath: directory, isDirectory: true))
        let path = url.standardizedFileURL.path
        let isWord = !name.contains("/") && !name.contains(".")
        return isWord && !FileManager.default.fileExists(atPath: path) ? name : path
    }
}

/// Keys of Ultralytics and other harnesses that people will try, with what to write instead.
enum ForeignKeys {
    static let hints: [String: String] = [
        "mode": "how axes are combined stands at the top of the manifest, as in mode = \"one-at-a-time\"",
        "model": "name the network by backbone and scale",
        "patience": "compared trainings are not stopped early",
        "workers": "write threads under [resources]",
        "threads": "it belongs under [resources], which are never part of a trial's identity",
        "jobs": "it belongs under [resources], which are never part of a trial's identity",
        "device": "trainings run on the processor",
        "amp": "trainings are in single precision",
        "project": "name the sweep by name, its folder by --results",
        "name": "it belongs to the top of the manifest",
        "deterministic": "every training is",
        "resume": "an interrupted training is resumed by running the same command again",
        "rect": "training images are square; val_rect is about validation",
        "multi_scale": "all training images have the size imgsz",
        "nc": "the number of classes comes from the dataset",
        "exist_ok": "finished trials are kept, unfinished ones resumed",
        "dropout": "it concerns classifiers; the Ghost backbone has stage_dropout",
        "lr": "the learning rate is lr0 at the start and lr0 times lrf at the end",
        "learning_rate": "the learning rate is lr0 at the start and lr0 times lrf at the end",
    ]
}
