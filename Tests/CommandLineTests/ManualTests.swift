import Foundation
import Testing

/// Help, manual page and completions: what the program says of its own commands.
@Suite("Manual")
struct ManualTests {
    let folder: ProgramFolder
    /// All commands as they are called, such as `data check`.
    let commands: [String]

    init() throws {
        folder = try ProgramFolder()
        let listed = try folder.run("list", "commands")
        commands = listed.output.split(separator: "\n").map { line in
            String(line.prefix { $0 != "\n" }.split(separator: "  ").first ?? "").replacing("ablate ", with: "")
        }
    }

    /// Gives a text to a program of this machine.
    private func check(_ text: String, with words: [String]) throws -> (status: Int32, output: String) {
        let file = folder.url.appendingPathComponent("checked")
        try Data(text.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words + [file.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test("every command has help with an example")
    func help() throws {
        #expect(commands.count > 20 && commands.contains("plan") && commands.contains("data check"), "\(commands)")
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            let help = try folder.start(words + ["--help"]).wait()
            #expect(help.status == 0, "\(command): \(help.text)")
            #expect(help.output.contains("EXAMPLE") || help.output.contains("SUBCOMMANDS"), "\(command)")
        }
    }

    @Test("the manual page has every command and option")
    func page() throws {
        let page = try folder.run("list", "commands", "--format", "man").output
        let plain = page.replacing("\\-", with: "-")
        for command in commands { #expect(plain.contains("\n.SS ablate \(command) "), "\(command)") }
        for option in ["--array-parallelism", "--lock", "--figures", "--at-epoch"] {
            #expect(plain.contains("\n.B \(option)"), "\(option)")
        }
        let wrong = try folder.run("list", "keys", "--format", "man")
        #expect(wrong.status == 2 && wrong.errors.contains("ablate list commands --format man"), "\(wrong.text)")
    }

    static let hasFormatter = FileManager.default.isExecutableFile(atPath: "/usr/bin/groff")

    @Test("groff sets the manual page without a warning", .enabled(if: hasFormatter, "groff is not installed"))
    func isSet() throws {
        let page = try folder.run("list", "commands", "--format", "man").output
        let set = try check(page, with: ["groff", "-man", "-Tascii", "-ww"])
        #expect(set.status == 0)
        #expect(!set.output.contains("warning:") && set.output.contains("ablate plan"), "\(set.output.prefix(600))")
    }

    @Test("completions know the commands; bash takes its own")
    func completions() throws {
        for shell in ["bash", "zsh", "fish"] {
            let script = try folder.run("--generate-completion-script", shell)
            #expect(script.status == 0)
            for word in ["report", "submit", "array-parallelism"] {
                #expect(script.output.contains(word), "\(shell): \(word)")
            }
            if shell == "bash" { #expect(try check(script.output, with: ["bash", "-n"]).status == 0) }
        }
    }
}
