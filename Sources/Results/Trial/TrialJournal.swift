import Digests
public import Foundation

/// `journal` in a trial's folder: what happened to the trial, one record a line, the oldest first.
///
/// ```
/// 00000057 1a2b3c4d {"attempt":2,"event":"began",…}
/// length   CRC-32   JSON, of that many bytes
/// ```
/// Only the holder of the trial's lock appends, and a record of an older attempt is refused. A record is on the disk
/// before `append` returns; one that was cut off or overwritten does not fit its checksum and is left out, alone.
public struct TrialJournal: Sendable {
    public let trial: TrialDirectory

    public var url: URL { trial.url.appendingPathComponent("journal") }

    /// One thing that happened.
    public struct Record: Codable, Hashable, Sendable {
        public var event: Event
        /// The attempt that it happened in; later ones have higher numbers.
        public var attempt: Int
        /// Epochs that were complete.
        public var epochs: Int
        /// Why, or from where: one sentence, or nothing.
        public var message: String
        /// Who wrote it: process and machine.
        public var process: String
        public var time: Date

        public init(
            _ event: Event, attempt: Int, epochs: Int = 0, message: String = "",
            process: String = OwnerLock.thisProcess, time: Date = Date()
        ) {
            self.event = event
            self.attempt = attempt
            self.epochs = epochs
            self.message = message
            self.process = process
            self.time = time
        }
    }

    public enum Event: String, Codable, Hashable, Sendable, CaseIterable {
        /// An attempt began, anew or from an earlier one's checkpoint.
        case began
        /// An epoch is complete and in `results.csv`.
        case epoch
        /// The attempt stopped on request; its checkpoint is on disk.
        case interrupted
        /// The attempt's process ended without a result or a checkpoint of its end.
        case crashed
        /// `done.json` is on disk.
        case finished
    }

    /// What a journal holds.
    public struct Content: Hashable, Sendable {
        public var records: [Record] = []
        /// Numbers of the lines, from 1, that were cut off or overwritten.
        public var damagedLines: [Int] = []
    }

    init(_ trial: TrialDirectory) { self.trial = trial }

    /// Appends a record and waits until it is on the disk.
    /// - Throws: where it cannot be written, or a later attempt has begun.
    public func append(_ record: Record) throws(StoreError) {
        try AttemptDirectory(trial: trial, number: record.attempt).requireCurrent()
        let isNew = !FileManager.default.fileExists(atPath: url.path)
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.systemError(url, "open the journal") }
        defer { close(descriptor) }
        try cutTornEnd(descriptor)
        try AtomicFile.append(try Self.line(record), to: descriptor, of: url)
        if isNew { try AtomicFile.synchronizeFolder(of: url) }
    }

    /// What is in the journal; empty where there is none.
    public func read() throws(StoreError) -> Content {
        guard let data = try AtomicFile.read(url) else { return Content() }
        return Self.parse(data)
    }

    /// The records of a journal's bytes.
    public static func parse(_ data: Data) -> Content {
        var content = Content()
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            if let record = record(Data(line)) {
                content.records.append(record)
            } else {
                content.damagedLines.append(index + 1)
            }
        }
        return content
    }

    static func line(_ record: Record) throws(StoreError) -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json: Data
        do {
            json = try encoder.encode(record)
        } catch {
            throw StoreError(path: "journal", attempt: "write a record", cause: StoreJSON.reason(error))
        }
        return Data("\(UInt32(json.count).hexadecimal) \(CRC32.of(json).hexadecimal) ".utf8) + json + Data("\n".utf8)
    }

    private static func record(_ line: Data) -> Record? {
        // Eight digits, a space, eight digits, a space.
        guard line.count >= 18,
            let length = UInt32(String(decoding: line.prefix(8), as: UTF8.self), radix: 16),
            let checksum = UInt32(String(decoding: line.dropFirst(9).prefix(8), as: UTF8.self), radix: 16)
        else { return nil }
        let json = Data(line.dropFirst(18))
        guard json.count == Int(length), CRC32.of(json) == checksum else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try? decoder.decode(Record.self, from: json)
    }

    /// Takes away what stands behind the last whole line: a record whose writer was killed, or a lost block of zeros.
    private func cutTornEnd(_ descriptor: Int32) throws(StoreError) {
        var end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw AtomicFile.systemError(url, "read the journal") }
        let whole = end
        var byte: UInt8 = 0
        while end > 0 {
            guard pread(descriptor, &byte, 1, end - 1) == 1 else {
                throw AtomicFile.systemError(url, "read the journal")
            }
            if byte == UInt8(ascii: "\n") { break }
            end -= 1
        }
        guard end == whole || ftruncate(descriptor, end) == 0 else {
            throw AtomicFile.systemError(url, "cut off the journal's torn end")
        }
    }
}

extension TrialDirectory {
    /// What happened to the trial.
    public var journal: TrialJournal { TrialJournal(self) }
}
