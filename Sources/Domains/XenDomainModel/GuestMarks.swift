// SPDX-License-Identifier: Apache-2.0

/// Moments that a guest has noted itself.
public struct GuestMarks: Equatable, Sendable {
  /// One of them.
  public struct Mark: Equatable, Sendable {
    /// "entry", "main", "run", "end of run", or in quotation marks what the program has called it.
    public var name: String
    /// When it was, in microseconds of the control domain's clock since the domain was unpaused.
    public var microseconds: Int

    public init(name: String, microseconds: Int) {
      self.name = name
      self.microseconds = microseconds
    }
  }

  /// In the order in which they came.
  public var marks: [Mark]
  /// How many more marks the program has made than there was room for.
  public var lostCount: Int

  public init(_ marks: [Mark], lostCount: Int = 0) {
    self.marks = marks
    self.lostCount = lostCount
  }
}
