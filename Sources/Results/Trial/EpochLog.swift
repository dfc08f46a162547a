public import Foundation

/// The writer of `results.csv`: one line an epoch, on the disk before the next epoch begins.
public struct EpochLog: ~Copyable {
    public let url: URL
    private let descriptor: Int32
    /// The last epoch in the file; 0 where it has none.
    public private(set) var lastEpoch: Int

    /// Opens `results.csv` for appending after the first epochs of an earlier file, or after none.
    ///
    /// - `rows`: what the file starts with, such as the epochs of the attempt that is resumed; later epochs than the
    ///   checkpoint's are trained again and must not be among them.
    public init(_ url: URL, startingWith rows: [EpochRow] = []) throws(StoreError) {
        let text = ([EpochRow.header] + rows.map(\.line)).map { $0 + "\n" }.joined()
        try AtomicFile.write(Data(text.utf8), to: url)
        let descriptor = open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw AtomicFile.systemError(url, "open the file") }
        self.descriptor = descriptor
        self.url = url
        lastEpoch = rows.last?.epoch ?? 0
    }

    deinit { close(descriptor) }

    /// Appends the next epoch and waits until it is on the disk; throws where the epoch does not follow the last one.
    public mutating func append(_ row: EpochRow) throws(StoreError) {
        guard row.epoch == lastEpoch + 1 else {
            throw StoreError(
                path: url.path, attempt: "append epoch \(row.epoch)", cause: "the last one is epoch \(lastEpoch)")
        }
        try AtomicFile.append(Data((row.line + "\n").utf8), to: descriptor, of: url)
        lastEpoch = row.epoch
    }

    /// Reads a `results.csv`; empty where there is none. A last line without its end, cut off by a crash, is left out.
    ///
    /// Throws where the header or any other line is damaged, or an epoch does not follow the one before.
    public static func read(_ url: URL) throws(StoreError) -> [EpochRow] {
        guard let data = try AtomicFile.read(url), !data.isEmpty else { return [] }
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // What follows the last newline: empty in a whole file.
        lines.removeLast()
        guard let header = lines.first else { return [] }
        guard header == EpochRow.header else {
            throw StoreError(
                path: url.path, attempt: "read the epochs", cause: "line 1 is not the header of results.csv",
                advice: StoreError.retrainAdvice)
        }
        var rows: [EpochRow] = []
        for (index, line) in lines.enumerated().dropFirst() {
            guard let row = EpochRow(line: line), row.epoch == rows.count + 1 else {
                throw StoreError(
                    path: url.path, attempt: "read the epochs",
                    cause: "line \(index + 1) is not epoch \(rows.count + 1)", advice: StoreError.retrainAdvice)
            }
            rows.append(row)
        }
        return rows
    }
}
