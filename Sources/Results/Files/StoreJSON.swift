import Foundation

/// The JSON of the store's small files: sorted keys, ISO 8601 dates.
enum StoreJSON {
    /// The value as JSON, one key a line.
    static func encode(_ value: some Encodable) throws(StoreError) -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value) + Data("\n".utf8)
        } catch {
            throw StoreError(path: "\(type(of: value))", attempt: "write it as JSON", cause: reason(error))
        }
    }

    /// Reads a file whose type carries a schema number; throws where it is missing, damaged or of a newer schema.
    static func read<Value: Decodable>(
        _ type: Value.Type, from url: URL, what: String, schema: Int, advice: String
    ) throws(StoreError) -> Value {
        guard let data = try AtomicFile.read(url) else {
            throw StoreError(path: url.path, attempt: "read \(what)", cause: "no such file", advice: advice)
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            let found = try decoder.decode(Versioned.self, from: data).schema
            guard found <= schema else {
                throw StoreError(
                    path: url.path, attempt: "read \(what)",
                    cause: "it has schema \(found), newer than this program's \(schema)")
            }
            return try decoder.decode(type, from: data)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(path: url.path, attempt: "read \(what)", cause: reason(error), advice: advice)
        }
    }

    /// A decoding error in one line: the place and what is wrong there.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return error.localizedDescription }
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : "\(path): "
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context))`\(key.stringValue)` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): place(context) + context.debugDescription
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is not whole JSON"
        case .dataCorrupted(let context): place(context) + context.debugDescription
        @unknown default: error.localizedDescription
        }
    }

    private struct Versioned: Decodable {
        let schema: Int
    }
}
