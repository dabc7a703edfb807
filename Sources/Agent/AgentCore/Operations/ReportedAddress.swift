// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage
import XenDomainModel

/// What a guest says of its address in xenstore, and whether pvh may be connected there.
///
/// A guest may write what it likes: it is not to have pvh connected to services of the control domain, nor to other
/// machines.
enum ReportedAddress: Equatable {
  /// It has said nothing yet.
  case none
  case usable(InternetAddress)
  /// It is not believed, for this reason: a sentence for people.
  case unusable(String)

  /// Where the guest writes it.
  static let place = "attr/vif/0/ipv4/0 in its directory of xenstore"

  /// Judges what a guest wrote; `isOwn` says whether the control domain has an address itself.
  init(
    _ text: String?,
    isOwn: (InternetAddress) throws(Errno) -> Bool = { address throws(Errno) in
      try InternetSocket.isOwn(address)
    }
  ) {
    guard let text, !text.isEmpty else {
      self = .none
      return
    }
    let said = "the guest says that its address is \(Self.quoted(text))"
    let advice = "it should write its own to \(Self.place), as GuestNetwork does"
    guard let address = InternetAddress(text) else {
      self = .unusable("\(said), which is no IPv4 address: \(advice)")
      return
    }
    guard !address.isLoopback, !address.isOfNoMachine else {
      self = .unusable("\(said), which no machine has in a network: \(advice)")
      return
    }
    do throws(Errno) {
      let isOwn = try isOwn(address)
      self =
        isOwn
        ? .unusable("\(said), which is the control domain's: \(advice)") : .usable(address)
    } catch {
      self = .unusable(
        "\(said); whether that is the control domain's cannot be found out: \(error)")
    }
  }

  /// Why pvh is not connected to an address, although the guest says it; nil if the guest's interface has it.
  /// `neighbour` is the hardware address, six bytes, of the machine that has it in the interface's bridge.
  static func obstacle(
    _ address: InternetAddress, at neighbour: [UInt8]?, interface: DomainInterface
  ) -> String? {
    guard neighbour != interface.mac.octets else { return nil }
    return "the guest says that its address is \(address), which "
      + (neighbour == nil
        ? "is not in the network of its bridge, \(interface.bridge)"
        : "another machine in \(interface.bridge) has") + "; its interface is \(interface.mac)"
  }

  /// A guest's text, cut, and without what a terminal would obey.
  private static func quoted(_ text: String) -> String {
    let shown = text.utf8.prefix(40).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    return "\"" + String(decoding: shown, as: UTF8.self) + "\""
  }
}
