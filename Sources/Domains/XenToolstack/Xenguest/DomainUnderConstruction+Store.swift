// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel

extension DomainUnderConstruction {
  /// How often a transaction is tried that others come in between of.
  private static var attemptLimit: Int { 200 }

  /// Writes the domain's nodes in one transaction, and tells xenstored of the domain.
  func introduce() throws(ToolstackError) {
    try register()
    try calls.ask(
      "introduce the domain, its page and its port \(label(storePort))", planned: ()
    ) { () throws(XenstoreFailure) in
      try host.store.introduce(id, frame: DomainLayout.storeFrame, port: storePort)
    }
  }

  private func register() throws(ToolstackError) {
    let registration = DomainRegistration(
      store: host.store, calls: calls, id: id, label: label, name: configuration.name,
      consolePort: label(consolePort),
      announcedVCPUs: layout.acpi.isEmpty ? 0 : configuration.vcpuCount)
    let turn = calls.mode == .live ? CreationLock() : nil
    defer { turn?.end() }
    for _ in 0..<Self.attemptLimit where try registration.attempt(listing: domains) { return }
    throw ToolstackError(
      .other,
      "others changed xenstore during each of \(Self.attemptLimit) attempts to write the nodes of "
        + "domain \(id): try again")
  }

  /// The numbers of all domains.
  private func domains() throws(ToolstackError) -> Set<Int> {
    let portion = 256
    var numbers: Set<Int> = []
    var next: UInt32 = 0
    while true {
      var found = [xc_domaininfo_t](repeating: xc_domaininfo_t(), count: portion)
      let count = try calls.make("list the domains from \(next) on") {
        xc_domain_getinfolist(host.control, next, UInt32(portion), &found)
      }
      for information in found.prefix(Int(count)) { numbers.insert(Int(information.domain)) }
      guard count == portion, let last = found.last else { return numbers }
      next = UInt32(last.domain) + 1
    }
  }
}
