// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenDevices

/// Pages for the data of requests, which the backend may use as long as the connection lasts.
///
/// A page is given once and used again and again, the last one first, so that a backend which keeps pages
/// mapped finds them mapped. It holds nothing but what was read from this disk, or written to it.
struct BlockPool<Machine: DeviceMachine> {
  private let machine: Machine
  private let domain: DomainID
  /// The most pages that there may be.
  let limit: Int
  private var pages: [GivenPage] = []
  private var free: [UInt16] = []
  /// Why there was no page the last time.
  private(set) var error: DevicePageError?

  init(_ machine: Machine, for domain: DomainID, limit: Int) {
    self.machine = machine
    self.domain = domain
    self.limit = limit
  }

  /// Sees to it that there are free pages.
  ///
  /// - Returns: How many there are, `count` at most.
  mutating func prepare(_ count: Int) -> Int {
    while free.count < count, pages.count < limit {
      do throws(DevicePageError) {
        pages.append(try machine.givePage(to: domain))
      } catch {
        self.error = error
        break
      }
      free.append(UInt16(pages.count - 1))
    }
    return min(count, free.count)
  }

  /// Takes a free page, by its number.
  mutating func take() -> UInt16 { free.removeLast() }

  /// Gives a page back.
  mutating func putBack(_ number: UInt16) { free.append(number) }

  subscript(number: UInt16) -> GivenPage { pages[Int(number)] }

  /// All of them.
  var all: [GivenPage] { pages }
}
