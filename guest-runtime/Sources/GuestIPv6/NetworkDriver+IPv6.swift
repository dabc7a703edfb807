// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
import GuestNetwork
import GuestRuntime
import NetIPv6
import NetStack
import NetWire
import XenFrontends
import _Concurrency

extension NetworkDriver {
  /// IPv6 of the interface, if it has begun.
  var ipv6: IPv6Layer? {
    // There is no other class for a layer.
    stack?.layer.map { unsafe unsafeDowncast($0, to: IPv6Layer.self) }
  }

  /// Begins with IPv6, unless that was done.
  ///
  /// - Throws: `GuestError` if the settings make no sense, packets are too small, or there is no entropy.
  func beginIPv6(_ stack: NetStack) throws(GuestError) {
    guard stack.layer == nil else { return }
    guard stack.link.mtu >= IPv6Header.leastMTU else {
      throw GuestError(
        "network interface \(number): IPv6 wants packets of \(IPv6Header.leastMTU) bytes, and they have \(stack.link.mtu)"
      )
    }
    let key: GuestText = number == 0 ? "ip6=" : "ip6-\(number)="
    let word = commandLine?.split(separator: 0x20).first { $0.starts(with: key.bytes) }
    let text = word.map { Array($0.dropFirst(key.bytes.count)) }
    let settings: IPv6Settings
    do throws(IPv6Settings.Mistake) {
      settings =
        try text.map { text throws(IPv6Settings.Mistake) in try IPv6Settings(text) }
        ?? .automatic
    } catch {
      throw GuestError(
        "the command line says \(key)\(text ?? []): \"\(error.part)\" is wrong; say ip6=2001:db8::2/64,gw=fe80::1,dns=2001:db8::1, or ip6=auto"
      )
    }
    let now = SystemTime.now
    let layer = IPv6Layer(stack.link, settings, secret: try Self.newSecret(), now: now)
    stack.add(layer, now: now)
    reportAddresses()
  }

  /// Writes the addresses to xenstore whenever they have changed. Nobody depends on it.
  private func reportAddresses() {
    let report = AddressReport(self)
    Task {
      while await Waiter.wait(for: { report.isDue }) == .ready, !isClosed {
        while let (node, text) = report.next() {
          if let text {
            try? await xenstore.set(node, to: text)
          } else {
            try? await xenstore.remove(node)
          }
        }
      }
    }
  }
}

/// What xenstore has of the addresses, and what it is to have: those for hosts of other links, then that of the link.
/// Source: `attr/vif` in `docs/misc/xenstore-paths.pandoc`.
private final class AddressReport: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  private let driver: NetworkDriver
  private var written: [IPv6Address] = []
  private var seen = -1

  init(_ driver: NetworkDriver) { self.driver = driver }

  /// Whether there may be something to write, or nothing ever again.
  var isDue: Bool { driver.isClosed || driver.ipv6?.changes != seen }

  /// The next node, and what it is to have; nil as its value if it is to go, nil if all is written.
  func next() -> (GuestText, [UInt8]?)? {
    guard let layer = driver.ipv6 else { return nil }
    var used = layer.globalAddresses
    if let near = layer.linkAddress { used.append(near) }
    if written.count > used.count {
      written.removeLast()
      return (node(written.count), nil)
    }
    for (place, address) in used.enumerated() {
      if place == written.count {
        written.append(address)
      } else if written[place] != address {
        written[place] = address
      } else {
        continue
      }
      return (node(place), address.text)
    }
    seen = layer.changes
    return nil
  }

  private func node(_ place: Int) -> GuestText { "attr/vif/\(driver.number)/ipv6/\(place)" }
}
