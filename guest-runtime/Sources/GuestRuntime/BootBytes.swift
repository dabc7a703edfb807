// SPDX-License-Identifier: Apache-2.0

/// Bytes that the domain builder put into the guest's memory: a command line, a module.
///
/// They lie in memory that nothing else uses, for as long as the guest runs.
@safe public struct BootBytes: RandomAccessCollection, Sendable {
  nonisolated(unsafe) private let buffer: UnsafeRawBufferPointer

  /// No bytes.
  init() { unsafe buffer = UnsafeRawBufferPointer(start: nil, count: 0) }

  /// `count` bytes at a guest-physical address; nil unless all of them are mapped.
  init?(address: UInt64, count: UInt64) {
    guard MappedMemory.contains(address, count: count) else { return nil }
    // SAFETY: mapped one to one, as just checked.
    unsafe buffer = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: UInt(address)), count: Int(count))
  }

  /// The bytes before the NUL of a string; none if there is no string, or no NUL within 4 KiB.
  init(stringAt address: UInt64) {
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
