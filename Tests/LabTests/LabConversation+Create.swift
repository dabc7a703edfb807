// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation

/// Domains made with `xl`, for what a run request cannot say. They stay when their guest has ended,
/// so that its notes in xenstore can be read.
extension LabConversation {
  /// Creates the lab's first domain from an image and lines of a domain configuration.
  func create(_ image: String, _ lines: [String]) throws {
    try copy(image)
    let configuration =
      lines + [
        "name='guest'", "type='pvh'", "kernel='/tmp/image'", "vcpus=1",
        "on_poweroff='preserve'", "on_crash='preserve'",
      ]
    _ = try execute(
      "sh", "-c",
      """
      echo "\(configuration.joined(separator: "\n"))" > /tmp/guest.cfg
      xl create -q /tmp/guest.cfg
      """)
  }

  /// Puts a file into dom0, as `/tmp/image`.
  func copy(_ image: String) throws {
    let content = try Data(contentsOf: URL(filePath: image)).base64EncodedString()
    // In pieces: a message to the agent has 64 KiB at most.
    for piece in content.pieces(of: 48 << 10) {
      _ = try execute("sh", "-c", "echo '\(piece)' >> /tmp/image.base64")
    }
    _ = try execute("sh", "-c", "base64 -d /tmp/image.base64 > /tmp/image")
  }

  /// Waits for the guest's end; returns its exit status, empty if it left none.
  func exitStatusOfCreated() throws -> String {
    for _ in 0..<300 where try noteOfCreated("exit-status").isEmpty {
      _ = try execute("sleep", "0.2")
    }
    return try noteOfCreated("exit-status")
  }

  /// What the guest left under its `data` node, empty if there is nothing.
  func noteOfCreated(_ name: String) throws -> String {
    try execute("xenstore-read", "/local/domain/1/data/\(name)")
  }
}

extension String {
  /// The string cut up.
  fileprivate func pieces(of size: Int) -> [Substring] {
    var pieces: [Substring] = []
    var rest = self[...]
    while !rest.isEmpty {
      pieces.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return pieces
  }
}
