// SPDX-License-Identifier: Apache-2.0

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
