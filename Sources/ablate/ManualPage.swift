import ArgumentParser
import Foundation

/// The manual page of the program, in the macros of `man`, made from what the commands say of themselves.
struct ManualPage {
    /// A command as ArgumentParser describes it.
    struct Command: Decodable {
        struct Argument: Decodable {
            enum Kind: String, Decodable { case positional, option, flag }
            struct Name: Decodable {
                enum Kind: String, Decodable { case long, short, longWithSingleDash }
                var kind: Kind
                var name: String

                var text: String { (kind == .long ? "--" : "-") + name }
            }

            var kind: Kind
            var names: [Name]?
            var valueName: String?
            var abstract: String?
            var defaultValue: String?
            var allValues: [String]?
            var isOptional: Bool
            var isRepeating: Bool
            var shouldDisplay: Bool
        }

        var commandName: String
        var superCommands: [String]?
        var abstract: String?
        var discussion: String?
        var arguments: [Argument]?
        var subcommands: [Command]?
        var shouldDisplay: Bool

        /// The words that call it, such as `ablate data check`.
        var call: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }

        /// It and all below it that help shows, in the order of help.
        var all: [Command] {
            [self] + (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }.flatMap(\.all)
        }
    }

    let root: Command

    /// - Throws: `DecodingError` if the library describes commands in another way than this expects.
    init() throws {
        struct Description: Decodable { var command: Command }
        root = try JSONDecoder().decode(Description.self, from: Data(Ablate._dumpHelp().utf8)).command
    }

    /// The page's source.
    var text: String {
        let summary = Self.escaped(root.abstract ?? "")
        var lines = [
            #".TH ABLATE 1 "" "ablate""#, ".SH NAME", "ablate \\- \(summary)", ".SH SYNOPSIS", ".B ablate",
            ".I command", ".RI [ argument \" ...]\"", ".SH DESCRIPTION",
            "What a manifest can say is printed by", ".BR \"ablate list manifest --format md\" .", ".SH COMMANDS",
        ]
        for command in root.all.dropFirst() {
            lines.append(".SS \(Self.escaped(command.call)) \(Self.escaped(Self.usage(command.arguments ?? [])))")
            lines += Self.paragraphs(command.abstract ?? "") + Self.paragraphs(command.discussion ?? "")
            for argument in command.arguments ?? [] where argument.shouldDisplay { lines += Self.entry(argument) }
        }
        lines += [
            ".SH FILES", ".TP", "results/ablate.sqlite", "Results of all sweeps.", ".TP",
            "results/\\fIsweep\\fR/\\fItrial\\fR-\\fIid\\fR/attempt-\\fIN\\fR",
            "What a training has left.", ".SH ENVIRONMENT", ".TP", ".B ABLATE_CACHE",
            "Folder in which built-in data sets are kept once they are rendered.", ".TP", ".B ABLATE_SIMD",
            "Forces one set of kernels: baseline, avx2 or avx512.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func usage(_ arguments: [Command.Argument]) -> String {
        let shown = arguments.filter(\.shouldDisplay)
        let positional = shown.filter { $0.kind == .positional }.map { argument in
            let word = "<\(argument.valueName ?? "value")>" + (argument.isRepeating ? " ..." : "")
            return argument.isOptional ? "[\(word)]" : word
        }
        return (positional + (shown.contains { $0.kind != .positional } ? ["[options]"] : [])).joined(separator: " ")
    }

    private static func entry(_ argument: Command.Argument) -> [String] {
        let value = argument.kind == .flag ? "" : "<\(argument.valueName ?? "value")>"
        let names = (argument.names ?? []).map(\.text).joined(separator: ", ")
        var text = argument.abstract ?? ""
        if let values = argument.allValues, !values.isEmpty, argument.kind != .flag {
            text += " One of \(values.joined(separator: ", "))."
        }
        if let value = argument.defaultValue, argument.kind != .flag { text += " Default: \(value)." }
        let tag = [names, value].filter { !$0.isEmpty }.joined(separator: " ")
        return [".TP", ".B \(escaped(tag))"] + text.split(separator: "\n").map { line(String($0)) }
    }

    /// Text with its blank lines as new paragraphs and its indented lines as they are.
    private static func paragraphs(_ text: String) -> [String] {
        var lines = text.isEmpty ? [] : [".PP"]
        var isVerbatim = false
        for source in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = source.hasPrefix("  ")
            if isIndented != isVerbatim, !source.isEmpty {
                lines.append(isIndented ? ".nf" : ".fi")
                isVerbatim = isIndented
            }
            lines.append(source.isEmpty ? ".PP" : line(String(source)))
        }
        return isVerbatim ? lines + [".fi"] : lines
    }

    /// A line of text that starts no macro.
    private static func line(_ text: String) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
            .unicodeScalars.map { $0.isASCII ? String($0) : "\\[u\(hexadecimal($0))]" }.joined()
    }

    /// At least four digits, as troff names characters.
    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
