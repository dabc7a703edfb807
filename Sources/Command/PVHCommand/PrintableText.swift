// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text as one line that cannot confuse a terminal or its reader: controls and what reverses
  /// the direction of writing become "?".
  ///
  /// Texts from an image are whatever its author wants.
  var printable: String {
    guard utf8.contains(where: { $0 < 0x20 || $0 > 0x7e }) else { return self }
    var text = ""
    for scalar in unicodeScalars { text.unicodeScalars.append(scalar.isHarmless ? scalar : "?") }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isHarmless: Bool {
    if self == "\t" { return true }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
    default: true
    }
  }
}
