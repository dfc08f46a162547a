import COpenBLAS
import Foundation

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

    /// GFLOP/s of a large matrix product on one thread: what this machine's processor gives to arithmetic.
    ///
    /// - Parameter rounds: products of 1024 × 1024 matrices, after one that is not counted; the best counts.
    public static func peakGFLOPs(rounds: Int = 20) -> Double {
        Matrix.useOneThread()
        let size = 1024
        let random = CounterRandom(seed: 0, stream: .benchmark, 2)
        let a = (0..<size * size).map { random.uniform(UInt64($0)) - 0.5 }
        var c = [Float](repeating: 0, count: size * size)
        var best = Double.infinity
        for round in 0...rounds {
            let start = DispatchTime.now().uptimeNanoseconds
            a.withUnsafeBufferPointer { a in
                c.withUnsafeMutableBufferPointer { c in
                    guard let from = a.baseAddress, let to = c.baseAddress else { return }
                    let operand = Matrix.Operand(pointer: from, rowStride: size)
                    Matrix.multiply(
                        rows: size, columns: size, inner: size, operand, operand, beta: 0, into: to, rowStride: size)
                }
            }
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
            if round > 0 { best = min(best, seconds) }
        }
        return 2 * Double(size * size * size) / best * 1e-9
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text.removeLast() }
        return String(text)
    }
}
