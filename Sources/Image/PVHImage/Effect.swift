// SPDX-License-Identifier: Apache-2.0

/// What happens with an image that has a finding, from worst to mildest.
public enum Effect: String, Sendable {
  /// The file cannot be read as an image at all.
  case unreadable
  /// The domain builder (libxenguest) refuses to build a domain from it.
  case refused
  /// The domain builder accepts it, and the guest then hangs, crashes or runs other bytes than
  /// were linked. Nobody but a checker notices.
  case misbehaves
  /// It may boot, but it is not what this project's linker script makes.
  case notAsLinked = "not-as-linked"
  /// It boots, and something about it deserves attention.
  case warning

  /// Whether a domain made from the image cannot run as intended.
  public var preventsBooting: Bool {
    switch self {
    case .unreadable, .refused, .misbehaves: true
    case .notAsLinked, .warning: false
    }
  }
}
