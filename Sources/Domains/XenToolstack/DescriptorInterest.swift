// SPDX-License-Identifier: Apache-2.0

/// A descriptor that somebody's poll(2) loop is asked to look at.
public struct DescriptorInterest: Equatable, Sendable {
  /// The descriptor.
  public var descriptor: Int32
  /// Whether to wake up when it can be read.
  public var reading: Bool
  /// Whether to wake up when it can be written.
  public var writing: Bool

  /// Asks for a descriptor to be looked at.
  public init(_ descriptor: Int32, reading: Bool = false, writing: Bool = false) {
    self.descriptor = descriptor
    self.reading = reading
    self.writing = writing
  }
}
