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
  /// - Throws: `GuestError` if the settings make no sense, or there is no entropy.
  func beginIPv6(_ stack: NetStack) throws(GuestError) {
    guard stack.layer == nil else { return }
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

  /// Writes the addresses to xenstore whenever they have changed, those for hosts of other links first. Source:
  /// `attr/vif` in `docs/misc/xenstore-paths.pandoc`.
  private func reportAddresses() {
    Task {
      var written: [[UInt8]] = []
      var seen = -1
      while true {
        let old = seen
        let end = await Waiter.wait { self.ipv6?.changes != old || self.isClosed }
        guard end == .ready, !isClosed, let layer = ipv6 else { return }
        seen = layer.changes
        let texts = layer.texts
        // Nobody depends on it.
        for place in 0..<max(texts.count, written.count) {
          let node: GuestText = "attr/vif/\(number)/ipv6/\(place)"
          if place >= texts.count {
            try? await xenstore.remove(node)
          } else if place >= written.count || written[place] != texts[place] {
            try? await xenstore.set(node, to: texts[place])
          }
        }
        written = texts
      }
    }
  }
}

extension IPv6Layer {
  /// The addresses that are used, as texts; those of the link last.
  fileprivate var texts: [[UInt8]] {
    let used = addresses.filter { $0.state == .assigned }
    return (used.filter { !$0.address.isLinkLocal } + used.filter { $0.address.isLinkLocal })
      .map { $0.address.text }
  }

  var hasGlobalAddress: Bool {
    addresses.contains { $0.state == .assigned && !$0.address.isLinkLocal }
  }

  var hasDuplicate: Bool { addresses.contains { $0.state == .duplicate } }
}
