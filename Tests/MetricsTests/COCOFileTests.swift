import Foundation
import Metrics
import Testing

@Suite struct COCOFileTests {
    private static let valid = """
        {"images": [{"id": 1}, {"id": 2}],
         "categories": [{"id": 1, "name": "one"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 100, "iscrowd": 0}]}
        """

    private func truth(_ text: String) throws -> GroundTruth {
        try GroundTruth(cocoJSON: Array(text.utf8), path: "gt.json")
    }

    private func found(_ text: String) throws -> [Detection] {
        try Detection.read(cocoJSON: Array(text.utf8), path: "dt.json", for: try truth(Self.valid))
    }

    @Test func `A scene survives being written and read`() throws {
        let scene = RandomScene(seed: 5, images: 30, categories: 5, boxes: 6, strays: 20, scoreSteps: 1 << 50)
        let (truth, detections) = scene.make()
        let read = try self.truth(RandomScene.annotationsJSON(truth))
        #expect(read == truth)
        let text = RandomScene.resultsJSON(detections)
        #expect(detections.count > 300)
        #expect(try Detection.read(cocoJSON: Array(text.utf8), path: "dt.json", for: truth) == detections)
    }

    @Test func `Numbers are read as exactly as strtod reads them`() throws {
        var texts = [
            "0", "-0", "1", "0.1", "5e-324", "1.7976931348623157e308", "1e22", "1e23", "9007199254740993",
            "123456789012345678901234567890", "0.000000000000000000000000000012345678901234567",
            "2.2250738585072011e-308",
            "1E+2", "100e-2", "9007199254740992e22", "4.35", "0.30000000000000004", "179769313486231570000e288",
            "999999999999999999", "0.999999999999999999", "1e-400",
        ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            texts.append("\(abs(value))".replacingOccurrences(of: "+", with: ""))
            texts.append("\(Double(Int.random(in: 0..<1_000_000)) / 1_000)")
        }
        let entries = texts.map { "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [\($0), 0, 0, 0], \"score\": 1}" }
        let read = try found("[\(entries.joined(separator: ","))]")
        for (text, detection) in zip(texts, read) {
            #expect(detection.box.x.bitPattern == strtod(text, nil).bitPattern, Comment(rawValue: text))
        }
    }

    @Test func `Strange but valid JSON is read`() throws {
        let read = try truth(
            """
            \u{FEFF}{ "extra" : [ {}, [], "}]\\"", -1.5e3, true, false, null, NaN, -Infinity ],
            "categories":[{"name":"\\u00e9\\ud83d\\ude00\\n\\"é","\\u0069d":3.0}],
            "images":[{"id":-7,"width":1e2}], "annotations":[
            {"id":1,"image_id":-7,"category_id":3,"bbox":[1,2,3,4],"area":12},
            {"id":2,"image_id":-7,"category_id":3,"bbox":[1,2,3,4],"area":12,"iscrowd":true}]}\r\n\t
            """)
        #expect(read.images == [-7])
        #expect(read.categories == [.init(id: 3, name: "é😀\n\"é")])
        #expect(read.boxes.map(\.isCrowd) == [false, true])
        #expect(read.boxes[0].box == BoundingBox(x: 1, y: 2, width: 3, height: 4))
        #expect(try found("[]").isEmpty)
    }

    @Test(arguments: [
        ("", "1:1: expected a value, found the end of the file"),
        ("[]", "1:1: expected the file to be an object, found an array"),
        ("{\"images\": [{\"id\": 1]}", "1:21: expected ',' or '}', found ']'"),
        ("{\n  \"images\" 3}", "2:12: expected ':' after a member's name, found a number"),
        ("{\"images\": [}", "1:13: expected a value, found '}'"),
        ("{\"a\": \"x\ny\"}", "1:9: a string with a line break or another control character"),
        ("{\"a\": \"xy}", "1:7: a string without an end"),
        ("{\"a\": 01}", "1:8: expected ',' or '}', found a number"),
        ("{\"a\": 1.}", "1:7: a number that breaks off"),
        ("{\"\\x\": 1}", "1:3: a string with an unknown escape"),
        ("{\"é\": é}", "1:7: expected a value, found 'é'"),
    ])
    func `Bytes that are not JSON are told with their place`(text: String, expected: String) throws {
        let error = #expect(throws: COCOFileError.self) { try truth(text) }
        let description = try #require(error).description
        #expect(description.contains("gt.json:\(expected)"), Comment(rawValue: description))
    }

