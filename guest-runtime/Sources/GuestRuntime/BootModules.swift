// SPDX-License-Identifier: Apache-2.0

import XenABI

/// One file that the guest was given.
public struct BootModule: Sendable {
  /// The file's content.
  public let bytes: BootBytes
  /// The file's own command line, empty if there is none.
  public let commandLine: BootBytes
}

/// The files that the guest was given, in order: read from the module list each time.
public struct BootModules: RandomAccessCollection, Sendable {
  private let list: BootBytes

  /// The module list of start info; empty if it does not lie in mapped memory.
  init(listAddress: UInt64, count: Int) {
    let size = UInt64(count) * UInt64(MemoryLayout<ModuleListEntry>.size)
    list = BootBytes(address: listAddress, count: size) ?? BootBytes()
  }

  /// 0.
  public var startIndex: Int { 0 }
  /// How many modules there are.
  public var endIndex: Int { list.count / MemoryLayout<ModuleListEntry>.size }

  /// The module at a position.
  ///
  /// - Precondition: the position is within the list.
  public subscript(position: Int) -> BootModule {
    let entry = entry(at: position)
    return BootModule(
      bytes: BootBytes(address: entry.address, count: entry.size) ?? BootBytes(),
      commandLine: BootBytes(stringAt: entry.commandLineAddress))
  }

  /// The list's own entry.
  ///
  /// - Precondition: the position is within the list.
  func entry(at position: Int) -> ModuleListEntry {
    precondition(position >= 0 && position < endIndex, "there is no such module")
    var entry = ModuleListEntry()
    unsafe withUnsafeMutableBytes(of: &entry) { destination in
      unsafe list.withUnsafeBytes { bytes in
        let start = position * destination.count
        unsafe destination.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + destination.count]))
      }
    }
    return entry
  }
}
