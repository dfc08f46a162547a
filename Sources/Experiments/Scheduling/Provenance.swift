import Digests
public import Foundation
import Results
import Training

/// Which code runs and on what: the program's hash, the commit and changes of the checkout that it was built in, the
/// libraries, the machine and its limits.
///
/// A program outside a checkout, such as an installed one, says `unknown` for the commit.
struct Provenance: Sendable {
    /// By name, for `env.json`.
    var details: [String: String] = [:]
    /// What differs from the commit; empty outside a checkout.
    var patch = ""

    /// Of this process.
    static func current() -> Provenance {
        var provenance = Provenance()
        let program = CodeVersion.program
        provenance.details = NumericalLibraries.details.merging(MachineDetails.current) { _, machine in machine }
        provenance.details["program"] = CodeVersion.current
        provenance.details["program path"] = program.path
        provenance.details["commit"] = "unknown"
        let folder = program.deletingLastPathComponent()
        if let frozen = FrozenProgram.source(besideProgram: folder) {
            provenance.details["commit"] = frozen.source.commit
            provenance.details["changed"] = frozen.source.changed
            provenance.patch = frozen.patch
            return provenance
        }
        guard let root = git(["rev-parse", "--show-toplevel"], in: folder)?.trimmed, !root.isEmpty,
            let commit = git(["rev-parse", "HEAD"], in: folder)?.trimmed
        else { return provenance }
        provenance.details["commit"] = commit
        provenance.patch = git(["diff", "HEAD", "--no-color", "--no-ext-diff"], in: URL(fileURLWithPath: root)) ?? ""
        provenance.details["changed"] = provenance.patch.isEmpty ? "no" : "yes"
        return provenance
    }

    /// The output of a git command; nil where it fails.
    private static func git(_ arguments: [String], in folder: URL) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder.path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}

/// What stands for the code of this program.
public enum CodeVersion {
    /// The path of this program.
    public static var program: URL {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: path)
    }

    /// SHA-256 of this program's file, in hexadecimal; empty where it cannot be read.
    public static let current: String = {
        (try? ContentDigest.hexadecimal(ofFile: program.path)) ?? ""
    }()

    /// What stands for a training that one version began and another went on with: it equals no version.
    static func mixed(_ first: String, _ second: String) -> String {
        mixedPrefix + ContentDigest.hexadecimal(of: first + second)
    }

    static let mixedPrefix = "mixed-"
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
