import Engine
public import Models

extension Network {
    /// Everything that decides what the network computes and how it is initialised, as text: names of files, rows and
    /// modules are no part of it.
    public var signature: String { graph.signature }
}
