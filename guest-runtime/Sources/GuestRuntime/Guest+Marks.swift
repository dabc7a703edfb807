// SPDX-License-Identifier: Apache-2.0

import GuestBoot

extension Guest {
  /// Notes that the guest has come to this point, for `pvh run --timeline`, which shows when that was.
  ///
  /// It costs a few instructions, and nobody is told: whoever wants to know reads the guest's memory at its
  /// end. Of more than 64 marks, the first 64 are shown.
  public func mark(_ name: StaticString) {
    // SAFETY: a literal is in the image, and stays.
    unsafe boot_mark(name.utf8Start, UInt64(name.utf8CodeUnitCount))
  }
}

/// The moments that every guest notes; for GuestConcurrency, which has a `run` of its own.
package enum RunMarks {
  package static func noteRunStart() { boot_note_run_start() }
  package static func noteRunEnd() { boot_note_run_end() }
}
