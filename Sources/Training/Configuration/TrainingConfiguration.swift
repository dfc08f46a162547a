public import Datasets
public import Models

/// One training, fully resolved: data, network, recipe and seed; nothing in it is left to a default of somebody else.
///
/// The names of the keys are Ultralytics' (`ConfigurationKey.all` lists them), the property names are spelt out. Paths
/// are absolute once a manifest has been resolved. Threads, jobs and folders are no part of a configuration.
public struct TrainingConfiguration: Hashable, Sendable {
    // MARK: Data

    /// The name of a built-in dataset, or the path of a `data.yaml` or of a data set's folder.
    public var data = "shapes"
    /// Which part of the data is used.
    public var selection = DataSelection()
    /// The side of the square that images are fitted into, in pixels; a multiple of 32.
    public var imageSize = 640

    // MARK: Network

    public var backbone = Backbone.baseline
    public var scale = Scale.n
    /// Where GhostNetV2 has DFC attention (arXiv 2211.12905).
    public var dfc = DFCPlacement.expanded
    /// The indices (0…15) of the blocks that carry DFC attention, ascending.
    public var dfcBlocks = Array(2...15)
    /// The length of DFC's two one-dimensional kernels: one, or four for inputs at strides 4, 8, 16 and 32.
    public var dfcKernel = DFCKernel.standard
    public var dfcPool = DFCPool.avg
    public var dfcUpsample = DFCUpsample.nearest
    public var dfcGate = DFCGate.sigmoid
    /// The multiplier of the Ghost backbone's channels.
    public var width = 1.0
    /// Whether the Ghost backbone keeps its last 1×1 convolution (960 channels at width 1).
    public var hasTail = true
    /// The dropout after each stage of the Ghost backbone.
    public var stageDropout = 0.0

    // MARK: Start

    /// The HDF5 file of weights that the training starts from; empty for none.
    public var weights = ""
    /// Whether every tensor of the network and of `weights` has to be taken over.
    public var isStrict = false
    /// The rows of the network that are not trained, ascending.
    public var freeze: [Int] = []

    // MARK: Schedule and optimizer

    public var epochs = 100
    public var batch = 16
    public var optimizer = Optimizer.sgd
    /// The learning rate at the start.
    public var lr0 = 0.01
    /// The final learning rate as a fraction of `lr0`.
    public var lrf = 0.01
    /// SGD's momentum, Adam's first beta.
    public var momentum = 0.937
    public var weightDecay = 0.0005
    public var warmupEpochs = 3.0
    public var warmupMomentum = 0.8
    public var warmupBiasLR = 0.1
    public var hasCosineSchedule = false
    /// The batch that gradients are accumulated up to, and that `weightDecay` refers to.
    public var nominalBatch = 64

    // MARK: Loss

    public var boxGain = 7.5
    public var clsGain = 0.5
    public var dflGain = 1.5

    // MARK: Augmentation

    public var hsvHue = 0.015
    public var hsvSaturation = 0.7
    public var hsvValue = 0.4
    /// The largest rotation, in degrees.
    public var degrees = 0.0
    /// The largest shift, as a fraction of the side.
    public var translate = 0.1
    /// The largest relative change of size; Ultralytics calls it `scale`, which is the network's scale here.
    public var augmentScale = 0.5
    /// The largest shear, in degrees.
    public var shear = 0.0
    public var perspective = 0.0
    public var flipUpDown = 0.0
    public var flipLeftRight = 0.5
    public var mosaic = 1.0
    public var mixup = 0.0
    /// How many of the last epochs go without mosaic and mixup.
    public var closeMosaic = 10

    // MARK: Validation

    /// Which checkpoint is reported.
    public var select = Selection.last
    /// The lowest score that a detection of the validation has.
    public var confidence = 0.001
    /// The overlap above which non-maximum suppression drops the weaker of two boxes.
    public var iou = 0.7
    public var maxDetections = 300
    /// Whether validation runs batches of images of like shape in rectangles, as Ultralytics does, or all images in
    /// squares of `imageSize`.
    public var validatesInRectangles = true
    /// Validate after every so many epochs; the last is always validated.
    public var validationInterval = 1

    // MARK: Replication

    public var seed = 0

    /// The defaults, which are Ultralytics 8.3.0's but for the optimizer (its `auto` ignores `lr0`) and `select`.
    public init() {}
}

extension TrainingConfiguration {
    /// The part of the network that is compared.
    public enum Backbone: Hashable, Sendable {
        /// YOLO11's own.
        case baseline
        /// GhostNet (arXiv 1911.11907).
        case ghostNetV1
        /// GhostNet with DFC attention (arXiv 2211.12905).
        case ghostNetV2
        /// The whole network is described by a YAML file at this path.
        case file(String)
    }

    /// The compound scale of YOLO11's depth, width and channel limit.
    public enum Scale: String, CaseIterable, Sendable { case n, s, m, l, x }

    /// The rule that turns gradients into steps.
    public enum Optimizer: String, CaseIterable, Sendable {
        case sgd = "SGD"
        case adam = "Adam"
        case adamW = "AdamW"
        case adamax = "Adamax"
        case nAdam = "NAdam"
        case rAdam = "RAdam"
        case rmsProp = "RMSProp"
        /// Ultralytics' choice by the number of iterations; it ignores `lr0` and `momentum`, so a sweep refuses it.
        case auto
    }

    /// Which checkpoint's metrics are the result of the training.
    public enum Selection: String, CaseIterable, Sendable {
        case last
        /// The one with the best fitness on the validation images.
        case best
    }
}
