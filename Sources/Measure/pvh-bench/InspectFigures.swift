// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HostSystem
import SystemPackage

/// How long it takes to look at an image, whole process, next to readelf in the same run.
enum InspectFigures {
  private static let runs = 40
  private static let size = 10 << 20

  static func measure(_ products: Products) throws -> [Figure] {
    // hello with so much behind it that reading all of it would show.
    let image = products.checkout + "/.build/bench/10MiB.pvh"
    let hello = try Products.bytes(products.example("hello"))
    let rest = [UInt8](repeating: 0xa5, count: size - hello.count)
    try Data(hello + rest).write(to: URL(fileURLWithPath: image))
    let readelf = try ProgramPath.locate("readelf", package: "binutils")
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<runs {
      ours.append(try seconds { try run(FilePath(products.pvh), ["inspect", image]) })
      theirs.append(try seconds { try run(readelf, ["-lnW", image]) })
    }
    return [
      Figure(
        name: "pvh inspect, 10 MiB image", value: ours.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "readelf -lnW, the same image", value: theirs.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "pvh inspect / readelf", value: ours.median / theirs.median, unit: "×",
        goal: .atMost(1), runs: runs),
    ]
  }

  private static func run(_ program: FilePath, _ arguments: [String]) throws {
    var child = try ChildProcess(program, arguments, descriptors: .init())
    let status = child.wait()
    guard status == 0 else {
      throw BenchError.guestFailed("\(program) \(arguments) exited with \(status)")
    }
  }
}
