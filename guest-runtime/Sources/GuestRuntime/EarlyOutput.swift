// SPDX-License-Identifier: Apache-2.0

import CGuestSupport

/// Xen's debug port: works from the first instruction, and ends up in Xen's own log
/// (with `guest_loglvl=all`). One exit to Xen per byte, so for last words only.
enum EarlyOutput {
  /// Prints bytes; Xen shows a line when its newline comes.
  static func write(_ bytes: UnsafeRawBufferPointer) {
    unsafe bytes.forEach { guest_write_port(0xe9, $0) }
  }
}
