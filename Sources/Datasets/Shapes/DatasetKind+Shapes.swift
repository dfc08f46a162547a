package import Foundation

extension DatasetKind {
    /// The built-in data set, rendered on first use.
    static let shapes = DatasetKind(
        name: "shapes",
        summary: "Built in: outlines on textured ground whose class depends on the ground they stand on; "
            + "options: cue=aligned|shuffled, train, val, size, seed",
        reference: "made for this project",
        accepts: { $0.spec == "shapes" || $0.spec.hasPrefix("shapes?") },
        read: { location, problems in
            do {
                let options = try ShapesOptions(spec: location.spec)
                return try openShapes(options, spec: location.spec, folder: ShapesCache.standardFolder)
            } catch let error as DatasetError {
                problems.add(error)
            } catch {
                problems.add("\(error)")
            }
            return nil
        })
}

/// Opens the built-in data set with its rendered file in `folder`.
package func openShapes(_ options: ShapesOptions, spec: String, folder: URL) throws -> DetectionData {
    let cache = try ShapesCache(options, folder: folder)
    return DetectionData(
        spec: spec, classNames: ShapesScene.classNames,
        train: ShapesSource(cache: cache, split: "train", indices: 0..<options.train),
        val: ShapesSource(cache: cache, split: "val", indices: options.train..<(options.train + options.val))
    ) { cache.digest }
}

/// One split of the built-in data set.
struct ShapesSource: DetectionSource {
    let cache: ShapesCache
    let split: String
    let indices: Range<Int>

    var count: Int { indices.count }

    var classNames: [String] { ShapesScene.classNames }

    func name(at index: Int) -> String { "shapes/\(split)/\(index)" }

    func size(at index: Int) -> ImageSize { ImageSize(height: cache.options.size, width: cache.options.size) }

    func labels(at index: Int) -> [Label] {
        cache.boxes(at: indices.lowerBound + index).map { $0.normalized(in: size(at: index)) }
    }

    func image(at index: Int) throws -> RGBImage { cache.image(at: indices.lowerBound + index) }
}
