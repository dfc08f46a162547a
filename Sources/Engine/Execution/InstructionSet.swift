package import CKernels
import Foundation

/// The instruction sets that the hot loops are compiled for.
public enum InstructionSet: Int32, CaseIterable, Sendable, Comparable {
    case baseline = 0
    case avx2 = 1
    case avx512 = 2

    /// The widest one that this processor has.
    public static var best: InstructionSet { InstructionSet(rawValue: abl_best_level()) ?? .baseline }

    /// The one that executors use: `ABLATE_SIMD` (`baseline`, `avx2`, `avx512`) where the processor has it, else `best`.
    public static let selected: InstructionSet = {
        let wanted = ProcessInfo.processInfo.environment["ABLATE_SIMD"]
        guard let choice = allCases.first(where: { $0.name == wanted }), choice <= best else { return best }
        return choice
    }()

    public var name: String {
        switch self {
        case .baseline: "baseline"
        case .avx2: "avx2"
        case .avx512: "avx512"
        }
    }

    public static func < (a: InstructionSet, b: InstructionSet) -> Bool { a.rawValue < b.rawValue }

    /// The table of C functions; nil when this processor lacks the instruction set.
    package var kernels: Kernels? { abl_kernels_for_level(rawValue).map { Kernels($0.pointee) } }
}

/// The C functions of one instruction set.
package struct Kernels: @unchecked Sendable {
    package let table: abl_kernels

    // The table holds addresses of pure functions and a static string: nothing that two threads could race for.
    init(_ table: abl_kernels) { self.table = table }

    /// Those of `InstructionSet.selected`.
    package static let selected: Kernels = {
        guard let kernels = InstructionSet.selected.kernels else {
            preconditionFailure("the selected instruction set is one that the processor has")
        }
        return kernels
    }()
}

extension Activation {
    /// The C kernels' name of it.
    package var code: abl_activation {
        switch self {
        case .identity: ABL_IDENTITY
        case .relu: ABL_RELU
        case .silu: ABL_SILU
        case .sigmoid: ABL_SIGMOID
        case .hardSigmoid: ABL_HARD_SIGMOID
        }
    }
}

/// How the C kernels were compiled, for the record.
public enum CompiledKernels {
    /// Compiler and its version, with what it was told about arithmetic.
    public static var compiler: String { String(cString: abl_compiler()) }
}
