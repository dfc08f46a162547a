import Foundation
import Results
import Testing

@Suite("Locked hypotheses")
struct HypothesesTests {
    private let time = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("a lock is kept, repeated without effect, and followed by another of other hypotheses")
    func locking() throws {
        try inTemporaryFolder { sweep in
            let hypotheses = try #require(Hypotheses(samplePlan()))
            var file = try HypothesesFile(readingFrom: sweep)
            #expect(file.locks.isEmpty)
            let first = try file.lock(hypotheses, in: sweep, begunTrials: 0, at: time)
            #expect(first.isNew)
            #expect(first.lock.sentence == "locked on 2027-01-15T08:00:00Z before the first training")
            var again = try HypothesesFile(readingFrom: sweep)
            #expect(again == file)
            #expect(try again.lock(hypotheses, in: sweep, begunTrials: 5).isNew == false)
            var plan = samplePlan(seeds: [0, 1, 2])
            plan.compare?.margin = 0.01
            let other = try #require(Hypotheses(plan))
            let second = try again.lock(other, in: sweep, begunTrials: 1, at: time)
            #expect(second.lock.earlierLocks == 1)
            #expect(second.lock.sentence.hasSuffix("after one training had begun"))
            #expect(try HypothesesFile(readingFrom: sweep).locks.count == 2)
        }
    }

    @Test("the order in which things are written makes no difference")
    func order() throws {
        let plan = samplePlan(arms: ["v1", "v2", "v3"])
        var turned = plan
        turned.plannedSeeds.reverse()
        turned.compare?.contrasts.reverse()
        func hash(_ plan: StoredPlan) throws -> String {
            let hypotheses = try #require(Hypotheses(plan))
            return try hypotheses.hash
        }
        let reference = try hash(plan)
        #expect(try hash(turned) == reference)
        turned.compare?.primary = "mAP50"
        #expect(try hash(turned) != reference)
    }

    @Test("a stored plan carries the lock, and says what has changed since")
    func statement() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            #expect(samplePlan().lockStatement == nil)
            let hypotheses = try #require(Hypotheses(samplePlan()))
            var file = try HypothesesFile(readingFrom: store.sweepURL("ghost"))
            _ = try file.lock(hypotheses, in: store.sweepURL("ghost"), begunTrials: 0, at: time)
            try store.save(samplePlan())
            let same = try #require(try store.lastPlan())
            let hash = try hypotheses.hash.prefix(10)
            #expect(
                same.lockStatement == "Hypotheses locked on 2027-01-15T08:00:00Z before the first training (\(hash)).")
            var changed = samplePlan(seeds: [0, 1, 2])
            changed.createdAt += 60
            changed.compare?.margin = nil
            changed.compare?.contrasts = []
            try store.save(changed)
            let statement = try #require(try store.lastPlan()?.lockStatement)
            #expect(statement.hasPrefix("Hypotheses were locked on 2027-01-15T08:00:00Z before the first training"))
            #expect(
                statement.hasSuffix(
                    "have changed since: margin 0.005 → none; seeds 0, 1 → 0, 1, 2; contrast v2 vs v1 left out."))
            // The lock is of the plan, not of the database.
            let rebuilt = try ResultStore.reindex(root).store
            #expect(try rebuilt.lastPlan()?.lockStatement == statement)
        }
    }

    @Test("a damaged file is refused, as nothing else knows what was promised")
    func damaged() throws {
        try inTemporaryFolder { sweep in
            let url = sweep.appendingPathComponent(HypothesesFile.name)
            var file = try HypothesesFile(readingFrom: sweep)
            _ = try file.lock(try #require(Hypotheses(samplePlan())), in: sweep, begunTrials: 0, at: time)
            let whole = try Data(contentsOf: url)
            for length in [0, 1, whole.count / 2, whole.count - 3] {
                try whole.prefix(length).write(to: url)
                #expect(throws: StoreError.self) { try HypothesesFile(readingFrom: sweep) }
            }
        }
    }
}
