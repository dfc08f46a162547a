import CKernels

/// A block of memory for feature maps, which several inference executors may share as long as one at a time is at work.
///
/// What an executor leaves in the block (inputs, outputs, folded weights) is gone once another one has run.
public final class FeatureMemory {
    public let byteCount: Int
    let base: UnsafeMutablePointer<Float>
    /// The executor that ran last, whose folded weights the block holds.
    var tenant: ObjectIdentifier?

    /// A block that holds the plans of up to `byteCount` bytes.
    public init(byteCount: Int) {
        self.byteCount = max(byteCount, 1)
        base = UnsafeMutablePointer<Float>(OpaquePointer(abl_allocate_pages(self.byteCount)))
    }

    deinit { abl_free_pages(base, byteCount) }
}
