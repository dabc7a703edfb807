// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage

/// A file without a name that goes with this value.
struct ScratchFile: ~Copyable {
  let descriptor: CInt

  init(_ bytes: [UInt8]) {
    var path = Array("/tmp/pvhimage-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    precondition(descriptor >= 0, "a test may write to /tmp")
    unlink(path)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written, off_t(written))
      }
      precondition(count > 0, "there is room for a test file")
      written += count
    }
  }

  deinit { close(descriptor) }

  func extend(to size: Int) {
    precondition(ftruncate(descriptor, off_t(size)) == 0, "a sparse file costs nothing")
  }

  func image(symbols: Bool = false) throws(ImageError) -> PVHImage {
    try PVHImage(descriptor: descriptor, name: "test.pvh", symbols: symbols)
  }
}

/// Reads bytes as an image.
func read(_ bytes: [UInt8], symbols: Bool = false) throws(ImageError) -> PVHImage {
  try ScratchFile(bytes).image(symbols: symbols)
}

extension ELFWriter {
  /// The image that was written, read again.
  func read(symbols: Bool = false) throws(ImageError) -> PVHImage {
    try ScratchFile(write().bytes).image(symbols: symbols)
  }

  /// A changed copy.
  func with(_ change: (inout ELFWriter) -> Void) -> ELFWriter {
    var copy = self
    change(&copy)
    return copy
  }
}
