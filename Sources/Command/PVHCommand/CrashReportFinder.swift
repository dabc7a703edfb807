// SPDX-License-Identifier: Apache-2.0

/// Looks for the runtime's crash report in a console's output, however it is cut into pieces.
struct CrashReportFinder {
  private(set) var found = false
  private var matched = 0

  private static let mark = Array("*** the guest crashed: ".utf8)

  /// Looks at the next piece.
  mutating func look(at bytes: [UInt8]) {
    for byte in bytes where !found {
      if byte == Self.mark[matched] {
        matched += 1
        found = matched == Self.mark.count
      } else {
        // The mark's only prefix that is also a suffix of a prefix is its run of stars.
        matched = byte == Self.mark[0] ? (matched == 3 ? 3 : 1) : 0
      }
    }
  }
}
