import Datasets
import Foundation
import Testing

@Suite struct YOLODataTests {
    /// A valid data set of three training and two validation images.
    private func valid(yaml: String = "train: images/train\nval: images/val\nnames: [cat, dog]\n") throws
        -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        try folder.write("data.yaml", yaml)
        for name in ["train/a.jpg", "train/b.png", "train/deeper/c.jpeg", "val/d.jpg", "val/e.jpg"] {
            try folder.writeImage("images/\(name)")
        }
        try folder.write("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n1 0.25 0.75 0.5 0.5\n")
        try folder.write("labels/train/deeper/c.txt", "")
        try folder.write("labels/val/d.txt", "1 0.5 0.5 1 1\n")
        return folder
    }

    @Test func aValidSetOpens() throws {
        let folder = try valid()
        for spec in [folder.url.path, folder.url.path + "/data.yaml"] {
            let data = try Datasets.open(spec: spec, relativeTo: nil)
            #expect(data.classNames == ["cat", "dog"])
            #expect(data.train.classNames == ["cat", "dog"])
            #expect(data.warnings.isEmpty)
            #expect(data.test == nil)
            #expect(
                (0..<3).map { data.train.name(at: $0) }
                    == ["images/train/a.jpg", "images/train/b.png", "images/train/deeper/c.jpeg"])
            #expect(data.val.count == 2)
            #expect(
                data.train.labels(at: 0) == [
                    Label(classIndex: 0, centerX: 0.5, centerY: 0.5, width: 0.2, height: 0.4),
                    Label(classIndex: 1, centerX: 0.25, centerY: 0.75, width: 0.5, height: 0.5),
                ])
            #expect(data.train.labels(at: 1).isEmpty && data.train.labels(at: 2).isEmpty)
            #expect(data.train.size(at: 0) == ImageSize(height: 20, width: 30))
            #expect(try data.train.image(at: 1).size == ImageSize(height: 20, width: 30))
        }
        let relative = try Datasets.open(spec: "data.yaml", relativeTo: folder.url)
        #expect(relative.train.count == 3)
    }

    @Test("Names as list or map, splits as folder, list of folders or list file, and any root")
    func spellings() throws {
        let outer = try TemporaryFolder()
        for name in ["one/images/a.jpg", "two/images/b.jpg", "two/images/c.jpg"] { try outer.writeImage("set/\(name)") }
        for name in ["one/labels/a.txt", "two/labels/b.txt", "two/labels/c.txt"] {
            try outer.write("set/\(name)", "0 .5 .5 .5 .5")
        }
        try outer.write("set/list.txt", "./one/images/a.jpg\n\ntwo/images/c.jpg\n")
        try outer.write(
            "yaml/data.yaml",
            """
            path: ../set  # the root
            train: [one/images, two/images]
            val: list.txt
            test:
            nc: 2
            names:
              1: dog
              0: cat
            download: https://example.com/x.zip
            roboflow: {workspace: w}
            """)
        let data = try Datasets.open(spec: "yaml/data.yaml", relativeTo: outer.url)
        #expect(data.classNames == ["cat", "dog"])
        #expect(
            (0..<3).map { data.train.name(at: $0) } == ["one/images/a.jpg", "two/images/b.jpg", "two/images/c.jpg"])
        #expect((0..<2).map { data.val.name(at: $0) } == ["one/images/a.jpg", "two/images/c.jpg"])
        #expect(data.val.labels(at: 1).count == 1)
        // Nothing but the images that are in both splits is odd.
        #expect(data.warnings.map(\.message) == ["2 images are in both train and val, such as one/images/a.jpg"])
    }

    @Test("Exports that write ../train for a folder beside the file open")
    func beside() throws {
        let folder = try TemporaryFolder()
        try folder.write("data.yaml", "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['x']\n")
        try folder.writeImage("train/images/a.jpg")
        try folder.write("train/labels/a.txt", "0 0.5 0.5 0.5 0.5")
        try folder.writeImage("valid/images/a.jpg")
        try folder.write("valid/labels/a.txt", "0 0.5 0.5 0.5 0.5")
        #expect(try Datasets.open(spec: folder.url.path, relativeTo: nil).train.labels(at: 0).count == 1)
    }

    @Test(
        "A wrong row is an error that names file and line",
        arguments: [
            ("0 0.5 0.5 0.2", "expected 5 fields (class cx cy w h), found 4"),
            ("0 0.5 0.5 0.2 0.2 0.9", "expected 5 fields (class cx cy w h), found 6"),
            (
                "2 0.5 0.5 0.2 0.2",
                "class 2 is out of range: the data set has classes 0 to 1 (classes are counted from 0)"
            ),
            ("-1 0.5 0.5 0.2 0.2", "class -1 is out of range"),
            ("0.5 0.5 0.5 0.2 0.2", "the class '0.5' is not a whole number"),
            ("dog 0.5 0.5 0.2 0.2", "the class 'dog' is not a whole number ('dog' is class 1)"),
            ("0 1.01 0.5 0.2 0.2", "cx 1.01 is above 1"),
            ("0 0.5 321 0.2 0.2", "cy 321 is above 1: coordinates go from 0 to 1 (divide pixels by"),
            ("0 0.5 -0.1 0.2 0.2", "cy -0.1 is negative"),
            ("0 0.5 0.5 abc 0.2", "w 'abc' is not a number"),
            ("0 0.5 0.5 nan 0.2", "w 'nan' is not a number"),
            ("0 0.5 0.5 0.2 0", "the box has no area"),
            ("0 0.1 0.1 0.2 0.1 0.3 0.4 0.5", "an outline needs a class and at least 3 points of two numbers, found 7"),
            ("0 0.1 0.1 0.2 0.1 0.3 0.1", "the outline has no area"),
            ("0 0.1 0.1 0.2 0.1 0.3 1.4", "y 1.4 is above 1"),
        ])
    func wrongRows(row: String, message: String) throws {
        let folder = try valid()
        try folder.write("labels/val/e.txt", "\n\(row)\r\n")
        let problems = problems(opening: folder.url.path)
        try #require(problems.count == 1, "\(problems)")
        let expected = "\(folder.url.path)/labels/val/e.txt:2: \(message)"
        #expect(problems[0].description.hasPrefix(expected), "\(problems[0])")
    }

    @Test("All problems of all files are told at once, up to a limit that is counted")
    func allProblems() throws {
        let folder = try valid()
        try folder.write("labels/train/a.txt", "5 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.4\n0 2 0.5 0.5 0.5\n")
        try folder.write("images/train/b.png", "not an image")
        try folder.write("labels/val/d.txt", String(repeating: "0 0.5\n", count: 100))
        do {
            _ = try Datasets.open(spec: folder.url.path, relativeTo: nil)
            Issue.record("opened")
        } catch let error as DatasetError {
            #expect(error.problems.count == 50)
            #expect(error.omittedCount == 53)
            #expect(error.problems.filter { $0.file?.hasSuffix("labels/train/a.txt") == true }.map(\.line) == [1, 3])
            #expect(error.description.contains("images/train/b.png: neither a JPEG nor a PNG"))
            #expect(error.description.hasSuffix("… and 53 more problems"))
        }
    }

    @Test func outlinesBecomeTheirExtremes() throws {
        let folder = try valid()
        try folder.write("labels/train/a.txt", "1 0.2 0.3 0.6 0.1 0.5 0.9\n0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n")
        let outlined = try Datasets.open(spec: folder.url.path, relativeTo: nil).train.labels(at: 0)
        #expect(outlined.map(\.outline.count) == [3, 4])
        #expect(outlined[0].outline[1] == [0.6, 0.1])
        // Outlines count only where all objects of the split have one.
        try folder.write("labels/train/deeper/c.txt", "0 0.5 0.5 0.5 0.5\n")
        let labels = try Datasets.open(spec: folder.url.path, relativeTo: nil).train.labels(at: 0)
        #expect(labels.map(\.outline.isEmpty) == [true, true])
        #expect(labels[1] == Label(classIndex: 0, centerX: 0.5, centerY: 0.5, width: 0.5, height: 0.5))
        #expect(labels[0].classIndex == 1)
        #expect(abs(labels[0].centerX - 0.4) < 1e-6 && abs(labels[0].width - 0.4) < 1e-6)
        #expect(abs(labels[0].centerY - 0.5) < 1e-6 && abs(labels[0].height - 0.8) < 1e-6)
        try folder.write("labels/train/a.txt", "1 0.2 0.3 0.6 0.1 0.5 0.9\n0 0.5 0.5 0.2 0.2\n")
        let problem = try #require(problems(opening: folder.url.path).first)
        #expect(problem.line == 2)
        #expect(problem.message.contains("a box of 4 numbers in a file whose other rows are outlines"))
    }

    @Test("Files from Windows, with a byte order mark, read like others")
    func windows() throws {
        let folder = try valid()
        try folder.write("labels/train/a.txt", "\u{FEFF}1 0.5\t0.5  0.2 0.4\r\n\r\n0 0.5 0.5 0.2 0.4\r\n")
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(data.train.labels(at: 0).map(\.classIndex) == [1, 0])
    }

    @Test("A folder that links to itself is read once")
    func circle() throws {
        let folder = try valid()
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("images/train/again"),
            withDestinationURL: folder.url.appendingPathComponent("images/train"))
        #expect(try Datasets.open(spec: folder.url.path, relativeTo: nil).train.count == 3)
    }

    @Test func repeatedRowsAreReadOnceAndWarnedOf() throws {
        let folder = try valid()
        try folder.write("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n0 0.50 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4\n")
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        #expect(data.train.labels(at: 0).map(\.classIndex) == [0, 1])
        #expect(data.warnings.map(\.message) == ["'train' repeats 1 label row"])
    }

    @Test(
        "What is wrong with a data.yaml is told with its line",
        arguments: [
            ("train: images/trian\nval: images/val\nnames: [a]", 1, "'train' does not exist: ", "images/train'?"),
            (
                "train: images/train\nvalid: images/val\nnames: [a, b]", 2, "the key 'val' is missing or empty",
                "did you mean 'val'?"
            ),
            ("train: images/train\nval: images/val\nnc: 3\nnames: [a, b]", 3, "'nc' is 3, but 'names' holds 2", nil),
            ("train: images/train\nval: images/val\nnc: many\nnames: [a, b]", 3, "'nc' must be a whole number", nil),
            ("train: images/train\nval: images/val\n", nil, "the class names are missing", nil),
            (
                "train: images/train\nval: images/val\nnmaes: [a, b]", 3, "the class names are missing",
                "did you mean 'names'?"
            ),
            ("train: images/train\nval: images/val\nnames: {0: a, 2: b}", 3, "but none of index 1", "without gaps"),
            (
                "train: images/train\nval: images/val\nnames: {x: a}", 3, "the class index 'x' is not a whole number",
                nil
            ),
            ("train: {a: b}\nval: images/val\nnames: [a, b]", 1, "'train' must be a folder", nil),
            ("train: labels\nval: images/val\nnames: [a, b]", 1, "'train' holds no image", ".jpg"),
            (
                "train: images/train/a.jpg\nval: images/val\nnames: [a, b]", 1,
                "neither a folder of images nor a .txt list", nil
            ),
            ("train: 'images\nval: images/val", nil, "not valid YAML", nil),
            ("- a\n- b", 1, "expected keys and values", nil),
            ("", nil, "the file is empty", nil),
        ] as [(String, Int?, String, String?)])
    func wrongDescriptions(yaml: String, line: Int?, message: String, suggestion: String?) throws {
        let folder = try valid(yaml: yaml)
        let problems = problems(opening: folder.url.path)
        let found = try #require(problems.first { $0.message.contains(message) }, "\(problems)")
        #expect(found.file == folder.url.path + "/data.yaml")
        if let line { #expect(found.line == line) }
        if let suggestion { #expect(found.suggestion?.contains(suggestion) == true, "\(found)") }
    }

    @Test func unknownKeysAreWarnings() throws {
        let folder = try valid(
            yaml: "train: images/train\nval: images/val\nnames: [a, b]\ntset: images/val\nnonsense: 3\ndownload: x\n")
        let warnings = try Datasets.open(spec: folder.url.path, relativeTo: nil).warnings
        #expect(warnings.map(\.line) == [4, 5])
        #expect(warnings.map(\.suggestion) == ["did you mean 'test'?", nil])
    }

    @Test func otherProblemsWithFiles() throws {
        let folder = try valid()
        try folder.writeImage("images/train/tiny.png", height: 9, width: 40)
        try folder.write("images/train/x.webp", "RIFF")
        let texts = problems(opening: folder.url.path).map(\.description)
        #expect(texts.contains { $0.contains("tiny.png: the image is too small: 40×9") })
        #expect(texts.contains { $0.contains("1 file is neither JPEG nor PNG") && $0.contains("x.webp") })

        let unlabelled = try valid()
        try FileManager.default.removeItem(at: unlabelled.url.appendingPathComponent("labels/train"))
        #expect(
            problems(opening: unlabelled.url.path).contains {
                $0.message.contains("no label file for any of its 3 images")
                    && $0.message.contains("labels/train/a.txt")
            })

        let listed = try valid(yaml: "train: list.txt\nval: images/val\nnames: [a, b]")
        try listed.write("list.txt", "images/train/a.jpg\nimages/train/z.jpg\n")
        let problem = try #require(problems(opening: listed.url.path).first)
        #expect(problem.file?.hasSuffix("list.txt") == true && problem.line == 2)
    }

    @Test("A spec that opens nothing is told what was meant")
    func missingSpecs() throws {
        let folder = try valid()
        func text(_ spec: String) -> String {
            problems(opening: spec, relativeTo: folder.url).map(\.description).joined(separator: "\n")
        }
        #expect(text("data.yml").contains("did you mean 'data.yaml'?"))
        #expect(text("shape").contains("there is no data set 'shape' (did you mean 'shapes'?"))
        #expect(text("images").contains("the folder holds no data.yaml"))
        #expect(text("images/train/a.jpg").contains("described by a .yaml file"))
    }

    @Test("The digest follows the content, not the place")
    func digest() throws {
        func digest(_ change: (TemporaryFolder) throws -> Void = { _ in }) throws -> String {
            let folder = try valid()
            try change(folder)
            return try Datasets.open(spec: folder.url.path, relativeTo: nil).digest
        }
        let base = try digest()
        #expect(base.count == 64)
        #expect(try digest() == base)
        #expect(try digest { try $0.write("README.md", "nothing that matters") } == base)
        let changed = try [
            digest { try $0.write("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n") },
            digest { try $0.write("labels/val/e.txt", "") },
            digest { try $0.writeImage("images/val/e.jpg", height: 21) },
            digest { try $0.writeImage("images/val/f.jpg") },
            digest { try $0.write("data.yaml", "train: images/train\nval: images/val\nnames: [cat, cow]\n") },
            digest { try $0.write("data.yaml", "train: images/val\nval: images/train\nnames: [cat, dog]\n") },
        ]
        #expect(Set(changed + [base]).count == changed.count + 1)
    }

    @Test("An image that changes after opening is noticed")
    func changedImage() throws {
        let folder = try valid()
        let data = try Datasets.open(spec: folder.url.path, relativeTo: nil)
        try folder.writeImage("images/val/d.jpg", height: 44, width: 44)
        var options = LoaderOptions(mode: .evaluation, batchSize: 1, imageSize: 32)
        options.threads = 0
        let loader = try DataLoader(data.val, options)
        let error = try #require(throws: DatasetError.self) { try loader.next() }
        #expect(error.description.contains("d.jpg: the image is 44×44 now, but was 30×20"))
    }
}
