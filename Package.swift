// swift-tools-version: 6.2
import PackageDescription

/// Language features of every Swift target: imports are internal and existentials are spelt out.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Swift module under `Sources/`, together with its tests under `Tests/`.
func module(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil,
    forTests: [Target.Dependency] = [], hasGoldenData: Bool = true
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings),
        .testTarget(
            name: name + "Tests",
            dependencies: dependencies + forTests + [.byName(name: name)],
            resources: hasGoldenData ? [.copy("Golden")] : [],
            swiftSettings: swiftSettings),
    ]
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// Network files that become part of the binary.
let networks = ["yolo11", "yolo11-ghostnetv1", "yolo11-ghostnetv2", "ghostnetv1-cls", "ghostnetv2-cls"]

// The arrows of the architecture: a module imports only what stands in its own list (checked by `make lint`).
var targets: [Target] = [
    // C libraries and kernels, each wrapped by exactly one Swift module.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(
        name: "CKernels",
        cSettings: [
            .unsafeFlags([
                "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-Wall", "-Wextra",
            ])
        ]),
    .target(name: "CTomlPlusPlus"),
    // For tests alone.
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(name: "Mutations", path: "Tests/Mutations", swiftSettings: swiftSettings),
]
targets += module("Digests", [], hasGoldenData: false)
targets += module("Engine", ["CKernels", "COpenBLAS"])
targets += module(
    "Models", ["Engine", yams], resources: networks.map { .embedInCode("Configurations/\($0).yaml") },
    forTests: ["Mutations"])
targets += module("Datasets", ["Digests", "Metrics", "CTurboJPEG", "CPNG", yams], forTests: ["Mutations"])
targets += module("Metrics", [])
targets += module("HDF5", ["Digests", "CHDF5"], forTests: ["Mutations"])
targets += module("Results", ["Digests", "HDF5", "Metrics", grdb], forTests: ["Mutations"])
targets += module(
    "Training", ["Digests", "Engine", "Models", "Datasets", "Metrics", "HDF5"], forTests: ["CAllocationCounter"])
targets += module(
    "Experiments", ["Training", "Models", "Datasets", "Digests", "Metrics", "Results", "CTomlPlusPlus"])
targets += module(
    "Reports", ["Results", "Metrics"],
    resources: [.embedInCode("HTML/page.css"), .embedInCode("HTML/page.js")], forTests: ["Datasets", "HDF5"])
targets += [
    .executableTarget(
        name: "ablate",
        dependencies: [
            "Experiments", "Reports", "Results", "Training", "Models", "Datasets", "Metrics", "Engine", "HDF5",
            argumentParser,
        ],
        swiftSettings: swiftSettings),
    .testTarget(
        name: "CommandLineTests", dependencies: ["HDF5"], resources: [.copy("Golden")], swiftSettings: swiftSettings),
]

let package = Package(
    name: "ablate",
    products: [.executable(name: "ablate", targets: ["ablate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    ],
    targets: targets,
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)
