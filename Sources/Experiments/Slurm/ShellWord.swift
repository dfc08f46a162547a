/// Words as a POSIX shell reads them.
public enum ShellWord {
    /// The word, in single quotes where a shell would take it for more than itself.
    public static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-_./=,+:@%".contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    /// Words with spaces between them.
    public static func quoted(_ words: [String]) -> String { words.map { quoted($0) }.joined(separator: " ") }
}
