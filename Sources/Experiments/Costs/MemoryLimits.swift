import Foundation

/// How much memory there is: what Linux calls available, and what control groups leave of it.
package enum MemoryLimits {
    /// Bytes that more processes can take.
    ///
    /// The least of `MemAvailable` and, for the control group of this process and every one above it (version 1 and 2),
    /// the limit less what is used, file pages that can be dropped at once not counted.
    /// - Parameter root: the folder that stands for `/`, for tests.
    package static func availableBytes(root: String = "") -> Int? {
        let known = [machine(root)] + groups(root).map { $0.available }
        return known.compactMap(\.self).min()
    }

    private static func machine(_ root: String) -> Int? {
        let line = lines(root + "/proc/meminfo").first { $0.hasPrefix("MemAvailable:") }
        // In KiB.
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// A control group by its folder and the names of its files.
    private struct Group {
        var folder: String
        var limitName: String
        var usageName: String
        var inactiveName: String

        /// Nil where it has no limit.
        var available: Int? {
            guard let limit = number(limitName), let usage = number(usageName) else { return nil }
            let inactive = lines(folder + "/memory.stat").first { $0.hasPrefix(inactiveName + " ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
            return max(0, limit - usage + (inactive ?? 0))
        }

        private func number(_ name: String) -> Int? { lines(folder + "/" + name).first.flatMap { Int($0) } }
    }

    /// The groups of this process, from its own to the outermost.
    private static func groups(_ root: String) -> [Group] {
        lines(root + "/proc/self/cgroup").flatMap { line -> [Group] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let isSecond = parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("memory") else { return [] }
            let base = root + "/sys/fs/cgroup" + (isSecond ? "" : "/memory")
            var path = String(parts[2])
            var groups: [Group] = []
            while true {
                // Inside a container the outer part of the path is not to be seen, and its files are those of the base.
                let folder = base + (path == "/" ? "" : path)
                groups.append(
                    isSecond
                        ? Group(
                            folder: folder, limitName: "memory.max", usageName: "memory.current",
                            inactiveName: "inactive_file")
                        : Group(
                            folder: folder, limitName: "memory.limit_in_bytes", usageName: "memory.usage_in_bytes",
                            inactiveName: "total_inactive_file"))
                guard path.count > 1, let slash = path.lastIndex(of: "/") else { return groups }
                path = slash == path.startIndex ? "/" : String(path[..<slash])
            }
        }
    }

    private static func lines(_ path: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }
}
