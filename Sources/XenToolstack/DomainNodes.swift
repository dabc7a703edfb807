// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// What a domain has in xenstore, for its guest, for the daemons, and for `xl`.
///
/// Source: Xen's docs/misc/xenstore-paths.pandoc; the nodes are those of libxenlight that a guest
/// without a device model has a use for.
struct DomainNodes {
  private let domain: Domain
  private let home: String
  private let identity: String
  private let notes: String

  init(of domain: Domain) {
    self.domain = domain
    home = "/local/domain/\(domain.id)"
    identity = "/vm/\(domain.uuid.grouped)"
    notes = "/libxl/\(domain.id)"
  }

  /// Writes everything, before xenstored and xenconsoled are told of the domain.
  func write(
    _ configuration: DomainConfiguration, consolePort: UInt32, consoleFrame: UInt,
    storePort: UInt32, storeFrame: UInt, to store: XenstoreConnection
  ) throws(ToolstackError) {
    try store.transaction { (nodes) throws(ToolstackError) in
      // A domain that had the same number may have left something.
      try nodes.remove(home)
      try nodes.make(home)
      // Everything below inherits this: the guest reads, and writes nothing.
      try nodes.permit(home, owner: DomainID(rawValue: 0), reader: domain.id)
      try nodes.write("\(home)/name", configuration.name)
      try nodes.write("\(home)/vm", identity)
      try nodes.write("\(home)/domid", "\(domain.id)")
      try nodes.write("\(home)/memory/target", "\(configuration.memoryKiB)")
      try nodes.write("\(home)/memory/static-max", "\(configuration.memoryKiB)")
      for vcpu in 0..<configuration.vcpuCount {
        try nodes.write("\(home)/cpu/\(vcpu)/availability", "online")
      }
      try nodes.write("\(home)/store/port", "\(storePort)")
      try nodes.write("\(home)/store/ring-ref", "\(storeFrame)")
      try nodes.write("\(home)/console/type", "xenconsoled")
      try nodes.write("\(home)/console/limit", "1048576")
      try nodes.write("\(home)/console/port", "\(consolePort)")
      try nodes.write("\(home)/console/ring-ref", "\(consoleFrame)")
      try nodes.write("\(home)/console/tty", "")
      try nodes.write("\(home)/control/platform-feature-xs_reset_watches", "1")
      for place in Self.guestsOwn {
        try nodes.make("\(home)/\(place)")
        try nodes.permit("\(home)/\(place)", owner: domain.id)
      }
      try nodes.write("\(identity)/name", configuration.name)
      try nodes.write("\(identity)/uuid", domain.uuid.grouped)
      try nodes.write("\(notes)/type", "pvh")
    }
  }

  /// Takes everything away again.
  func remove(from store: XenstoreConnection) throws(ToolstackError) {
    try store.transaction { (nodes) throws(ToolstackError) in
      for path in [home, identity, notes] { try nodes.remove(path) }
    }
  }

  /// Below the domain's own directory: where the guest writes.
  private static let guestsOwn = [
    "control/shutdown", "control/feature-poweroff", "control/feature-reboot",
    "control/feature-suspend", "control/sysrq", "data", "drivers", "feature", "attr", "error",
  ]
}

extension DomainUUID {
  /// The identity in the groups of digits that people and `/vm` know.
  var grouped: String {
    let digits = hexadecimal.utf8
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.unicodeScalars.append(Unicode.Scalar(digit))
    }
    return text
  }
}
