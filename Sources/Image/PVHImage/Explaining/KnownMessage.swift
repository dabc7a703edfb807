// SPDX-License-Identifier: Apache-2.0

/// A message of Xen's tools, of QEMU or of Xen itself, and what is behind it.
public struct KnownMessage: Sendable, Equatable {
  /// Who says it.
  public enum Speaker: String, CaseIterable, Sendable {
    /// The library that builds domains.
    case libxenguest
    /// The library under xl and libvirt.
    case libxl
    /// The command.
    case xl
    /// The library that speaks to Xen.
    case libxencall
    /// QEMU with `-kernel`.
    case qemu = "QEMU"
    /// The hypervisor, in its log (`xl dmesg`).
    case xen = "Xen"
  }

  /// Who says it.
  public let speaker: Speaker
  /// The parts of it that are always the same, in their order.
  public let parts: [String]
  /// What it means: one or more sentences.
  public let meaning: String
  /// What to do: one or more sentences.
  public let remedy: String
  /// What may be wrong with an image that leads to it, the likeliest first.
  public let causes: [Rule]

  init(
    _ speaker: Speaker, _ parts: String..., meaning: String, remedy: String,
    causes: [Rule] = []
  ) {
    self.speaker = speaker
    self.parts = parts
    self.meaning = meaning
    self.remedy = remedy
    self.causes = causes
  }

  /// Whether the line has all of the parts, in their order.
  public func matches(_ line: some StringProtocol) -> Bool {
    var rest = line[...]
    for part in parts {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  /// Whose rules an image breaks that leads to the message.
  public var launcher: Launcher {
    switch speaker {
    case .libxenguest, .libxl, .xl, .libxencall: .xl
    case .qemu: .qemu
    case .xen: causes.contains(.noPVHNote) ? .dom0 : .xl
    }
  }

  /// All that are known; of two that match a line, the first says more.
  public static let all = ofLibxenguest + ofLibelf + ofLibxl + ofQEMU + ofXen
}

/// A line that somebody printed, and what it means.
public struct Explanation: Equatable, Sendable {
  /// The line as it was.
  public let line: String
  /// What is known of it.
  public let message: KnownMessage
  /// Whether the line ends with the text of an error number that belongs to another call.
  public let hasStaleError: Bool

  /// Explains the lines that are known, each message once.
  public static func of(_ text: String) -> [Explanation] {
    var result: [Explanation] = []
    for line in text.split(whereSeparator: \.isNewline) {
      guard let message = KnownMessage.all.first(where: { $0.matches(line) }),
        !result.contains(where: { $0.message == message })
      else { continue }
      result.append(
        Explanation(
          line: String(line), message: message,
          hasStaleError: message.speaker != .xen && message.speaker != .qemu
            && staleErrors.contains { line.hasSuffix($0) }))
    }
    return result
  }

  /// What of the image leads to the message, the likeliest first.
  public func causes(in image: PVHImage) -> [Finding] {
    let findings = image.findings(for: message.launcher).map(\.finding)
    return message.causes.flatMap { rule in findings.filter { $0.rule == rule } }
  }

  /// What libxl prints behind messages of libxenguest, which leaves `errno` as it was.
  private static let staleErrors = [
    "Out of memory", "No such file or directory", "Permission denied", "Invalid argument",
    "Operation not permitted", "Exec format error", "Success", "Cannot allocate memory",
    "Inappropriate ioctl for device",
  ].map { ": \($0)" }
}
