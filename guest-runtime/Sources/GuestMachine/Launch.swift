// SPDX-License-Identifier: Apache-2.0

import GuestBoot
public import GuestRuntime
public import XenABI

/// What the launcher left in memory, as it is. Works without Xen.
public struct Launch {
  /// Where start info is: EBX at the entry.
  public let address: UInt64
  /// Start info, with zeros after what its version has; nil if it lies outside of memory.
  public let header: StartInfo?

  /// Looks at it.
  public init() {
    address = UInt64(boot_start_info)
    guard let fixed = Launch.bytes(address, UInt64(StartInfo.version0Size)) else {
      header = nil
      return
    }
    var header = StartInfo()
    Launch.copy(fixed, to: &header)
    if header.version >= 1,
      let whole = Launch.bytes(address, UInt64(MemoryLayout<StartInfo>.size))
    {
      Launch.copy(whole, to: &header)
    }
    self.header = header
  }

  /// Tells the runtime that there is no Xen: a guest that goes on without one calls it first.
  public static func withoutXen() { unsafe XenPages.areAbsent = true }

  /// The guest's image, with its stacks and page tables.
  public static var image: Range<UInt64> {
    UInt64(boot_image_start())..<UInt64(boot_image_end())
  }

  /// Bytes of memory; nil unless all of them can be read.
  public static func bytes(_ address: UInt64, _ count: UInt64) -> BootBytes? {
    BootBytes(address: address, count: count)
  }

  /// The bytes up to a NUL; empty if there is none within 4 KiB.
  public static func string(_ address: UInt64) -> BootBytes { BootBytes(stringAt: address) }

  /// A structure of Xen's that lies in memory.
  public static func load<Value: BitwiseCopyable>(_ address: UInt64, into value: inout Value)
    -> Bool
  {
    guard let bytes = bytes(address, UInt64(MemoryLayout<Value>.size)) else { return false }
    copy(bytes, to: &value)
    return true
  }

  private static func copy<Value: BitwiseCopyable>(_ bytes: BootBytes, to value: inout Value) {
    unsafe withUnsafeMutableBytes(of: &value) { destination in
      for position in bytes.indices where position < destination.count {
        unsafe destination[position] = bytes[position]
      }
    }
  }
}
