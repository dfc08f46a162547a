/// What is chosen when a network is built from its description.
public struct ModelOptions: Hashable, Sendable {
    /// A key of the description's `scales`; `nil` leaves it to the file's name.
    public var scale: String?
    /// Number of classes; `nil` takes the description's.
    public var classCount: Int?
    /// In pixels; a multiple of 32 for detectors.
    public var imageHeight: Int
    /// In pixels; a multiple of 32 for detectors.
    public var imageWidth: Int
    /// Wins over what the description's rows set.
    public var backbone: BackboneOptions

    /// 640 px and the description's own choices unless something else is said.
    public init(
        scale: String? = nil, classCount: Int? = nil, imageHeight: Int = 640, imageWidth: Int = 640,
        backbone: BackboneOptions = BackboneOptions()
    ) {
        self.scale = scale
        self.classCount = classCount
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.backbone = backbone
    }
}
