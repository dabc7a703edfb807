// SPDX-License-Identifier: Apache-2.0

/// Does what requests ask.
extension FakeBlkback {
  func perform(_ request: BlkRequest) -> Int16 {
    let start = Int(request.unit) * 512
    let end = start + Int(request.unitCount) * 512
    guard end <= disk.count, !(isReadOnly && (request.operation == 1 || request.operation == 5))
    else {
      return -1
    }
    let status = status(request)
    guard status == 0 else { return status }
    switch request.operation {
    case 3:
      flushes += 1
      return (says["feature-flush-cache"] ?? nil) == "1" ? 0 : -2
    case 5: disk.replaceSubrange(start..<end, with: repeatElement(0, count: end - start))
    default: copy(request, start)
    }
    return 0
  }

  private func copy(_ request: BlkRequest, _ start: Int) {
    disk.withUnsafeMutableBytes {
      guard var ours = $0.baseAddress.map({ $0 + start }) else { return }
      for (segment, page) in zip(request.segments, request.pages) {
        let count = (Int(segment.last) - Int(segment.first) + 1) * 512
        let theirs = page + Int(segment.first) * 512
        if request.operation == 1 {
          ours.copyMemory(from: theirs, byteCount: count)
        } else {
          theirs.copyMemory(from: ours, byteCount: count)
        }
        ours += count
      }
    }
  }
}
