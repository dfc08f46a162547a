public import Foundation

/// The folders under `results/`: sweeps, and in them trials.
public struct ResultFolders {
    public let root: URL

    public init(_ root: URL) { self.root = root }

    /// Folders of sweeps, in byte order of their names.
    public func sweepURLs() throws(StoreError) -> [URL] {
        try AtomicFile.names(in: root).map { root.appendingPathComponent($0, isDirectory: true) }
            .filter { AtomicFile.isFolder($0) }
    }

    /// Folders of trials in all sweeps.
    public func trialURLs() throws(StoreError) -> [URL] {
        var urls: [URL] = []
        for sweep in try sweepURLs() {
            for name in try AtomicFile.names(in: sweep) {
                let url = sweep.appendingPathComponent(name, isDirectory: true)
                if FileManager.default.fileExists(atPath: url.appendingPathComponent("trial.json").path) {
                    urls.append(url)
                }
            }
        }
        return urls
    }
}
