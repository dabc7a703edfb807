// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc

/// A stream in memory, to which a C library writes its messages. C name: `open_memstream`.
final class TextStream {
  let file: UnsafeMutablePointer<FILE>
  // The stream writes to both whenever it is flushed: they must not move.
  private let bytes: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: UnsafeMutablePointer<Int>

  init() throws(ToolstackError) {
    bytes = .allocate(capacity: 1)
    bytes.initialize(to: nil)
    count = .allocate(capacity: 1)
    count.initialize(to: 0)
    guard let file = open_memstream(bytes, count) else {
      let error = ToolstackError(call: "open_memstream")
      bytes.deallocate()
      count.deallocate()
      throw error
    }
    self.file = file
  }

  deinit {
    fclose(file)
    free(bytes.pointee)
    bytes.deallocate()
    count.deallocate()
  }

  /// The lines that were written since they were last taken.
  func takeLines() -> [String] {
    fflush(file)
    let text = String(
      decoding: UnsafeRawBufferPointer(start: bytes.pointee, count: count.pointee), as: UTF8.self)
    rewind(file)
    return text.split(separator: "\n").map(String.init)
  }
}
