import Foundation
import Results
import Testing

@Suite("Claims of trials")
struct TrialClaimTests {
    let folder: Folder
    let trial: TrialDirectory

    /// Goes away with the test.
    final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ablate-\(UUID().uuidString)")
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    init() throws {
        folder = Folder()
        trial = try TrialDirectory.create(
            TrialDescription(
                identity: TrialIdentity(
                    id: String(repeating: "ab", count: 32), cellID: "c", seed: 0, readableName: "v1-n-s0"),
                configuration: [:], datasetDigest: "d"), in: folder.url)
    }

    func owner(_ task: String? = nil) -> TrialClaim.Owner { .current(task: task) }

    @Test("a trial is one owner's until it is released")
    func exclusive() throws {
        let first = owner("1_0")
        guard case .taken(let claim) = try TrialClaim.take(trial, as: first, isGone: { _ in false }) else {
            Issue.record("the first owner does not get a free trial")
            return
        }
        #expect(TrialClaim.holder(of: trial) == first)
        guard case .held(let holder) = try TrialClaim.take(trial, as: owner(), isGone: { _ in false }) else {
            Issue.record("a second owner gets it as well")
            return
        }
        #expect(holder == first)
        claim.release()
        #expect(TrialClaim.holder(of: trial) == nil)
        guard case .taken = try TrialClaim.take(trial, as: owner(), isGone: { _ in false }) else {
            Issue.record("what was released stays held")
            return
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: trial.url.path).sorted() == ["claim", "trial.json"])
    }

    @Test("who is gone has one heir, and does not take the trial back")
    func heir() throws {
        guard case .taken(let dead) = try TrialClaim.take(trial, as: owner("1_0"), isGone: { _ in false }) else {
            Issue.record("not taken")
            return
        }
        let heir = owner("1_1")
        guard case .taken = try TrialClaim.take(trial, as: heir, isGone: { $0 == dead.owner }) else {
            Issue.record("the claim of the dead cannot be taken over")
            return
        }
        dead.release()
        #expect(TrialClaim.holder(of: trial) == heir)
    }

    @Test("a claim that nobody can read is held")
    func unreadable() throws {
        let claim = TrialClaim.url(of: trial)
        try FileManager.default.createDirectory(at: claim, withIntermediateDirectories: true)
        guard case .held(nil) = try TrialClaim.take(trial, as: owner(), isGone: { _ in true }) else {
            Issue.record("a claim without an owner was taken")
            return
        }
        try Data("{".utf8).write(to: claim.appendingPathComponent("owner"))
        guard case .held(nil) = try TrialClaim.take(trial, as: owner(), isGone: { _ in true }) else {
            Issue.record("a claim with a damaged owner was taken")
            return
        }
    }

    @Test("of many at once, one gets the trial, be it free or a dead owner's", arguments: [false, true])
    func race(_ isInherited: Bool) async throws {
        for _ in 0..<50 {
            var dead: TrialClaim.Owner?
            if isInherited {
                guard case .taken(let claim) = try TrialClaim.take(trial, as: owner(), isGone: { _ in false }) else {
                    Issue.record("not free")
                    return
                }
                dead = claim.owner
            }
            let (trial, former) = (trial, dead)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let outcome = try TrialClaim.take(trial, as: .current(task: nil), isGone: { $0 == former })
                        if case .taken = outcome { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            try FileManager.default.removeItem(at: TrialClaim.url(of: trial))
        }
    }
}
