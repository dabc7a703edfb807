// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

/// The contents of disks, part by part: back to pvh when a run is over, or on to the supervisor.
struct DiskParts {
  /// Bytes of one part.
  private static let portion = 256 << 10

  /// Those of which something is left to be sent.
  private var disks: [(index: Int, content: ImageFile)]
  private var offset = 0

  init(of disks: [CarriedDisk], in image: DomainImage) {
    self.disks = disks.compactMap { disk in
      image.disks[disk.index].map { (disk.index, $0) }
    }
  }

  var isEmpty: Bool { disks.isEmpty }

  /// The next bytes; holes are left out. Nil when all has been sent.
  mutating func next() throws(ToolstackError) -> DiskPart? {
    while let disk = disks.first {
      if let part = try disk.content.nextPart(from: offset, limit: Self.portion) {
        offset = part.offset + part.bytes.count
        return DiskPart(disk: disk.index, offset: part.offset, bytes: part.bytes)
      }
      disks.removeFirst()
      offset = 0
    }
    return nil
  }
}
