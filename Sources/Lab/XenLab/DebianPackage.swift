// SPDX-License-Identifier: Apache-2.0

/// One package that APT would install.
struct DebianPackage: Equatable {
  var name: String
  var version: String
  /// Bytes of the package file.
  var size: Int
  /// Name of the file that `apt-get download` makes.
  var file: String

  /// How APT is asked for exactly this one.
  var request: String { "\(name)=\(version)" }

  /// Reads a line of `apt-get install --print-uris`: `'URI' name_version_arch.deb size digest`.
  init?(uriLine: some StringProtocol) {
    guard uriLine.first == "'", let end = uriLine.dropFirst().firstIndex(of: "'") else {
      return nil
    }
    let fields = uriLine[end...].dropFirst().split(separator: " ")
    guard fields.count >= 2, let size = Int(fields[1]) else { return nil }
    let parts = fields[0].split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    name = String(parts[0])
    version = DebianPackage.unescaped(parts[1])
    file = String(fields[0])
    self.size = size
  }

  /// Replaces `%3a` and the like.
  private static func unescaped(_ text: some StringProtocol) -> String {
    let pieces = text.split(separator: "%", omittingEmptySubsequences: false)
    return pieces.dropFirst().reduce(String(pieces[0])) { result, piece in
      guard let code = UInt8(piece.prefix(2), radix: 16), piece.count >= 2 else {
        return result + "%" + piece
      }
      return result + String(UnicodeScalar(code)) + piece.dropFirst(2)
    }
  }

  /// Reads `Package` and `Section` of each paragraph of `apt-cache show`.
  static func sections(paragraphs: String) -> [String: String] {
    var result: [String: String] = [:]
    var name: String?
    for line in paragraphs.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { name = nil }
      if line.hasPrefix("Package: ") { name = String(line.dropFirst(9)) }
      if line.hasPrefix("Section: "), let name { result[name] = String(line.dropFirst(9)) }
    }
    return result
  }
}
