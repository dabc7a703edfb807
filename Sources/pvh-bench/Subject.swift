// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PVHImage

/// What is measured: the command, the hello guest that it built, and a peer.
struct Subject {
  /// The pvh program; its agent lies beside it.
  let pvh: String
  /// The package of the hello guest.
  let hello: String

  /// The image of the bare assembly guest.
  let bare: String
  /// Address of the application's first line.
  let firstLine: UInt64
  /// Address of what runs after the application.
  let end: UInt64
  /// Address of the function that issues hypercalls.
  let hypercall: UInt64

  /// From the command line, in the order of the properties; nil if that is not what it has.
  init?(arguments: [String]) {
    let addresses = arguments.suffix(3).compactMap { UInt64($0.dropFirst(2), radix: 16) }
    guard arguments.count == 6, addresses.count == 3 else { return nil }
    pvh = arguments[0]
    hello = arguments[1]
    bare = arguments[2]
    firstLine = addresses[0]
    end = addresses[1]
    hypercall = addresses[2]
  }

  /// The stripped image.
  var image: String { hello + "/.build/pvh/hello.pvh" }
  /// The agent's program.
  var agent: String { pvh + "-agent" }

  /// The image's sizes.
  func sizes() throws -> [Figure] {
    let image = try PVHImage(contentsOf: image)
    return [
      Figure(name: "hello: file", value: Double(image.fileSize), unit: "bytes", goal: 16384),
      Figure(name: "hello: loaded", value: Double(image.loadedSize), unit: "bytes"),
      Figure(
        name: "hello: memory it needs", value: Double(image.smallestMemory() ?? 0), unit: "KiB"),
    ]
  }

  /// The bytes of a file.
  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
