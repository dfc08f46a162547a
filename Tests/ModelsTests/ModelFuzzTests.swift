import Foundation
import Models
import Mutations
import Testing

/// Random damage; a failure names its seed.
@Suite("Fuzzed network files")
struct ModelFuzzTests {
    static let unexpected = [
        "-1", "0", "1000000000", "99999999999999999999", "nan", ".inf", "1e300", "null", "~", "true", "[]", "{}",
        "[[1]]",
        "\"\"", "&a", "*a", "!!binary x", "Conv", "Detect", "nn.Upsample", "-2", "1.5", "0x10", "'n'", "[-1, 99]", "|",
    ]

    @Test(
        "A network file with any damage builds a network or says what is wrong with it",
        arguments: ["yolo11", "yolo11-ghostnetv1", "yolo11-ghostnetv2"])
    func networks(name: String) throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Models/Configurations")
        let text = try String(contentsOf: sources.appendingPathComponent("\(name).yaml"), encoding: .utf8)
        var (built, refused) = (0, 0)
        for seed in Mutation.seeds {
            var mutation = Mutation(seed: seed)
            let damaged =
                seed.isMultiple(of: 3)
                ? String(decoding: mutation.damage(Data(text.utf8)), as: UTF8.self)
                : mutation.damage(words: text, unexpected: Self.unexpected)
            let clock = ContinuousClock()
            let duration = clock.measure {
                do throws(ModelError) {
                    let description = try ModelDescription(yaml: damaged, file: "fuzz.yaml")
                    var options = ModelOptions()
                    options.scale = description.scales.isEmpty ? nil : description.scales.first?.name
                    options.imageHeight = 64
                    options.imageWidth = 64
                    let network = try Network(description: description, options: options)
                    #expect(network.parameterCount >= 0)
                    built += 1
                } catch {
                    #expect(!error.problems.isEmpty, "seed \(seed)")
                    refused += 1
                }
            }
            #expect(duration < .seconds(5), "seed \(seed) took \(duration)")
        }
        #expect(built > 0 && refused > 0, "\(built) built, \(refused) refused")
    }
}
