import Foundation

/// Complete IoU of two boxes given by their corners x1, y1, x2, y2 (arXiv 1911.08287).
///
/// CIoU = IoU − ρ²/C² − αv: ρ² is the squared distance of the centres, C² the squared diagonal of the smallest box
/// around both, v the squared difference of the angles atan(w/h) times 4/π², α = v/(v − IoU + 1 + ε) a constant for
/// the gradient. ε = 1e-7 is added to heights, areas and C². float32 throughout.
package enum CompleteIoU {
    static let epsilon: Float = 1e-7
    private static let angleFactor = Float(4 / (Double.pi * Double.pi))

    /// atan(w/h) of a box, which callers that compare it with many others compute once.
    @inline(__always)
    static func angle(_ box: SIMD4<Float>) -> Float {
        atan((box.z - box.x) / (box.w - box.y + epsilon))
    }

    /// CIoU of two boxes whose angles are known.
    @inline(__always)
    static func value(_ a: SIMD4<Float>, angle angleA: Float, _ b: SIMD4<Float>, angle angleB: Float) -> Float {
        let w1 = a.z - a.x
        let h1 = a.w - a.y + epsilon
        let w2 = b.z - b.x
        let h2 = b.w - b.y + epsilon
        let overlap = SIMD2(min(a.z, b.z) - max(a.x, b.x), min(a.w, b.w) - max(a.y, b.y))
        let intersection = max(overlap.x, 0) * max(overlap.y, 0)
        let iou = intersection / (w1 * h1 + w2 * h2 - intersection + epsilon)
        let cw = max(a.z, b.z) - min(a.x, b.x)
        let ch = max(a.w, b.w) - min(a.y, b.y)
        let diagonal = cw * cw + ch * ch + epsilon
        let dx = b.x + b.z - a.x - a.z
        let dy = b.y + b.w - a.y - a.w
        let distance = (dx * dx + dy * dy) / 4
        let difference = angleB - angleA
        let v = angleFactor * (difference * difference)
        let alpha = v / (v - iou + (1 + epsilon))
        return iou - (distance / diagonal + v * alpha)
    }

    /// CIoU of two boxes.
    package static func value(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> Float {
        value(a, angle: angle(a), b, angle: angle(b))
    }

    /// CIoU of `box` with `target`, and its gradient with respect to the four corners of `box`.
    ///
    /// A smaller or larger of two equal numbers passes half of its gradient to each.
    package static func valueAndGradient(
        _ box: SIMD4<Float>, target: SIMD4<Float>
    ) -> (value: Float, gradient: SIMD4<Float>) {
        let w1 = box.z - box.x
        let h1 = box.w - box.y + epsilon
        let w2 = target.z - target.x
        let h2 = target.w - target.y + epsilon
        let overlap = SIMD2(
            min(box.z, target.z) - max(box.x, target.x), min(box.w, target.w) - max(box.y, target.y))
        let width = max(overlap.x, 0)
        let height = max(overlap.y, 0)
        let intersection = width * height
        let union = w1 * h1 + w2 * h2 - intersection + epsilon
        let iou = intersection / union
        let cw = max(box.z, target.z) - min(box.x, target.x)
        let ch = max(box.w, target.w) - min(box.y, target.y)
        let diagonal = cw * cw + ch * ch + epsilon
        let dx = target.x + target.z - box.x - box.z
        let dy = target.y + target.w - box.y - box.w
        let distance = (dx * dx + dy * dy) / 4
        let difference = atan(w2 / h2) - atan(w1 / h1)
        let v = angleFactor * (difference * difference)
        let alpha = v / (v - iou + (1 + epsilon))

        // Share of each corner in the overlap and in the box around both: 1, ½ or 0.
        let insideLow = SIMD2(share(box.x, above: target.x), share(box.y, above: target.y))
        let insideHigh = SIMD2(share(target.z, above: box.z), share(target.w, above: box.w))
        let open = SIMD2<Float>(overlap.x <= 0 ? 0 : height, overlap.y <= 0 ? 0 : width)
        let intersectionGradient = SIMD4(lowHalf: -insideLow * open, highHalf: insideHigh * open)
        let areaGradient = SIMD4(-h1, -w1, h1, w1)
        // d(I/U) = dI/U − I·(dA − dI)/U².
        let iouGradient = (intersectionGradient - (areaGradient - intersectionGradient) * iou) / union

        let enclosing = SIMD4(
            lowHalf: (insideLow - 1) * SIMD2(cw, ch) * 2, highHalf: (1 - insideHigh) * SIMD2(cw, ch) * 2)
        let centre = SIMD4(-dx, -dy, -dx, -dy) / 2
        let distanceGradient = (centre - enclosing * (distance / diagonal)) / diagonal

        // dv = −2·(4/π²)·difference·d atan(w/h), d atan(w/h) = (h·dw − w·dh)/(w² + h²).
        let turn = 2 * angleFactor * difference * alpha / (w1 * w1 + h1 * h1)
        let angleGradient = SIMD4(-h1, w1, h1, -w1) * turn
        return (iou - (distance / diagonal + v * alpha), iouGradient - distanceGradient + angleGradient)
    }

    /// 1 if `a` is larger than `b`, ½ if both are equal, else 0.
    @inline(__always)
    private static func share(_ a: Float, above b: Float) -> Float {
        a > b ? 1 : a == b ? 0.5 : 0
    }
}