    @Test func `All problems of the annotations are told at once`() throws {
        let error = #expect(throws: COCOFileError.self) {
            try truth(
                """
                {"images": [{"id": 1}, {"id": 1}, {"name": "x"}, 5],
                 "categories": [{"id": "one", "name": "one"}, {"id": 2}],
                 "annotations": [
                  {"id": 1, "image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 10]},
                  {"id": 2, "image_id": 1, "category_id": 2, "bbox": [0, 0, 10], "area": 1},
                  {"id": 3, "image_id": 9, "category_id": 1, "bbox": [0, NaN, 10, -10], "area": 1e999},
                  {"id": 4, "image_id": 9, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 1, "iscrowd": 2},
                  {"id": 4, "image_id": 1.5, "category_id": 2, "bbox": [0, 0, 10, 10], "area": 1},
                  {"id": 4, "image_id": 1, "category_id": 2, "bbox": [0, 0, 1, -1], "area": null}]}
                """)
        }
        let problems = try #require(error).description.split(separator: "\n")
        #expect(
            problems == [
                "gt.json:1:24: images[1]: id 1 appears twice",
                "gt.json:1:35: images[2]: missing key \"id\"",
                "gt.json:1:50: expected images[3] to be an object, found a number",
                "gt.json:2:24: categories[0]: expected \"id\" to be a whole number, found a string",
                "gt.json:2:47: categories[1]: missing key \"name\"",
                "gt.json:4:3: annotations[0]: missing key \"area\"",
                "gt.json:5:54: annotations[1]: expected \"bbox\" to have 4 numbers, found 3",
                "gt.json:6:54: annotations[2]: \"bbox\" has a negative side, 10.0×-10.0",
                "gt.json:6:58: annotations[2]: expected \"bbox\" to be 4 numbers, found NaN or infinity",
                "gt.json:6:81: annotations[2]: \"area\" is too large",
                "gt.json:7:3: annotations[3] (id 4): unknown image_id 9",
                "gt.json:7:3: annotations[3] (id 4): unknown category_id 1",
                "gt.json:7:92: annotations[3]: expected \"iscrowd\" to be 0 or 1, found 2",
                "gt.json:8:25: annotations[4]: expected \"image_id\" to be a whole number, found 1.5",
                "gt.json:9:54: annotations[5]: \"bbox\" has a negative side, 1.0×-1.0",
                "gt.json:9:77: annotations[5]: expected \"area\" to be a number, found null",
            ])
    }

    @Test func `A repeated annotation and a missing list are told`() throws {
        let box = "\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 10, 10], \"area\": 1}"
        let twice = #expect(throws: COCOFileError.self) {
            try truth(
                "{\"images\": [{\"id\": 1}], \"categories\": [{\"id\": 1, \"name\": \"\"}],\n\"annotations\": [{\"id\": 3, \(box),\n {\"id\": 3, \(box)]}"
            )
        }
        #expect(twice?.description == "gt.json:3:2: annotations[1]: id 3 appears twice")
        let missing = #expect(throws: COCOFileError.self) { try truth("{\"categories\": [], \"annotations\": []}") }
        #expect(missing?.description == "gt.json:1:1: missing key \"images\"")
    }

    @Test func `Problems of detections are told with their entry`() throws {
        let error = #expect(throws: COCOFileError.self) {
            try found(
                """
                [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": NaN},
                 {"image_id": 3, "category_id": 2, "bbox": [0, 0, 1, 1], "score": 0.5},
                 {"image_id": 1, "category_id": 1, "segmentation": {}, "score": "high"},
                 {"image_id": 1, "category_id": 1, "segmentation": {}, "score": 1}]
                """)
        }
        #expect(
            try #require(error).description.split(separator: "\n") == [
                "dt.json:1:67: detections[0]: expected \"score\" to be a number, found NaN or infinity",
                "dt.json:2:2: detections[1]: unknown image_id 3",
                "dt.json:2:2: detections[1]: unknown category_id 2",
                "dt.json:3:65: detections[2]: expected \"score\" to be a number, found a string",
                "dt.json:4:2: detections[3]: missing key \"bbox\"",
            ])
        let object = #expect(throws: COCOFileError.self) { try found("{\"annotations\": []}") }
        #expect(object?.description == "dt.json:1:1: expected detections to be an array, found an object")
        let more = #expect(throws: COCOFileError.self) { try found("[] 3") }
        #expect(more?.description == "dt.json:1:4: expected the end of the file, found a number")
        let many = #expect(throws: COCOFileError.self) {
            try found("[" + [String](repeating: "{}", count: 100).joined(separator: ",") + "]")
        }
        #expect(many?.problems.count == 20)
        #expect(many?.omitted == 380)
    }

    @Test func `Deeply nested garbage is refused, not crashed on`() throws {
        let error = #expect(throws: COCOFileError.self) {
            try truth("{\"a\": " + String(repeating: "[", count: 100_000))
        }
        #expect(error?.description == "gt.json:1:263: nested deeper than 256 levels")
    }

    @Test func `A missing file is told with the reason`() throws {
        let error = #expect(throws: COCOFileError.self) { try GroundTruth(cocoFile: "/nowhere/gt.json") }
        #expect(error?.description == "/nowhere/gt.json: cannot be read: No such file or directory")
        let folder = #expect(throws: COCOFileError.self) { try GroundTruth(cocoFile: "/") }
        #expect(folder?.description == "/: cannot be read: Is a directory")
    }
}
