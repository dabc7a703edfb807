// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenDevices

/// Pages for frames in one direction, which the backend may use as long as the connection lasts.
///
/// A page is given once and used again and again. It holds nothing but frames of this interface.
struct NetPages<Machine: DeviceMachine> {
  private let machine: Machine
  private let domain: DomainID
  /// Whether the backend only reads them.
  private let isReadOnly: Bool
  /// The most pages that there may be: 256 at most.
  let limit: Int
  /// All of them.
  private(set) var all: [GivenPage] = []
  private var free: [UInt8] = []
  /// Why there was no page the last time.
  private(set) var error = DevicePageError.noMemory

  init(_ machine: Machine, for domain: DomainID, isReadOnly: Bool, limit: Int) {
    self.machine = machine
    self.domain = domain
    self.isReadOnly = isReadOnly
    self.limit = min(limit, 256)
  }

  /// Sees to it that there are free pages.
  ///
  /// - Returns: Whether there are.
  mutating func prepare(_ count: Int) -> Bool {
    while free.count < count {
      guard all.count < limit else { return false }
      do throws(DevicePageError) {
        all.append(try machine.givePage(to: domain, isReadOnly: isReadOnly))
      } catch {
        self.error = error
        return false
      }
      free.append(UInt8(all.count - 1))
    }
    return true
  }

  /// Takes a free page, by its number.
  mutating func take() -> UInt8 { free.removeLast() }

  /// Gives a page back.
  mutating func putBack(_ number: UInt8) { free.append(number) }

  subscript(number: UInt8) -> GivenPage { all[Int(number)] }

  /// Pages that are in use.
  var inUse: Int { all.count - free.count }
}
