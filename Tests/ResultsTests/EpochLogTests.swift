import Foundation
import Results
import Testing

@Suite("results.csv")
struct EpochLogTests {
    @Test("The header is Ultralytics', with time")
    func header() {
        #expect(
            EpochRow.header == "epoch,time,train/box_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),"
                + "metrics/recall(B),metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,val/cls_loss,val/dfl_loss,"
                + "lr/pg0,lr/pg1,lr/pg2")
    }

    @Test("Rows read back exactly, also where numbers are not finite")
    func rows() throws {
        var row = sampleEpoch(3)
        row.time = 1234.567
        row.recall = 1.0 / 3
        #expect(
            row.line == "3,1234.567,1.0,0.6666666666666666,0.3333333333333333,0.30000000000000004,0.3333333333333333,"
                + "0.09,0.03,1.3333333333333333,1.0,0.6666666666666666,0.03333333333333333,3.0000000000000004e-05,0.01")
        #expect(EpochRow(line: row.line) == row)
        row.mAP50 = .nan
        row.validationLosses.box = .infinity
        let read = try #require(EpochRow(line: row.line))
        #expect(read.mAP50.isNaN && read.validationLosses.box == .infinity)
        #expect(EpochRow(line: "1,2,3") == nil)
        #expect(EpochRow(line: row.line + ",1") == nil)
        #expect(EpochRow(line: row.line.replacingOccurrences(of: "0.01", with: "x")) == nil)
    }

    @Test("Rows are on the disk as soon as they are appended, in order and once")
    func appending() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("results.csv")
            var log = try EpochLog(url)
            for epoch in 1...3 {
                try log.append(sampleEpoch(epoch))
                #expect(try EpochLog.read(url) == (1...epoch).map(sampleEpoch))
            }
            do throws(StoreError) {
                try log.append(sampleEpoch(3))
                Issue.record("epoch 3 was written twice")
            } catch {
                #expect(error.cause == "the last one is epoch 3")
            }
        }
    }

    @Test("A file cut off anywhere gives the whole epochs before the cut")
    func truncated() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("results.csv")
            var log = try EpochLog(url)
            for epoch in 1...3 { try log.append(sampleEpoch(epoch)) }
            let whole = try Data(contentsOf: url)
            for length in 0...whole.count {
                try whole.prefix(length).write(to: url)
                let lines = max(0, whole.prefix(length).filter { $0 == UInt8(ascii: "\n") }.count - 1)
                #expect(try EpochLog.read(url) == (0..<lines).map { sampleEpoch($0 + 1) })
            }
        }
    }

    @Test("A damaged line is an error that names it")
    func damaged() throws {
        try inTemporaryFolder { folder in
            let url = folder.appendingPathComponent("results.csv")
            let lines = [EpochRow.header] + (1...3).map { sampleEpoch($0).line }
            for (index, cause) in [(0, "line 1 is not the header of results.csv"), (2, "line 3 is not epoch 2")] {
                var damaged = lines
                damaged[index] = String(repeating: "\0", count: 20)
                try Data((damaged.joined(separator: "\n") + "\n").utf8).write(to: url)
                let error = #expect(throws: StoreError.self) { try EpochLog.read(url) }
                #expect(error?.cause == cause)
            }
        }
    }

    @Test("A resumed attempt begins with the epochs before the checkpoint")
    func resuming() throws {
        try inTemporaryFolder { folder in
            let trial = try TrialDirectory.create(sampleDescription(), in: folder)
            let first = try trial.makeAttempt()
            var log = try first.epochLog()
            for epoch in 1...3 { try log.append(sampleEpoch(epoch)) }
            let second = try trial.makeAttempt()
            var resumed = try second.epochLog(resuming: first, throughEpoch: 2)
            try resumed.append(sampleEpoch(3))
            #expect(try second.epochs().map(\.epoch) == [1, 2, 3])
            let third = try trial.makeAttempt()
            do throws(StoreError) {
                _ = try third.epochLog(resuming: second, throughEpoch: 4)
                Issue.record("resumed after an epoch that was never finished")
            } catch {
                #expect(error.cause == "it ends with epoch 3")
            }
        }
    }
}
