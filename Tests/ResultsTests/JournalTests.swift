import Foundation
import Results
import Testing

@Suite("A trial's journal")
struct JournalTests {
    /// A trial with one attempt and what its journal says of it.
    private func makeTrial(in folder: URL) throws -> (trial: TrialDirectory, records: [TrialJournal.Record]) {
        let trial = try TrialDirectory.create(sampleDescription(), in: folder)
        let attempt = try trial.makeAttempt()
        let time = Date(timeIntervalSince1970: 1_800_000_000)
        let records = [
            TrialJournal.Record(.began, attempt: attempt.number, message: "anew", time: time),
            TrialJournal.Record(.epoch, attempt: attempt.number, epochs: 1, time: time),
            TrialJournal.Record(
                .interrupted, attempt: attempt.number, epochs: 1, message: "Ctrl-C\n\u{1F6D1}", time: time),
        ]
        for record in records { try trial.journal.append(record) }
        return (trial, records)
    }

    @Test("Records come back in order, one a line")
    func roundTrip() throws {
        try inTemporaryFolder { folder in
            let (trial, records) = try makeTrial(in: folder)
            #expect(try trial.journal.read().records == records)
            #expect(try trial.journal.read().damagedLines.isEmpty)
            let text = try String(contentsOf: trial.journal.url, encoding: .utf8)
            #expect(text.split(separator: "\n").count == 3)
        }
    }

    @Test("A journal cut off at any byte of its last record keeps the others, and goes on")
    func cutOff() throws {
        try inTemporaryFolder { folder in
            let (trial, records) = try makeTrial(in: folder)
            let whole = try Data(contentsOf: trial.journal.url)
            let lastLine = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
            for length in lastLine..<whole.count - 1 {
                try whole.prefix(length).write(to: trial.journal.url)
                #expect(try trial.journal.read().records == Array(records.dropLast()), "\(length) bytes")
                try trial.journal.append(records[2])
                #expect(try Data(contentsOf: trial.journal.url) == whole, "\(length) bytes")
            }
        }
    }

    @Test("Zeros in place of any end of it lose no record before them, and goes on")
    func zeroFilled() throws {
        try inTemporaryFolder { folder in
            let (trial, records) = try makeTrial(in: folder)
            let whole = try Data(contentsOf: trial.journal.url)
            for count in 1...whole.count {
                try (whole.dropLast(count) + Data(count: count)).write(to: trial.journal.url)
                let read = try trial.journal.read().records
                #expect(read == Array(records.prefix(read.count)), "\(count) zeros")
                try trial.journal.append(records[2])
                #expect(try trial.journal.read().records == read + [records[2]], "\(count) zeros")
            }
        }
    }

    @Test("A changed byte loses its own record and no other", arguments: [0, 5, 9, 14, 30, 60])
    func changedByte(offset: Int) throws {
        try inTemporaryFolder { folder in
            let (trial, records) = try makeTrial(in: folder)
            var data = try Data(contentsOf: trial.journal.url)
            let second = try #require(data.firstIndex(of: UInt8(ascii: "\n"))) + 1
            data[second + offset] ^= 2
            let content = TrialJournal.parse(data)
            #expect(content.records == [records[0], records[2]])
            #expect(content.damagedLines == [2])
        }
    }

    @Test("An attempt that was taken over can note nothing more")
    func fenced() throws {
        try inTemporaryFolder { folder in
            let (trial, records) = try makeTrial(in: folder)
            let second = try trial.makeAttempt()
            let error = #expect(throws: StoreError.self) { try trial.journal.append(records[1]) }
            #expect(error?.cause == "attempt 2 has taken over")
            try trial.journal.append(TrialJournal.Record(.began, attempt: second.number))
            #expect(try trial.journal.read().records.count == 4)
        }
    }
}
