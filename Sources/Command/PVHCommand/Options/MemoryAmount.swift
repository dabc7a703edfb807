// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// An amount of memory in whole pages.
struct MemoryAmount: Equatable, CustomStringConvertible {
  let kibibytes: Int

  /// KiB in a page, of which a domain has a whole number.
  private static let pageSize = 4

  /// The same in MiB, rounded up.
  var mebibytes: Int { (kibibytes + 1023) / 1024 }

  /// The amount with its unit.
  var description: String {
    isWholeMebibytes ? "\(kibibytes / 1024) MiB" : "\(kibibytes) KiB"
  }

  /// Whether libxl, which counts a PVH domain's memory in MiB, can give it.
  var isWholeMebibytes: Bool { kibibytes % 1024 == 0 }

  init(kibibytes: Int) { self.kibibytes = kibibytes }

  init(mebibytes: Int) { kibibytes = mebibytes * 1024 }

  /// Reads "16", which is MiB, "512K", "16M" or "1GiB".
  init(_ text: String) throws(MemoryAmountError) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else { throw .noWholeNumber }
    let factor: Int
    switch text.dropFirst(digits.count).uppercased() {
    case "", "M", "MIB": factor = 1 << 10
    case "G", "GIB": factor = 1 << 20
    case "K", "KIB": factor = 1
    case let rest where rest.hasPrefix("."): throw .noWholeNumber
    case let rest: throw .unknownUnit(rest)
    }
    let (amount, isTooLarge) = (Int(digits) ?? .max).multipliedReportingOverflow(by: factor)
    guard !isTooLarge, amount <= DomainRules.memoryLimitKiB else { throw .tooMuch }
    guard amount > 0 else { throw .nothing }
    guard amount % Self.pageSize == 0 else { throw .brokenPage }
    kibibytes = amount
  }
}

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
