// SPDX-License-Identifier: Apache-2.0

import GuestBoot
import XenABI

/// Start info, checked, before any heap exists.
///
/// The header is copied. The command line, the modules and their list stay where the domain builder
/// put them, after the image: the heap leaves them out.
struct BootInformation: Sendable {
  let header: StartInfo
  let commandLine: BootBytes
  let modules: BootModules

  /// Reads what the boot code found in EBX; a guest that cannot, ends as crashed.
  static func read() -> BootInformation {
    let address = UInt64(boot_start_info)
    guard let fixed = BootBytes(address: address, count: UInt64(StartInfo.version0Size)) else {
      Lifecycle.crash("start info is not in mapped memory: EBX was wrong at the entry point")
    }
    var header = StartInfo()
    unsafe withUnsafeMutableBytes(of: &header) { unsafe fixed.copy(to: $0) }
    guard header.magic == StartInfo.expectedMagic else {
      Lifecycle.crash("start info has no magic: this guest was not started through its PVH entry")
    }
    if header.version >= 1, let whole = BootBytes(address: address, count: 56) {
      unsafe withUnsafeMutableBytes(of: &header) { unsafe whole.copy(to: $0) }
    }
    return BootInformation(
      header: header,
      commandLine: BootBytes(stringAt: header.commandLineAddress),
      modules: BootModules(
        listAddress: header.moduleListAddress, count: Int(header.moduleCount)))
  }
}

/// Bytes that the domain builder put into the guest's memory: a command line, a module.
///
/// Nothing else uses that memory for as long as the guest runs.
@safe public struct BootBytes: RandomAccessCollection, Sendable {
  nonisolated(unsafe) private let buffer: UnsafeRawBufferPointer

  init() { unsafe buffer = UnsafeRawBufferPointer(start: nil, count: 0) }

  /// `count` bytes at a guest-physical address; nil unless all of them are mapped.
  package init?(address: UInt64, count: UInt64) {
    guard MappedMemory.contains(address, count: count) else { return nil }
    // SAFETY: mapped one to one, as just checked.
    unsafe buffer = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: UInt(address)), count: Int(count))
  }

  /// The bytes of a NUL-terminated string; empty if the address is not mapped, or there is no NUL within
  /// 4 KiB.
  package init(stringAt address: UInt64) {
    for count in 0..<UInt64(4096) {
      guard let bytes = BootBytes(address: address, count: count + 1) else { break }
      if bytes[Int(count)] == 0 {
        self = unsafe BootBytes(UnsafeRawBufferPointer(rebasing: bytes.buffer.dropLast()))
        return
      }
    }
    self.init()
  }

  private init(_ buffer: UnsafeRawBufferPointer) { unsafe self.buffer = buffer }

  /// 0.
  public var startIndex: Int { 0 }
  /// How many bytes there are.
  public var endIndex: Int { unsafe buffer.count }

  /// The byte at an offset.
  ///
  /// - Precondition: the offset is within the bytes.
  public subscript(offset: Int) -> UInt8 {
    unsafe precondition(offset >= 0 && offset < buffer.count, "offset is out of range")
    return unsafe buffer[offset]
  }

  /// Lends the bytes to a closure.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result { unsafe body(buffer) }

  /// Copies the bytes to the start of `destination`.
  ///
  /// - Precondition: there is room for them.
  func copy(to destination: UnsafeMutableRawBufferPointer) {
    unsafe destination.copyMemory(from: buffer)
  }
}

extension BootBytes {
  /// Whether the bytes are those of `text`, so that a command line can be looked at with `switch`.
  public static func ~= (text: StaticString, bytes: BootBytes) -> Bool { bytes == text }

  /// Whether the bytes are those of `text`.
  public static func == (bytes: BootBytes, text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    // SAFETY: within the literal's own length.
    return bytes.indices.allSatisfy { unsafe bytes[$0] == text.utf8Start[$0] }
  }
}

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

  /// The entry as it is in the list.
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
