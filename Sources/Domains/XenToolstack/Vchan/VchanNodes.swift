// SPDX-License-Identifier: Apache-2.0

import XenDomainModel
import XenRings

/// What the server of a vchan says in xenstore.
struct VchanNodes {
  /// Names that people are shown at most.
  private static let limit = 8

  /// Where the two nodes are, from the root.
  let path: String
  /// The grant of the shared page.
  let reference: UInt32
  /// The server's event channel.
  let port: UInt32

  /// Reads the two nodes.
  ///
  /// - Throws: `ToolstackError` if one is missing or is no number; it names the vchans that there are.
  init(at path: String, of domain: Domain, store: XenstoreConnection) throws(ToolstackError) {
    let home = "/local/domain/\(domain.id)"
    let base = path.hasPrefix("/") ? path : "\(home)/\(path)"
    let nodes = ["ring-ref", "event-channel"].map { "\(base)/\($0)" }
    let values = try store.ask(nodes.map { .read($0) })
    guard let reference = values[0], let port = values[1] else {
      let missing = values[0] == nil ? nodes[0] : nodes[1]
      throw ToolstackError(
        .other,
        "domain \(domain.id) offers no vchan at \(path): xenstore has no \(missing); "
          + (try Self.proposal(home, store)))
    }
    self.path = base
    self.reference = try Self.number(reference, nodes[0])
    self.port = try Self.number(port, nodes[1])
  }

  /// Says what is wrong with the shared page, if something is.
  func judging<Result>(
    _ body: () throws(VchanLayoutError) -> Result
  ) throws(ToolstackError) -> Result {
    do throws(VchanLayoutError) {
      return try body()
    } catch {
      let fact =
        switch error {
        case .impossibleSize(let order): "a ring has 2 to the power of \(order) bytes"
        case .overlapping(let left, let right):
          "rings of 2 to the power of \(left) and of \(right) bytes would overlap"
        case .noGrant(let number): "the grant of page \(number) of its rings is 0"
        }
      throw ToolstackError(
        .other, "the page of the vchan at \(path) is none of libxenvchan's: \(fact)")
    }
  }

  /// 0 stands for nothing.
  private static func number(_ value: [UInt8], _ node: String) throws(ToolstackError) -> UInt32 {
    let text = String(decoding: value, as: UTF8.self)
    guard value.allSatisfy({ (48...57).contains($0) }), let number = UInt32(text), number != 0
    else { throw ToolstackError(.other, "\(node) is \"\(text)\" in xenstore, not a number") }
    return number
  }

  private static func proposal(
    _ home: String, _ store: XenstoreConnection
  ) throws(ToolstackError) -> String {
    let names = try store.children(of: "\(home)/data").prefix(256)
    let references = try store.ask(names.map { .read("\(home)/data/\($0)/ring-ref") })
    let found = zip(names, references).filter { $0.1 != nil }.map { "data/\($0.0)" }
    guard !found.isEmpty else { return "there is none in its data directory" }
    let rest = found.count - limit
    return "there is " + found.prefix(limit).joined(separator: ", ")
      + (rest > 0 ? " and \(rest) more" : "")
  }
}
