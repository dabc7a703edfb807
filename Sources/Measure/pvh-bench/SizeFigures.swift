// SPDX-License-Identifier: Apache-2.0

import PVHImage

/// What guests weigh.
enum SizeFigures {
  /// The examples whose files must not exceed so many KiB.
  private static let limits = [("hello", 16.0), ("tasks", 96), ("clock", 128)]

  static func measure(_ products: Products) throws -> [Figure] {
    var figures: [Figure] = []
    for (name, limit) in limits {
      let image = try PVHImage(contentsOf: products.example(name))
      figures.append(
        Figure(
          name: "\(name): file", value: Double(image.fileSize), unit: "bytes",
          goal: .atMost(limit * 1024)))
    }
    let hello = try PVHImage(contentsOf: products.example("hello"))
    figures += [
      Figure(name: "hello: loaded", value: Double(hello.loadedSize), unit: "bytes"),
      Figure(
        name: "hello: memory it needs", value: Double(hello.smallestMemory() ?? 0), unit: "KiB"),
    ]
    return figures
  }
}
