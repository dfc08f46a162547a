/// Colours that tell classes apart in pictures.
public enum ClassColor {
    /// Twelve colours that differ in hue or lightness, for neighbouring classes the farthest apart.
    private static let palette: [SIMD3<UInt8>] = [
        [230, 60, 50], [40, 120, 220], [60, 180, 75], [255, 200, 30], [145, 50, 180], [70, 220, 230], [245, 130, 48],
        [240, 80, 220], [170, 220, 60], [128, 70, 20], [0, 110, 110], [250, 170, 170],
    ]

    /// The colour of a class; it repeats after twelve classes.
    public static func color(of classIndex: Int) -> SIMD3<UInt8> {
        palette[((classIndex % palette.count) + palette.count) % palette.count]
    }

    /// Black or white, whichever reads better on a ground.
    public static func text(on ground: SIMD3<UInt8>) -> SIMD3<UInt8> {
        // Luma of ITU-R BT.601, in thousandths.
        let luma = Int(ground[0]) * 299 + Int(ground[1]) * 587 + Int(ground[2]) * 114
        return luma > 140_000 ? [0, 0, 0] : [255, 255, 255]
    }
}
