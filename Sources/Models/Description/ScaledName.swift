/// File names that carry a scale letter behind the version, such as `yolo11n-ghostnetv2`.
enum ScaledName {
    /// Takes the letter out: `yolo11n-x` gives `yolo11-x` and `n`; a name without one is returned as it is.
    ///
    /// The letter stands behind `yolo`, an optional `v` and digits, and before anything but a letter or digit.
    static func split(_ name: String) -> (plain: String, letter: String?) {
        guard let match = name.firstMatch(of: /(?i:yolov?)[0-9]+([nsmlx])(?![A-Za-z0-9])/) else { return (name, nil) }
        let letter = match.output.1
        return (name.replacingCharacters(in: letter.startIndex..<letter.endIndex), String(letter))
    }

    /// Puts a letter behind the digits of `yolo11`, or at the end of a name without any.
    static func inserting(_ letter: String, into name: String) -> String {
        guard let match = name.firstMatch(of: /(?i:yolov?)[0-9]+/) else { return "\(name)-\(letter)" }
        return name[..<match.range.upperBound] + letter + name[match.range.upperBound...]
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>) -> String {
        String(self[..<range.lowerBound]) + String(self[range.upperBound...])
    }
}
