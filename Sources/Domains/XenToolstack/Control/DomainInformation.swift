// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import XenDomainModel

/// What Xen and xenstore say of a domain.
public struct DomainInformation: Sendable {
  /// Its number and identity.
  public let domain: Domain
  /// Its name in xenstore; empty if it has none.
  public let name: String
  /// What it is doing.
  public let state: DomainState
  /// Its memory in KiB, as much as it has now.
  public let memoryKiB: Int
  /// Memory in KiB that Xen lets it have.
  public let memoryLimitKiB: Int
  /// Virtual processors that are online.
  public let vcpuCount: Int
  /// Processor time that it has had.
  public let cpuNanoseconds: Int

  fileprivate init(_ info: xc_domaininfo_t, named name: [UInt8]?) {
    self.name = String(decoding: name ?? [], as: UTF8.self)
    domain = Domain(id: DomainID(rawValue: UInt32(info.domain)), uuid: DomainUUID(info))
    memoryKiB = Int(clamping: info.tot_pages) * 4
    // Domain 0 has all there is.
    memoryLimitKiB = Int(clamping: min(info.max_pages, UInt64(Int.max / 8))) * 4
    vcpuCount = Int(info.nr_online_vcpus)
    cpuNanoseconds = Int(clamping: info.cpu_time)
    state = DomainState(info)
  }
}

extension DomainState {
  /// What Xen says, in the order in which one hides the other.
  fileprivate init(_ info: xc_domaininfo_t) {
    func has(_ bit: Int32) -> Bool { info.flags & (1 << UInt32(bit)) != 0 }
    let reason = info.flags >> UInt32(XEN_DOMINF_shutdownshift) & UInt32(XEN_DOMINF_shutdownmask)
    self =
      if has(_XEN_DOMINF_dying) {
        .dying
      } else if has(_XEN_DOMINF_shutdown) {
        .shutDown(ShutdownReason(rawValue: Int32(reason)))
      } else if has(_XEN_DOMINF_paused) {
        .paused
      } else if has(_XEN_DOMINF_blocked) {
        .blocked
      } else {
        .running
      }
  }
}

extension ControlDomain {
  /// Domains that one hypercall asks for.
  private static let batch = 64

  /// All domains, by their numbers; the control domain is the first.
  public func domains() throws(ToolstackError) -> [DomainInformation] {
    var domains: [DomainInformation] = []
    var infos = [xc_domaininfo_t](repeating: xc_domaininfo_t(), count: Self.batch)
    var next: UInt32 = 0
    while true {
      let count = xc_domain_getinfolist(control, next, UInt32(Self.batch), &infos)
      guard count >= 0 else { throw ToolstackError(call: "listing Xen's domains") }
      let found = infos.prefix(Int(count))
      let names = try store.ask(found.map { .read("/local/domain/\($0.domain)/name") })
      domains += zip(found, names).map(DomainInformation.init)
      guard count == Self.batch, let last = domains.last else { return domains }
      next = last.domain.id.rawValue + 1
    }
  }

  /// What Xen and xenstore say of one domain.
  public func information(of domain: Domain) throws(ToolstackError) -> DomainInformation {
    var info = xc_domaininfo_t()
    let count = xc_domain_getinfolist(control, domain.id.rawValue, 1, &info)
    guard count >= 0 else { throw ToolstackError(call: "asking Xen about domain \(domain.id)") }
    guard count == 1, UInt32(info.domain) == domain.id.rawValue, DomainUUID(info) == domain.uuid
    else { throw ToolstackError(.noSuchDomain, "domain \(domain.id) is gone") }
    let name = try store.read("/local/domain/\(domain.id)/name")
    return DomainInformation(info, named: name)
  }

