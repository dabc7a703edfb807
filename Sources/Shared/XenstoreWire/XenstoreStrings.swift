// SPDX-License-Identifier: Apache-2.0

/// The NUL-ended strings that payloads are made of.
public enum XenstoreStrings {
  /// A payload of these strings, each with its NUL.
  public static func joined(_ strings: [[UInt8]]) -> [UInt8] {
    var payload: [UInt8] = []
    for string in strings {
      payload.append(contentsOf: string)
      payload.append(0)
    }
    return payload
  }

  /// The strings of a payload; one that lacks its NUL counts as well.
  public static func split(_ payload: some Sequence<UInt8>) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    var string: [UInt8] = []
    var isOpen = false
    for byte in payload {
      isOpen = byte != 0
      if isOpen {
        string.append(byte)
      } else {
        strings.append(string)
        string = []
      }
    }
    if isOpen { strings.append(string) }
    return strings
  }
}
