// SPDX-License-Identifier: Apache-2.0

/// An allocation that could not be made, and what there was.
struct OutOfMemory {
  /// Bytes that were asked for.
  let size: Int
  /// The heap at that moment.
  let heap: HeapStatus

  /// Ends the domain as crashed, with the figures.
  func crash() -> Never {
    var report = CrashReport("out of memory: ")
    report.append(decimal: size)
    report.append(" bytes wanted, ")
    report.append(decimal: heap.freeBytes)
    report.append(" free, ")
    report.append(decimal: heap.largestFreeBlock)
    report.append(" in one piece; give the domain more (pvh run --memory)\n")
    report.deliver()
  }
}
