import Models

extension TrainingConfiguration {
    /// The configuration that trains the same and says it in one way: GhostNetV2 without DFC is GhostNetV1, and keys
    /// that the training does not read have their defaults.
    public var normalized: TrainingConfiguration {
        var configuration = self
        if configuration.backbone == .ghostNetV2, configuration.dfc == .none { configuration.backbone = .ghostNetV1 }
        for key in ConfigurationKey.all where !key.isRead(by: configuration) { key.reset(in: &configuration) }
        return configuration
    }

    /// The keys that are read, with their values; the seed is not among them.
    public var entries: [(key: ConfigurationKey, value: ConfigurationValue)] {
        ConfigurationKey.all.filter { $0.identity != .replicate && $0.isRead(by: self) }.map {
            ($0, $0.value(in: self))
        }
    }

    /// The canonical JSON of what tells this training from one with all defaults: sorted keys, no spaces, and neither
    /// the seed, nor the keys that are not read, nor those with their introduction default.
    ///
    /// - Parameter content: digests by key name for the keys that name a file or a dataset; they replace the value, so
    ///   that a moved file keeps its identity and an edited one does not.
    public func canonicalJSON(replacing content: [String: String] = [:]) -> String {
        let configuration = normalized
        let members = configuration.entries.compactMap { entry -> (name: String, json: String)? in
            if let digest = content[entry.key.name] {
                return (entry.key.name, ConfigurationValue.word(digest).canonicalJSON)
            }
            return entry.value == entry.key.defaultValue ? nil : (entry.key.name, entry.value.canonicalJSON)
        }
        return "{" + members.sorted { $0.name < $1.name }.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",")
            + "}"
    }

    /// Two settings that are right on their own and wrong together, each with the key to blame; empty if there are none.
    public var contradictions: [(key: String, message: String)] {
        var found: [(key: String, message: String)] = []
        if backbone == .ghostNetV2, dfc != .none, imageSize < 64 {
            found.append(("imgsz", "DFC attention halves a feature map of stride 32, which needs imgsz of 64 or more"))
        }
        if batch > nominalBatch * 64 {
            found.append(("batch", "batch is more than 64 times nbs: the weight decay would be scaled out of range"))
        }
        return found
    }
}

extension TrainingConfiguration: Codable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// Reads an object with one member a key; what is left out has its default.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        self.init()
        for name in container.allKeys {
            guard let key = ConfigurationKey.named(name.stringValue) else {
                throw DecodingError.dataCorruptedError(
                    forKey: name, in: container, debugDescription: "\(name.stringValue) is no key of a training")
            }
            let value = try container.decode(ConfigurationValue.self, forKey: name)
            do throws(ConfigurationMismatch) {
                try key.write(value, to: &self)
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: name, in: container,
                    debugDescription: "\(key.name) is \(value.canonicalJSON), expected \(error.expected)")
            }
        }
    }

    /// Writes every key, defaults included.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for key in ConfigurationKey.all { try container.encode(key.value(in: self), forKey: Name(key.name)) }
    }
}

extension TrainingConfiguration.Backbone {
    init(name: String) {
        switch name {
        case "baseline": self = .baseline
        case "v1": self = .ghostNetV1
        case "v2": self = .ghostNetV2
        default: self = .file(name)
        }
    }

    /// The word of a manifest, or the path.
    public var name: String {
        switch self {
        case .baseline: "baseline"
        case .ghostNetV1: "v1"
        case .ghostNetV2: "v2"
        case .file(let path): path
        }
    }
}

extension TrainingConfiguration {
    /// The whole configuration as TOML, section by section: the content of `args.toml`.
    ///
    /// Keys that the training does not read are left out.
    public var toml: String {
        let read = entries
        var lines: [String] = []
        for section in ConfigurationKey.Section.allCases {
            let members = read.filter { $0.key.section == section }
            if members.isEmpty { continue }
            lines.append((lines.isEmpty ? "# " : "\n# ") + section.rawValue)
            lines += members.map { "\($0.key.name) = \($0.value.canonicalJSON)" }
        }
        return (lines + ["seed = \(seed)"]).joined(separator: "\n") + "\n"
    }
}
