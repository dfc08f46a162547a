import Metrics
import Results

extension Column where Row == CellSummary {
    static var backboneParameters: Column {
        Column(
            "backbone_parameters", title: "backbone (M)", summary: "Parameters of the backbone, in millions.",
            direction: .lowerIsBetter
        ) { row in
            .number(Double(row.cell.backboneParameters), decimals: 2, unit: 1e6)
        }
    }

    static var parameters: Column {
        Column(
            "parameters", title: "parameters (M)", summary: "Parameters of the whole network, in millions.",
            direction: .lowerIsBetter
        ) { row in
            .number(Double(row.cell.parameters), decimals: 2, unit: 1e6)
        }
    }

    static var gflops: Column {
        Column(
            "gflops", title: "GFLOPs",
            summary: "2 × multiply-accumulates of the convolutions at the size trained with, in 10⁹.",
            direction: .lowerIsBetter
        ) { row in
            .number(row.cell.gflops, decimals: 2)
        }
    }

    static var gflops640: Column {
        Column(
            "gflops640", title: "GFLOPs @640",
            summary: "2 × multiply-accumulates of the convolutions at 640 × 640, in 10⁹.", direction: .lowerIsBetter
        ) { row in
            .number(row.cell.gflops640, decimals: 2)
        }
    }

    static var gflopsU: Column {
        Column(
            "gflops_u", title: "GFLOPs(U)", summary: "What Ultralytics 8.3.0 prints at 640 × 640, in 10⁹.",
            direction: .lowerIsBetter
        ) { row in
            .number(row.cell.gflopsU, decimals: 2)
        }
    }

    static var gflopsAll: Column {
        Column(
            "gflops_all", title: "GFLOPs(all)",
            summary: "GFLOPs with attention and linear products, at the size trained with, in 10⁹.",
            direction: .lowerIsBetter, isStandard: false
        ) { row in
            .number(row.cell.gflopsAll, decimals: 2)
        }
    }

    static var time: Column {
        Column(
            "seconds", title: "time", summary: "Mean wall-clock time of a training.", direction: .lowerIsBetter,
            isStandard: false, trials: \.finishedIDs
        ) { row in
            row.mean { $0.seconds }.map { .duration($0) } ?? .empty
        }
    }

    static var memory: Column {
        Column(
            "memory_bytes", title: "memory (MiB)", summary: "Mean of the highest memory of a training.",
            direction: .lowerIsBetter, isStandard: false, trials: \.finishedIDs
        ) { row in
            row.mean { Double($0.peakMemoryBytes) }.map { .number($0, decimals: 0, unit: 1_048_576) } ?? .empty
        }
    }
}
