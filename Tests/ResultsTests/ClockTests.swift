import Foundation
import Results
import Testing

@Suite("A clock that was set back")
struct ClockTests {
    @Test("The last run is the one that was stored last, whatever the clock says, also after reindexing")
    func lastRun() throws {
        try inTemporaryFolder { root in
            do {
                let store = try ResultStore(root, .writing)
                var plan = samplePlan()
                try store.save(plan)
                plan.createdAt -= 86_400
                plan.overrides = ["epochs=2"]
                try store.save(plan)
                var other = samplePlan()
                other.sweep = "other"
                other.createdAt -= 2 * 86_400
                try store.save(other)
                #expect(try store.lastPlan() == other)
                #expect(try store.lastPlan(of: "ghost") == plan)
            }
            let (store, inventory) = try ResultStore.reindex(root)
            #expect(inventory.plans == 3)
            #expect(try store.lastPlan()?.sweep == "other")
            #expect(try store.lastPlan(of: "ghost")?.overrides == ["epochs=2"])
        }
    }

    @Test("The newest attempt is the one with the highest number")
    func attempts() throws {
        try inTemporaryFolder { root in
            let store = try ResultStore(root, .writing)
            let sweep = store.sweepURL("ghost")
            for (mAP, day) in [(0.1, 10.0), (0.2, 5.0)] {
                let trial = try TrialDirectory.create(sampleDescription("v1", seed: 0), in: sweep)
                let attempt = try trial.makeAttempt()
                var log = try attempt.epochLog()
                for epoch in 1...3 { try log.append(sampleEpoch(epoch)) }
                var record = sampleRecord(attempt, mAP: mAP)
                record.finishedAt = Date(timeIntervalSince1970: day * 86_400)
                try attempt.finish(record)
                try store.record(attempt)
            }
            let record = try store.record(of: samplePlan().trials[0], in: "ghost")
            #expect(record.record?.metrics["mAP50-95"] == 0.2)
            #expect(record.state == .done)
        }
    }
}
