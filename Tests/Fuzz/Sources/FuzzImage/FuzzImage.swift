// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage

/// The file that each input is put into; made once, and without a name.
private let file: CInt = {
  guard let stream = tmpfile() else { fatalError("no temporary file can be made: errno \(errno)") }
  return fileno(stream)
}()

/// The processor time of this thread.
private func milliseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Reads one input as an image, and calls everything that computes with what it says.
///
/// libFuzzer calls it by its C name, `LLVMFuzzerTestOneInput`.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard ftruncate(file, 0) == 0, pwrite(file, bytes, count, 0) == count else { return 0 }
  let start = milliseconds()
  defer {
    let spent = milliseconds() - start
    if spent > 50 {
      _ = "slow input: \(count) bytes took \(spent) ms\n".withCString { write(2, $0, strlen($0)) }
    }
  }
  do throws(ImageError) {
    let image = try PVHImage(descriptor: file, name: "input", symbols: true)
    for launcher in Launcher.allCases {
      for item in image.findings(for: launcher, memoryKiB: 4096) {
        precondition(!item.finding.description(file: "input").isEmpty, "a finding says something")
      }
    }
    _ = image.validateBuilt()
    _ = image.manifest
  } catch {
    precondition(!error.description.isEmpty, "an error says something")
  }
  return 0
}
