import Foundation

extension DetectionData {
    /// How many images of `val` are among those of `train` too, by the bytes of their files.
    ///
    /// Only files of equal length are read. 0 for data that lies in no files.
    public var sharedImageCount: Int {
        guard let train = train as? YOLOSource, let val = val as? YOLOSource else { return 0 }
        let candidates = Dictionary(grouping: train.items.map(\.file.url), by: Self.length)
        return val.items.count { item in
            guard let length = Self.length(item.file.url), let others = candidates[length] else { return false }
            return others.contains { other in
                other.path == item.file.url.path
                    || FileManager.default.contentsEqual(atPath: other.path, andPath: item.file.url.path)
            }
        }
    }

    private static func length(_ url: URL) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.size] as? Int
    }
}
