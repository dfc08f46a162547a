import Foundation
import Mutations
import Results
import Testing

/// Random damage; a failure names its seed.
@Suite("Fuzzed store")
struct StoreFuzzTests {
    /// What a report would show: numbers, or the error that stops it.
    private func metrics(_ root: URL) throws -> [Double?] {
        let store = try ResultStore(root, .reading)
        guard let plan = try store.lastPlan() else { throw StoreError(path: root.path, attempt: "", cause: "no plan") }
        return try store.records(of: plan).map { $0.record?.metrics["mAP50-95"] }
    }

    @Test("A database with any damage gives the same numbers or an error of the store")
    func database() throws {
        try inTemporaryFolder { root in
            let url = ResultStore.databaseURL(in: root)
            do {
                let store = try ResultStore(root, .writing)
                try store.save(samplePlan())
                for (arm, mAP) in [("v1", 0.25), ("v2", 0.5)] {
                    try store.record(
                        try leaveTrial(sampleDescription(arm, seed: 0), in: store.sweepURL("ghost"), mAP: mAP))
                }
            }
            let whole = try Data(contentsOf: url)
            for seed in Mutation.seeds {
                var mutation = Mutation(seed: seed)
                try mutation.damage(whole).write(to: url)
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
                do {
                    let found = try metrics(root)
                    #expect(found == [0.25, 0.5, nil, nil], "seed \(seed)")
                } catch let error as StoreError {
                    #expect(!error.cause.isEmpty, "seed \(seed)")
                } catch {
                    Issue.record("seed \(seed): \(error)")
                }
            }
        }
    }

    @Test("Records, journals and curves with any damage are the same or refused")
    func files() throws {
        try inTemporaryFolder { root in
            let attempt = try leaveTrial(sampleDescription("v1", seed: 0), in: root, mAP: 0.25)
            try attempt.trial.journal.append(TrialJournal.Record(.began, attempt: 1))
            try attempt.trial.journal.append(TrialJournal.Record(.finished, attempt: 1, epochs: 3))
            let journal = try Data(contentsOf: attempt.trial.journal.url)
            let records = TrialJournal.parse(journal).records
            #expect(records.count == 2)
            let whole = (record: try Data(contentsOf: attempt.doneURL), epochs: try Data(contentsOf: attempt.epochsURL))
            let truth = try #require(try attempt.done())
            let store = try ResultStore(root, .writing)
            for seed in Mutation.seeds {
                var mutation = Mutation(seed: seed)
                let found = TrialJournal.parse(mutation.damage(journal)).records
                #expect(found.allSatisfy { records.contains($0) }, "seed \(seed)")
                // A number that was changed is as wrong as one that is missing.
                if let read = try? DoneRecord(decoding: mutation.damage(whole.record)) {
                    #expect(try read.encoded() == whole.record, "seed \(seed)")
                }
                try mutation.damage(whole.epochs).write(to: attempt.epochsURL)
                do throws(StoreError) {
                    try store.record(attempt)
                    try attempt.verify(truth)
                    let found = try? Data(contentsOf: attempt.epochsURL)
                    #expect(found == whole.epochs, "seed \(seed)")
                } catch {
                    #expect(error.path == attempt.epochsURL.path, "seed \(seed): \(error)")
                }
            }
        }
    }
}
