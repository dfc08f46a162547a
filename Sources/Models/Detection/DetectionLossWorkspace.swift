/// Scratch memory of a detection loss: made once for the largest batch, so that a steady training step allocates nothing.
///
/// One workspace serves one evaluation at a time.
public final class DetectionLossWorkspace: @unchecked Sendable {
    // Unchecked: images own disjoint stretches of every array, and the phases that touch all of them run alone.

    /// Sums of one image.
    struct Partial {
        var items = DetectionLoss.Items.zero
        var targetSum = 0.0
    }

    /// A target in pixels and what the assigner learns about it.
    struct Truth {
        var corners: SIMD4<Float>
        var angle: Float
        var classIndex: Int
        /// Zero rows and boxes left of and above the image count as padding.
        var isValid: Bool
        /// Largest metric and largest overlap among the anchors given to it.
        var bestMetric: Float = 0
        var bestOverlap: Float = 0
    }

    /// An anchor given to a target.
    struct Assignment {
        var anchor: Int
        var truth: Int
        var metric: Float
        var overlap: Float
        /// Target t of the anchor's class score.
        var weight: Float = 0
    }

    /// An anchor proposed by a target.
    struct Proposal {
        var metric: Float
        var overlap: Float
        var anchor: Int
    }

    /// What is known about an anchor of an image while it is assigned.
    struct Anchor {
        /// Predicted corners in pixels and atan(w/h), once decoded.
        var corners: SIMD4<Float> = .zero
        var angle: Float = 0
        var isDecoded = false
        /// Targets that propose it: 0, 1 or 2 for more than one.
        var claims: UInt8 = 0
    }

    private(set) var imageCount = 0
    private(set) var anchorCount = 0
    private var imageCapacity = 0
    private var pairCapacity = 0
    private var targetCapacity = 0
    private var proposalCapacity = 0

    var normaliser: Float = 1

    /// One an image.
    private(set) var partial = UnsafeMutablePointer<Partial>.allocate(capacity: 1)
    private(set) var assignmentCount = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    /// First target of each image and, after the last, their number.
    private(set) var truthStart = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    /// `topK` an image.
    private(set) var proposals = UnsafeMutablePointer<Proposal>.allocate(capacity: 1)
    /// One for each anchor of each image.
    private(set) var anchors = UnsafeMutablePointer<Anchor>.allocate(capacity: 1)
    private(set) var assignments = UnsafeMutablePointer<Assignment>.allocate(capacity: 1)
    /// One a target, image by image.
    private(set) var truths = UnsafeMutablePointer<Truth>.allocate(capacity: 1)

    /// A workspace for batches up to this size; a larger batch makes it grow.
    public init(images: Int, anchors: Int, targets: Int = 0, topK: Int = 10) {
        reserve(images: images, anchors: anchors, targets: targets, topK: topK)
    }

    deinit {
        partial.deallocate()
        assignmentCount.deallocate()
        truthStart.deallocate()
        proposals.deallocate()
        anchors.deallocate()
        assignments.deallocate()
        truths.deallocate()
    }

    /// Makes room for a batch; what was in the workspace is lost.
    func reserve(images: Int, anchors anchorCount: Int, targets: Int, topK: Int) {
        self.imageCount = images
        self.anchorCount = anchorCount
        if images > imageCapacity {
            imageCapacity = images
            Self.replace(&partial, images)
            Self.replace(&assignmentCount, images)
            Self.replace(&truthStart, images + 1)
        }
        if images * topK > proposalCapacity {
            proposalCapacity = images * topK
            Self.replace(&proposals, proposalCapacity)
        }
        if images * anchorCount > pairCapacity {
            pairCapacity = images * anchorCount
            Self.replace(&anchors, pairCapacity)
            Self.replace(&assignments, pairCapacity)
        }
        if targets > targetCapacity {
            targetCapacity = max(targets, 2 * targetCapacity)
            Self.replace(&truths, targetCapacity)
        }
    }

    private static func replace<T>(_ pointer: inout UnsafeMutablePointer<T>, _ capacity: Int) {
        pointer.deallocate()
        pointer = .allocate(capacity: capacity)
    }

    /// Lays the targets out image by image, inside an image in their given order.
    func sort(_ targets: [DetectionTarget], classCount: Int, imageHeight: Int, imageWidth: Int) {
        for image in 0...imageCount { truthStart[image] = 0 }
        for target in targets {
            precondition((0..<imageCount).contains(target.image), "a target's image lies outside the batch")
            precondition((0..<classCount).contains(target.classIndex), "a target's class lies outside the head's")
            truthStart[target.image] += 1
        }
        // Counts become ends; filling from the last target on turns ends into starts and keeps the order.
        for image in 0..<imageCount where image > 0 { truthStart[image] += truthStart[image - 1] }
        truthStart[imageCount] = targets.count
        for target in targets.reversed() {
            truthStart[target.image] -= 1
            let corners = target.corners(imageWidth: imageWidth, imageHeight: imageHeight)
            let isValid = corners.x + corners.y + corners.z + corners.w > 0
            (truths + truthStart[target.image]).initialize(
                to: Truth(
                    corners: corners, angle: CompleteIoU.angle(corners), classIndex: target.classIndex,
                    isValid: isValid))
        }
    }
}
