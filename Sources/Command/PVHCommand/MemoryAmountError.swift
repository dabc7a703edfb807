// SPDX-License-Identifier: Apache-2.0

/// Why a text is no amount of memory that a domain can have.
enum MemoryAmountError: Error, CustomStringConvertible {
  case noWholeNumber
  case unknownUnit(String)
  case nothing
  case tooMuch
  case brokenPage

  /// The rule that is broken, and what would keep it.
  var description: String {
    switch self {
    case .noWholeNumber: "give a whole number of MiB, or one with a unit: 256K, 2M, 1G"
    case .unknownUnit(let unit): "unknown unit \"\(unit)\"; use K, M or G (or KiB, MiB, GiB)"
    case .nothing: "memory must be greater than zero"
    case .tooMuch: "a domain has at most 16 TiB (16384G)"
    case .brokenPage: "memory must be a multiple of 4 KiB"
    }
  }
}
