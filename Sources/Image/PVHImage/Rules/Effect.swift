// SPDX-License-Identifier: Apache-2.0

/// What turns an image into a running guest.
public enum Launcher: String, CaseIterable, Codable, Sendable {
  /// xl, libvirt and everything else over libxl or libxenguest: a PVH domain.
  case xl
  /// QEMU's `-kernel`, without Xen.
  case qemu
  /// Xen itself, with `dom0=pvh`: the image as control domain.
  case dom0

  /// The words for people.
  public var title: String {
    switch self {
    case .xl: "xl, libxl"
    case .qemu: "QEMU -kernel"
    case .dom0: "Xen, as PVH dom0"
    }
  }
}

/// What happens with an image that breaks a rule, from worst to mildest.
public enum Effect: String, Sendable {
  /// The file cannot be read as an image at all.
  case unreadable
  /// The launcher refuses the image.
  case refused
  /// The launcher accepts it, and the guest then hangs, crashes or runs other bytes than were linked.
  /// Nobody but a checker notices.
  case misbehaves
  /// It may boot, but it is not what this project's linker script makes.
  case notAsLinked = "not-as-linked"
  /// It boots, and something about it deserves attention.
  case warning

  /// Whether the image cannot run as intended.
  public var preventsBooting: Bool { severity == .error }

  /// How bad the effect is.
  public var severity: Severity {
    switch self {
    case .unreadable, .refused, .misbehaves: .error
    case .warning: .warning
    case .notAsLinked: .note
    }
  }
}

/// How bad a finding is, from worst to mildest.
public enum Severity: String, CaseIterable, Codable, Sendable {
  /// The image does not run as intended.
  case error
  /// It may, and something deserves attention.
  case warning
  /// It is not as this project's linker script would have it.
  case note
}
