import Foundation

/// The limits that the operating system sets to the group of this process, such as a container or a Slurm job.
enum ControlGroup {
    /// By name, for `env.json`: what the limits say, as the system writes it; empty where there are none.
    static var details: [String: String] {
        var details: [String: String] = [:]
        for (name, file) in [("cgroup memory limit", "memory.max"), ("cgroup processor limit", "cpu.max")] {
            if let value = value(file) { details[name] = value }
        }
        if details.isEmpty, let value = text("/sys/fs/cgroup/memory/memory.limit_in_bytes") {
            details["cgroup memory limit"] = value
        }
        return details
    }

    /// The limit of the innermost group that has one, from this process's own group outwards.
    private static func value(_ file: String) -> String? {
        let own = text("/proc/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3) ?? "/"
        var groups = own.split(separator: "/")
        while true {
            let folder = "/sys/fs/cgroup/" + groups.joined(separator: "/")
            if let value = text("\(folder)/\(file)"), !value.hasPrefix("max") { return value }
            if groups.isEmpty { return nil }
            groups.removeLast()
        }
    }

    private static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
