import Experiments
import Results
import Synchronization
import Testing

@Suite("Checks that nobody else makes")
struct PlanCheckTests {
    private let head = "schema = 1\nname = \"a\"\n"

    @Test("images in train and val are a footnote, once for each dataset")
    func sharedImages() throws {
        let text = head + "[matrix]\nbackbone = [\"v1\", \"v2\"]\n"
        #expect(try plan(text).stored.notes == [])
        let notes = try plan(text, data: StubData(sharedImages: 7)).stored.notes
        #expect(notes.count == 1)
        #expect(
            notes.first?.hasPrefix("data shapes: 7 of 100 validation images are among the training images too") == true)
        let all = try plan(text, data: StubData(sharedImages: 100)).stored.notes
        #expect(all.first?.contains("all 100 validation images are") == true)
    }

    @Test("a network that has no DFC attention where it should is an error")
    func emptyAttention() {
        let text = head + "[matrix]\nbackbone = [\"v1\", \"v2\"]\n"
        let found = complaints(text, networks: StubNetworks(attentionParameters: 0))
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.hasPrefix("sweeps/test.toml:4:19: cell \"v2\" should have DFC attention") == true, "\(found)")
    }

    @Test(
        "arms that differ in more than their axes are a footnote",
        arguments: [
            "epochs = 10", "mosaic = 0.5", "select = \"best\"", "data = \"/data/other.yaml\"", "lr0 = 0.5",
        ])
    func unequalPairs(_ setting: String) throws {
        let text =
            head + "[matrix]\nbackbone = [\"v1\", \"v2\"]\n[seeds]\nvalues = [0, 1]\n[compare]\n"
            + "baseline = { backbone = \"v1\" }\n"
        let data = StubData(digests: ["shapes": "d1", "/data/other.yaml": "d2", "/data/copy.yaml": "d1"])
        #expect(try plan(text, data: data).stored.notes == [])
        let odd = try plan(text + "[[override]]\nwhere = { backbone = \"v2\" }\nset = { \(setting) }\n", data: data)
        let key = setting.split(separator: " ")[0]
        #expect(odd.stored.notes.count == 1)
        #expect(odd.stored.notes.first?.hasPrefix("\"v2 vs v1\" compares more than its axes: \(key) is") == true)
    }

    @Test("one dataset under two paths is one dataset")
    func copiedData() throws {
        let text =
            head + "[base]\ndata = \"/data/a.yaml\"\n[matrix]\nbackbone = [\"v1\", \"v2\"]\n[seeds]\nvalues = [0, 1]\n"
            + "[compare]\nbaseline = { backbone = \"v1\" }\n[[override]]\nwhere = { backbone = \"v2\" }\n"
            + "set = { data = \"/data/b.yaml\" }\n"
        let data = StubData(digests: ["/data/a.yaml": "d", "/data/b.yaml": "d"])
        #expect(try plan(text, data: data).stored.notes == [])
    }

    private let pair =
        "schema = 1\nname = \"a\"\n[base]\nweights = \"/weights/a.h5\"\n[matrix]\nbackbone = [\"v1\", \"v2\"]\n"
        + "[seeds]\nvalues = [0, 1]\n[compare]\nbaseline = { backbone = \"v1\" }\n"

    @Test("arms that start from different weights are a footnote; equal weights under two paths are not")
    func unequalWeights() throws {
        let other = pair + "[[override]]\nwhere = { backbone = \"v2\" }\nset = { weights = \"/weights/b.h5\" }\n"
        #expect(try plan(pair).stored.notes == [])
        let notes = try plan(other).stored.notes
        #expect(notes == ["\"v2 vs v1\" compares more than its axes: weights is b in v2 and a in v1"])
        let copies = StubNetworks(weights: ["/weights/a.h5": "same", "/weights/b.h5": "same"])
        #expect(try plan(other, networks: copies).stored.notes == [])
    }

    @Test("weights that fill one network and only a part of another are a footnote")
    func unequalStarts() throws {
        let notes = try plan(pair, networks: StubNetworks(shares: ["v1": 0.998, "v2": 0.62])).stored.notes
        #expect(
            notes == [
                "\"v2 vs v1\" compares networks that start unequally: the weights fill 62 % of the parameters of v2 and "
                    + "100 % of those of v1"
            ])
        #expect(try plan(pair, networks: StubNetworks(shares: ["v1": 0.999, "v2": 0.995])).stored.notes == [])
    }

    @Test("cells whose weights are equal under two paths would train the same")
    func copiedWeights() {
        let text = head + "[matrix]\nweights = [\"/weights/a.h5\", \"/weights/b.h5\"]\n"
        #expect(complaints(text) == [])
        let copies = StubNetworks(weights: ["/weights/a.h5": "same", "/weights/b.h5": "same"])
        let found = complaints(text, networks: copies)
        #expect(found.count == 1)
        #expect(found.first?.contains("would train the same as") == true, "\(found)")
    }

    @Test("images in train and val count only where they are trained on")
    func sharedImagesOfASelection() throws {
        // Position by position, the first seven of a thousand training images.
        let data = StubData(sharedImages: 7)
        let text = head + "[base]\nfraction = 0.005\n"
        #expect(
            try plan(text, data: data).stored.notes.first?.hasPrefix(
                "data shapes: 5 of 100 validation images are among the training images too") == true)
    }

    @Test("a word that the manifest overrides for some cells is a footnote")
    func shadowedWords() throws {
        let text =
            head + "[matrix]\nscale = [\"n\", \"x\"]\n[[override]]\nwhere = { scale = \"x\" }\nset = { epochs = 5 }\n"
        #expect(try plan(text).stored.notes == [])
        let notes = try plan(text, words: ["epochs=2"]).stored.notes
        #expect(notes == ["epochs=2 of the command line changes [base] only: 1 cell has a value of the manifest's"])
    }

    @Test("500 cells ask for each network and size once")
    func work() throws {
        final class Counter: Sendable {
            let count = Mutex(0)
        }
        let counter = Counter()
        let rates = (1...20).map { "0.0\($0 < 10 ? "0" : "")\($0)" }.joined(separator: ", ")
        let text =
            head + "[matrix]\nbackbone = [\"baseline\", \"v1\", \"v2\"]\nscale = [\"n\", \"s\", \"m\", \"l\", \"x\"]\n"
            + "lr0 = [\(rates)]\n[[when]]\nif = { backbone = \"v2\" }\n"
            + "matrix = { dfc = [\"expanded\", \"output\", \"both\"] }\n"
        let networks = StubNetworks(asked: { counter.count.withLock { $0 += 1 } })
        #expect(try plan(text, networks: networks).cells.count == 500)
        #expect(counter.count.withLock { $0 } == 25)
    }
}
