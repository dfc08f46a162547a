import COpenBLAS

/// Single-threaded GEMM on row-major matrices, by OpenBLAS. The engine's own lanes give the parallelism.
enum Matrix {
    struct Operand {
        let pointer: UnsafePointer<Float>
        /// Floats from one row to the next.
        let rowStride: Int
        var isTransposed = false
    }

    /// `c = alpha · a · b + beta · c` with c of rows × columns; `inner` is the length of the sums.
    @inline(__always)
    static func multiply(
        rows: Int, columns: Int, inner: Int, alpha: Float = 1, _ a: Operand, _ b: Operand, beta: Float,
        into c: UnsafeMutablePointer<Float>, rowStride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
            Int32(truncatingIfNeeded: rows), Int32(truncatingIfNeeded: columns), Int32(truncatingIfNeeded: inner),
            alpha, a.pointer, Int32(truncatingIfNeeded: a.rowStride), b.pointer,
            Int32(truncatingIfNeeded: b.rowStride), beta, c, Int32(truncatingIfNeeded: rowStride))
    }

    /// Keeps OpenBLAS from starting threads of its own; called once by each executor.
    static func useOneThread() { openblas_set_num_threads(1) }
}

/// Which OpenBLAS is linked and which of its kernels it chose, for the record.
public enum LinearAlgebraLibrary {
    public static var configuration: String {
        let config = openblas_get_config().map { String(cString: $0) } ?? "unknown"
        return config.trimmingSuffix(" ")
    }

    public static var coreName: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text.removeLast() }
        return String(text)
    }
}
