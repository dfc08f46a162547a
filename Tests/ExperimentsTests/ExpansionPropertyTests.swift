import Experiments
import Foundation
import Results
import Testing

/// How a manifest is written makes no difference to what is trained.
@Suite("Properties of expansion")
struct ExpansionPropertyTests {
    @Test("sections, keys, aliases, numbers, comments and inline tables leave the IDs alone", arguments: 0..<60)
    func writing(seed: Int) throws {
        var random = Shuffler(state: UInt64(seed) &* 0x9E37_79B9 &+ 11)
        let manifest = RandomManifest(&random)
        let plain = manifest.text(&random, isPlain: true)
        let reference = try plan(plain)
        #expect(reference.cells.count > 3)
        for _ in 0..<3 {
            let text = manifest.text(&random)
            let other: Plan
            do {
                other = try plan(text)
            } catch {
                Issue.record("seed \(seed): \(error)\n\(text)")
                continue
            }
            #expect(Set(other.trials.map(\.identity.id)) == Set(reference.trials.map(\.identity.id)), "\(text)")
            #expect(
                Set(other.stored.compare?.contrasts.map { Set($0.pairs) } ?? [])
                    == Set(reference.stored.compare?.contrasts.map { Set($0.pairs) } ?? []), "\(text)")
            #expect(other.stored.removed?.count == reference.stored.removed?.count, "\(text)")
        }
        // Planning the same text again gives the same plan, order included.
        #expect(try plan(plain).stored == reference.stored)
    }

    @Test("a mode's cells are cells of the grid", arguments: 0..<20)
    func modes(seed: Int) throws {
        var random = Shuffler(state: UInt64(seed) &* 31 &+ 5)
        var manifest = RandomManifest(&random)
        manifest.mode = "grid"
        let grid = Set(try plan(manifest.text(&random, isPlain: true)).trials.map(\.identity.id))
        for mode in ["one-at-a-time", "leave-one-out"] {
            manifest.mode = mode
            let cells = Set(try plan(manifest.text(&random, isPlain: true)).trials.map(\.identity.id))
            #expect(cells.isSubset(of: grid))
            #expect(!cells.isEmpty)
        }
    }
}
