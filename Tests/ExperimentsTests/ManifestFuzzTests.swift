import Experiments
import Foundation
import Metrics
import Testing
import Training

/// Manifests that were damaged at random: never a crash, and no unknown word is taken for nothing.
@Suite("Random mutations of manifests")
struct ManifestFuzzTests {
    @Test("short form", .timeLimit(.minutes(2)), arguments: 0..<100)
    func short(seed: Int) { check(seed) }

    @Test(
        "long form", .timeLimit(.minutes(5)), .tags(.slow),
        .enabled(if: ProcessInfo.processInfo.environment["ABLATE_SLOW"] != nil),
        arguments: Array(stride(from: 100, to: 1100, by: 10)))
    func long(first: Int) {
        for seed in first..<first + 10 { check(seed) }
    }

    /// Every failure names its seed.
    private func check(_ seed: Int) {
        var random = Shuffler(state: UInt64(seed) &* 2_654_435_761 &+ 97)
        let text = RandomManifest(&random).text(&random)
        // Any damage: what comes of it must be a plan or complaints, each with a place.
        let damaged = Self.damaged(text, &random)
        for complaint in complaints(damaged) {
            #expect(complaint.hasPrefix("sweeps/test.toml"), "seed \(seed): \(complaint)\n\(damaged)")
        }
        // A value that no key has.
        let (absurd, line) = Self.absurd(RandomManifest(&random).text(&random, isPlain: true), &random)
        #expect(!complaints(absurd).isEmpty, "seed \(seed): \"\(line)\" was accepted\n\(absurd)")
        // One misspelt word: it must be complained about.
        guard let (misspelt, word) = Self.misspelt(text, &random) else { return }
        #expect(!complaints(misspelt).isEmpty, "seed \(seed): \"\(word)\" was accepted\n\(misspelt)")
    }

    /// A few bytes or lines removed, repeated, swapped or replaced.
    private static func damaged(_ text: String, _ random: inout Shuffler) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard !bytes.isEmpty else { break }
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 2: bytes[index] = Array("[]{}=\"'#.,-0129e\n".utf8).randomElement(using: &random) ?? 0
            case 3:
                let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes.removeSubrange(index..<min(bytes.count, index + 20))
            default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text with one value, or one list or table of values, replaced by what no key has.
    private static func absurd(_ text: String, _ random: inout Shuffler) -> (text: String, line: String) {
        var lines = text.split(separator: "\n").map(String.init)
        let candidates = lines.indices.filter { lines[$0].contains(" = ") }
        guard let index = candidates.randomElement(using: &random), let equals = lines[index].firstRange(of: " = ")
        else { return (text, "") }
        let values = ["-7", "nan", "-inf", "1e99", "1979-05-27", "[[]]", "[-7]", "{ a = 1 }", "[{}]"]
        lines[index] = lines[index][..<equals.upperBound] + (values.randomElement(using: &random) ?? "-7")
        return (lines.joined(separator: "\n"), lines[index])
    }

    /// Everything that a manifest may say.
    private static let vocabulary: Set<String> = {
        var words = Set(ManifestSection.all.map(\.name) + ["contrast", "true", "false", "inf", "nan", "shapes"])
        for section in ManifestSection.all + [ManifestSection.contrast] { words.formUnion(section.members.map(\.name)) }
        for key in ConfigurationKey.all {
            words.formUnion([key.name] + key.aliases)
            words.formUnion(key.domain.aliases.keys)
            switch key.domain {
            case .words(let list, _), .wordsOrFile(let list, _): words.formUnion(list)
            default: break
            }
        }
        words.formUnion(Metric.all.map(\.name))
        words.formUnion(Manifest.Mode.allCases.map(\.rawValue))
        return words
    }()

    /// The text with one letter of one word changed, so that the word means nothing.
    private static func misspelt(_ text: String, _ random: inout Shuffler) -> (text: String, word: String)? {
        // Comments may say anything, and a sweep may have any name.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Nor does planning with stubs open the files of weights.
        let candidates = lines.indices.filter { index in
            ["#", "name", "weights", "pretrained"].allSatisfy { !lines[index].contains($0) }
        }
        for _ in 0..<20 {
            guard let line = candidates.randomElement(using: &random) else { return nil }
            let characters = Array(lines[line])
            var words: [Range<Int>] = []
            var start: Int?
            for index in 0...characters.count {
                let isPart =
                    index < characters.count
                    && (characters[index].isLetter || characters[index].isNumber
                        || "_-".contains(characters[index]))
                if isPart, start == nil { start = index }
                if !isPart, let begin = start {
                    if characters[begin].isLetter { words.append(begin..<index) }
                    start = nil
                }
            }
            guard let range = words.randomElement(using: &random) else { continue }
            var word = Array(characters[range])
            let index = Int.random(in: 0..<word.count, using: &random)
            let letter = Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random)))
            switch Int.random(in: 0..<3, using: &random) {
            case 0: word.insert(letter, at: index)
            case 1: word[index] = letter
            default: word.remove(at: index)
            }
            guard !word.isEmpty, !vocabulary.contains(String(word)) else { continue }
            var changed = lines
            changed[line] = String(characters[..<range.lowerBound] + word + characters[range.upperBound...])
            return (changed.joined(separator: "\n"), String(word))
        }
        return nil
    }
}
