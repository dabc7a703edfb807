// SPDX-License-Identifier: Apache-2.0

public import Testing

extension Trait where Self == ConditionTrait {
  /// Runs only where guests can be booted: on a control domain, or where a lab is prepared (`pvh lab prepare`).
  ///
  /// Elsewhere the test is skipped, and the reason says what is missing.
  public static var bootsGuests: Self {
    .enabled(
      if: GuestPlace.obstacle == nil,
      "guests cannot be booted here: \(GuestPlace.obstacle ?? "")")
  }
}