  /// Finds a domain by its name or number; the control domain is not for the taking.
  ///
  /// Where there is no such domain, the error proposes names, of which the caller may know more.
  public func domain(called reference: String, otherNames: [String] = [])
    throws(ToolstackError) -> DomainInformation
  {
    let domains = try self.domains()
    let number = UInt32(reference)
    // No name consists of digits alone.
    let found = domains.filter {
      number == nil ? $0.name == reference : $0.domain.id.rawValue == number
    }
    guard let first = found.first else {
      let names = domains.dropFirst().map { $0.name.isEmpty ? "\($0.domain.id)" : $0.name }
      let all = names + otherNames.filter { !names.contains($0) }
      throw ToolstackError(
        .noSuchDomain, NameProposal(reference, among: all).sentence)
    }
    guard first.domain.id.rawValue != 0 else {
      throw ToolstackError(
        .badConfiguration, "domain 0 is the control domain itself: name another one")
    }
    guard found.count == 1 else {
      throw ToolstackError(
        .ambiguousDomain,
        "\(found.count) domains are called \"\(reference)\": say the number, one of "
          + found.map { "\($0.domain.id)" }.joined(separator: ", "))
    }
    return first
  }

  // MARK: - One domain

  /// Asks Xen about one domain.
  ///
  /// - Throws: when Xen does not answer; no domain is ever taken for gone by mistake.
  public func state(of domain: Domain) throws(ToolstackError) -> DomainState {
    var info = xc_domaininfo_t()
    let count = xc_domain_getinfolist(control, domain.id.rawValue, 1, &info)
    guard count >= 0 else {
      throw ToolstackError(call: "asking Xen about domain \(domain.id)")
    }
    // Xen answers with the next domain if this one is gone; and it reuses numbers.
    guard count == 1, UInt32(info.domain) == domain.id.rawValue, DomainUUID(info) == domain.uuid
    else { return .gone }
    return DomainState(info)
  }

  /// Whether a domain is paused and has had no processor time since it was built.
  public func hasNeverRun(_ domain: Domain) throws(ToolstackError) -> Bool {
    let found = try domains().first { $0.domain == domain }
    return found?.state == .paused && found?.cpuNanoseconds == 0
  }

  /// Finds the domain with this identity, whatever number it has.
  ///
  /// The control domain, whose identity is all zeros, is never found: callers destroy what they
  /// find, and libxenlight takes the control domain's nodes out of xenstore before Xen refuses.
  public func domain(with uuid: DomainUUID) throws(ToolstackError) -> Domain? {
    var next: UInt32 = 1
    while true {
      var info = xc_domaininfo_t()
      let count = xc_domain_getinfolist(control, next, 1, &info)
      guard count >= 0 else { throw ToolstackError(call: "listing Xen's domains") }
      guard count == 1 else { return nil }
      let id = DomainID(rawValue: UInt32(info.domain))
      if DomainUUID(info) == uuid { return Domain(id: id, uuid: uuid) }
      next = id.rawValue + 1
    }
  }
}

/// What to say of a name that nothing has: the name that was probably meant, or all there are.
struct NameProposal {
  /// Names that people are shown at most.
  private static let limit = 8

  /// The fact, and what to type instead.
  let sentence: String

  /// Looks for what was meant.
  init(_ name: String, among names: [String]) {
    let start = "no domain is called \"\(name)\"; "
    let near = names.map { (name: $0, distance: Self.distance($0, name)) }
      .filter { $0.distance <= max(1, name.utf8.count / 3) }
      .min { $0.distance < $1.distance }
    if let near {
      sentence = start + "did you mean \"\(near.name)\"?"
    } else if names.isEmpty {
      sentence = start + "there is none but the control domain"
    } else {
      let rest = names.count - Self.limit
      sentence =
        start + "there are " + names.prefix(Self.limit).joined(separator: ", ")
        + (rest > 0 ? " and \(rest) more" : "")
    }
  }

  /// How many letters have to be changed, added or left out (the distance of Levenshtein).
  static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second.utf8)
    var row = Array(0...second.count)
    for (index, letter) in first.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in second.indices {
        let replaced = diagonal + (second[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}

extension DomainUUID {
  /// Takes what Xen keeps for a domain (C name: `xen_domain_handle_t`).
  init(_ info: xc_domaininfo_t) {
    self.init(octets: withUnsafeBytes(of: info.handle) { Array($0) })
  }
}
