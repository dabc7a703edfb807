// SPDX-License-Identifier: Apache-2.0

/// The records of a zone, by their names.
public struct Zone {
  struct Node {
    let key: DomainName
    var records: [DNSRecord] = []
  }

  /// What a zone has for a name. Source: RFC 1034, 4.3.2, and RFC 4592.
  enum Finding {
    /// The records of the name itself, or of a wildcard for it; none for a name between others.
    case records([DNSRecord])
    /// The name is another zone's: where that begins, and its name servers.
    case delegation(DomainName, [DNSRecord])
    case noName
  }

  let origin: DomainName
  let soa: DNSRecord
  /// Ordered by their keys. Names between a record's and the origin are there, too.
  private var nodes: [Node] = []

  /// How many records there are.
  public var recordCount: Int { nodes.reduce(0) { $0 + $1.records.count } }

  /// A zone from the text of a master file.
  public init(_ text: [UInt8]) throws(ZoneFailure) {
    var file = MasterFile(text)
    guard let first = try file.next(), first.record.kind == DNSRecord.Kind.soa else {
      throw file.failure(.noSOA)
    }
    (origin, soa) = (first.owner.key, first.record)
    add(first.record, origin)
    while let (owner, record) = try file.next() {
      let key = owner.key
      guard key.isWithin(origin) else { throw file.failure(.outsideZone) }
      guard record.kind != DNSRecord.Kind.soa else { throw file.failure(.noSOA) }
      add(record, key)
      let place = position(of: key)
      let records = nodes[place].records
      guard records.count == 1 || !records.contains(where: { $0.kind == DNSRecord.Kind.cname })
      else { throw file.failure(.aliasWithOthers) }
    }
  }

  func finding(_ name: DomainName, _ kind: UInt16) -> Finding {
    // From the name up: what is nearest to the origin counts for delegations.
    var cut: Node?
    var ancestor = name
    while ancestor != origin {
      if let node = node(ancestor), node.records.contains(where: { $0.kind == DNSRecord.Kind.ns }),
        !(ancestor == name && kind == DNSRecord.Kind.ds)
      {
        cut = node
      }
      ancestor = ancestor.parent
    }
    if let cut {
      return .delegation(cut.key, cut.records.filter { $0.kind == DNSRecord.Kind.ns })
    }
    if let node = node(name) { return .records(node.records) }
    ancestor = name.parent
    while node(ancestor) == nil { ancestor = ancestor.parent }
    return node(ancestor.wildcard).map { .records($0.records) } ?? .noName
  }

  /// Addresses of a name, though it be below a delegation.
  func addresses(of name: DomainName) -> [DNSRecord] {
    (node(name.key)?.records ?? []).filter {
      $0.kind == DNSRecord.Kind.a || $0.kind == DNSRecord.Kind.aaaa
    }
  }

  // MARK: Nodes

  private func node(_ key: DomainName) -> Node? {
    let place = position(of: key)
    return place < nodes.count && nodes[place].key == key ? nodes[place] : nil
  }

  private mutating func add(_ record: DNSRecord, _ key: DomainName) {
    var ancestor = key
    while true {
      let place = position(of: ancestor)
      if place == nodes.count || nodes[place].key != ancestor {
        nodes.insert(Node(key: ancestor), at: place)
      }
      if ancestor == origin { break }
      ancestor = ancestor.parent
    }
    let place = position(of: key)
    if !nodes[place].records.contains(record) { nodes[place].records.append(record) }
  }

  private func position(of key: DomainName) -> Int {
    var (low, high) = (0, nodes.count)
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle].key.bytes.lexicographicallyPrecedes(key.bytes) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
