import Engine
import HDF5

/// What computes a training's numbers, and what stores them: equal numbers are promised for equal answers here.
public enum NumericalLibraries {
    /// By name, for `env.json`.
    public static var details: [String: String] {
        [
            "kernels": InstructionSet.selected.name,
            "openblas": LinearAlgebraLibrary.configuration,
            "openblas core": LinearAlgebraLibrary.coreName,
            "hdf5": HDF5File.libraryVersion,
            "swift": swiftVersion,
            "c compiler": CompiledKernels.compiler,
            "build": build,
        ]
    }

    private static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    /// Language version of the compiler, as far as conditions can tell.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
