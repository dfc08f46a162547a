import Foundation
import Training

extension Manifest {
    /// Sorts the words of the command line: one that names an axis, or `seeds`, narrows it; any other overrides `[base]`.
    mutating func apply(words: [String], directory: String, reader: inout ManifestReader) {
        reader.directory = directory
        let axisKeys = Set((axes + conditionals.flatMap(\.axes)).flatMap(\.keys))
        var seen = Set<String>()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                reader.report(.commandLine, "\"\(word)\": expected key=value, such as epochs=2")
                continue
            }
            let name = parts[0] == "seed" ? "seeds" : parts[0]
            if !seen.insert(ConfigurationKey.named(name)?.name ?? name).inserted {
                reader.report(.commandLine, "\"\(word)\": \(name) is given twice")
            } else if name == "seeds" {
                narrowSeeds(to: parts[1], word: word, reader: &reader)
            } else if let key = reader.key(name, at: .commandLine, in: "\"\(word)\"") {
                if axisKeys.contains(key.name) {
                    let values = parts[1].split(separator: ",").compactMap { text in
                        fileOnAxis(key, named: String(text))
                            ?? reader.value(
                                key.domain.value(of: String(text)), of: key, at: .commandLine, in: "\"\(word)\"")
                    }
                    if parts[1].allSatisfy({ $0 == "," }) {
                        reader.report(.commandLine, "\"\(word)\": expected values of the axis, such as \(name)=a,b")
                    }
                    if !values.isEmpty { narrowings.append(Narrowing(key: key.name, values: values, word: word)) }
                } else if let value = reader.value(
                    key.domain.value(of: parts[1]), of: key, at: .commandLine, in: "\"\(word)\"")
                {
                    base.removeAll { $0.key.name == key.name }
                    base.append(Setting(key: key, value: value, place: .commandLine))
                    overridingWords.append(word)
                }
            }
        }
    }

    /// The file on an axis that has this name without its folder and extension, as tables show it.
    private func fileOnAxis(_ key: ConfigurationKey, named name: String) -> ConfigurationValue? {
        let settings = (axes + conditionals.flatMap(\.axes)).flatMap { $0.positions.flatMap { $0 } }
        let files = settings.filter { $0.name == key.name }.map(\.value).filter { value in
            guard case .word(let path) = value, path.hasPrefix("/") else { return false }
            return URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent == name
        }
        return files.count == 1 ? files.first : nil
    }

    private mutating func narrowSeeds(to text: String, word: String, reader: inout ManifestReader) {
        var values: [Int] = []
        for part in text.split(separator: ",") {
            guard let seed = Int(part), seed >= 0 else {
                reader.report(.commandLine, "\"\(word)\": seed \"\(part)\" is no whole number from 0")
                return
            }
            values.append(seed)
        }
        guard !values.isEmpty else {
            reader.report(.commandLine, "\"\(word)\": expected seeds such as seeds=0,1")
            return
        }
        if path.isEmpty {
            seeds = values
            return
        }
        for seed in values where !seeds.contains(seed) {
            reader.report(
                .commandLine,
                "\"\(word)\": seed \(seed) is not in the manifest's [seeds] (\(seeds.map(String.init).joined(separator: ", ")))"
            )
        }
        narrowings.append(Narrowing(key: "seeds", values: values.map(ConfigurationValue.integer), word: word))
    }
}
