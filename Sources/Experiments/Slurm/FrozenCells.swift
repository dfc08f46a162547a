import Digests
public import Foundation
import Results

/// `cells.jsonl` of a submission: what each of its tasks trains, frozen when it was submitted.
///
/// ```
/// {"bundles":12,"digest":"…","manifest":"…","schema":1,"sweep":"ghost"}
/// [{"attempts":0,"description":{…},"job":{…},"sweep":"ghost"}, …]         bundle 0
/// …
/// ```
/// The digest is SHA-256 of everything after the first line. The results are found from where the file lies, so that a
/// node may have them mounted elsewhere.
public struct FrozenCells: Sendable {
    /// The file's name in the submission's folder.
    static let fileName = "cells.jsonl"
    /// Version of the format.
    static let currentSchema = 1

    /// The trials of each task, in the order in which it trains them.
    public let bundles: [[Cell]]
    /// The folder `results/`.
    public let results: URL
    public let manifest: String

    /// One trial.
    public struct Cell: Codable, Sendable {
        /// The sweep whose folder the trial lies in.
        var sweep: String
        var description: TrialDescription
        var job: JobFile
        /// Number of the trial's last attempt when it was submitted.
        var attempts: Int

        init(_ job: TrialJob) throws {
            sweep = job.directory.url.deletingLastPathComponent().lastPathComponent
            description = job.directory.description
            self.job = JobFile(job)
            // It stands in the first line once.
            self.job.manifest = nil
            attempts = try job.directory.attempts().last?.number ?? 0
        }
    }

    private struct Header: Codable {
        var schema = FrozenCells.currentSchema
        var sweep: String
        var bundles: Int
        var digest: String
        var manifest: String
    }

    /// The file's bytes.
    static func encode(_ bundles: [[TrialJob]], sweep: String, manifest: String) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var body = Data()
        for bundle in bundles {
            body += try encoder.encode(try bundle.map { try Cell($0) }) + Data("\n".utf8)
        }
        let header = Header(
            sweep: sweep, bundles: bundles.count, digest: ContentDigest.hexadecimal(of: body), manifest: manifest)
        return try encoder.encode(header) + Data("\n".utf8) + body
    }

    /// Reads a file.
    /// - Throws: `FrozenCellsError` where it is missing, damaged or of a newer schema.
    public init(contentsOf url: URL) throws(FrozenCellsError) {
        func failure(_ cause: String) -> FrozenCellsError { FrozenCellsError(path: url.path, cause: cause) }
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw failure(
                FileManager.default.fileExists(atPath: url.path) ? error.localizedDescription : "there is no such file")
        }
        let end = data.firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
        guard let header = try? JSONDecoder().decode(Header.self, from: data[..<end]) else {
            throw failure("its first line is not that of frozen cells")
        }
        guard header.schema <= Self.currentSchema else {
            throw failure("it has schema \(header.schema), newer than this program's \(Self.currentSchema)")
        }
        let body = Data(data[min(end + 1, data.endIndex)...])
        guard ContentDigest.hexadecimal(of: body) == header.digest else {
            throw failure("its content is not the one that was frozen")
        }
        do {
            bundles = try body.split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode([Cell].self, from: Data($0))
            }
        } catch {
            throw failure("\(error)")
        }
        guard bundles.count == header.bundles else {
            throw failure("it has \(bundles.count) bundles, its first line says \(header.bundles)")
        }
        manifest = header.manifest
        // results/<sweep>/submissions/<number>/cells.jsonl
        results = (0..<4).reduce(url.standardizedFileURL) { folder, _ in folder.deletingLastPathComponent() }
    }

    /// A trial as a job, in its folder, which is made where it is missing.
    /// - Throws: `StoreError`.
    package func job(_ cell: Cell) throws -> TrialJob {
        let directory = try TrialDirectory.create(
            cell.description, in: results.appendingPathComponent(cell.sweep, isDirectory: true))
        var job = TrialJob(
            trial: PlannedTrial(
                identity: cell.description.identity, configuration: cell.job.configuration, label: cell.job.label),
            directory: directory, threads: cell.job.threads)
        job.supersedes = cell.job.supersedes ?? 0
        job.manifest = manifest
        return job
    }
}

/// Frozen cells that cannot be used.
public struct FrozenCellsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let cause: String

    public var description: String { "\(path): cannot read the frozen cells: \(cause)" }
}
