// SPDX-License-Identifier: Apache-2.0

public import RunningLabs
public import XenLab

/// Where domains are: a control domain, near or far, or QEMU without Xen.
public enum Target: Hashable, Sendable, CustomStringConvertible {
  /// This machine if it is a control domain, the lab otherwise.
  case auto
  /// This machine, which is a control domain.
  case local
  /// Real Xen in QEMU: private to a run; for domains that stay, the lab named "default". `xen` is nil
  /// for the version that the environment or the machine chooses.
  case lab(xen: XenRelease? = nil)
  /// A lab that stays up.
  case namedLab(LabName)
  /// A control domain that ssh reaches.
  case ssh(SSHDestination)
  /// QEMU without Xen: a check that an image boots at all.
  case qemu

  /// Reads a target as `--on` takes it: `auto`, `local`, `lab`, `lab:NAME`,
  /// `ssh://[user@]host[:port]` or `qemu`.
  ///
  /// - Throws: `TargetError` that says what is wrong, and what would be right.
  public init(_ text: String) throws(TargetError) {
    switch text {
    case "auto": self = .auto
    case "local": self = .local
    case "lab": self = .lab()
    case "qemu": self = .qemu
    case _ where text.hasPrefix("lab:"):
      do throws(LabNameError) {
        self = .namedLab(try LabName(String(text.dropFirst(4))))
      } catch {
        throw .badLabName(error)
      }
    case _ where text.hasPrefix(SSHDestination.scheme):
      self = .ssh(try SSHDestination(text.dropFirst(SSHDestination.scheme.count)))
    default: throw .unknownTarget(text)
    }
  }

  /// As the command line spells it.
  public var description: String {
    switch self {
    case .auto: "auto"
    case .local: "local"
    case .lab: "lab"
    case .namedLab(let name): "lab:\(name)"
    case .ssh(let destination): destination.description
    case .qemu: "qemu"
    }
  }
}

/// Why a text names no place.
public enum TargetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It begins like none of them.
  case unknownTarget(String)
  /// The name of a lab would not do for a folder.
  case badLabName(LabNameError)
  /// What follows `ssh://` names no machine.
  case badDestination(String, reason: String)

  /// The fact, and what would be right.
  public var description: String {
    switch self {
    case .unknownTarget(let text):
      "unknown target \"\(text)\"; expected auto, local, lab, lab:NAME, "
        + "ssh://[user@]host[:port] or qemu"
    case .badLabName(let error): error.description
    case .badDestination(let text, let reason):
      "\"ssh://\(text)\" names no machine: \(reason); write ssh://[user@]host[:port]"
    }
  }
}
