// SPDX-License-Identifier: Apache-2.0

/// A program header to write; PT_LOAD unless said otherwise.
struct TestSegment: Sendable {
  var type: UInt64 = 1
  var flags: UInt64
  var offset: UInt64
  var address: UInt64
  /// The same as the physical address unless said otherwise.
  var virtualAddress: UInt64?
  var fileSize: UInt64
  var memorySize: UInt64
  var alignment: UInt64 = 0x1000
}
