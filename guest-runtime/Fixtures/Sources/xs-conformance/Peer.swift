// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// The second party: a script in the control domain that does what the guest writes to `data/pvh/ask`,
/// and says how it went in `data/pvh/answer`.
///
/// Each request begins with a number, and so does its answer.
final class Peer {
  private let connection: Connection
  /// Where the second party makes nodes: in the guest's home, which is the control domain's.
  private let home: GuestText
  private var number = 0
  /// Whether nodes were made that have to be removed.
  private(set) var hasNodes = false

  private static var ask: GuestText { "data/pvh/ask" }
  private static var answer: GuestText { "data/pvh/answer" }

  /// Waits for the second party; nil if none answers within 10 s.
  init?(_ connection: Connection, domain: UInt16) throws(CaseEnd) {
    self.connection = connection
    home = "/local/domain/\(domain)/cts"
    // Made by the guest, so that it may read what the control domain writes there.
    for path in [Self.answer, Self.ask] { try connection.ask(.write, "\(path)\0").ok() }
    try begin("hello")
    guard try wait(10_000) != nil else { return nil }
  }

  /// Asks for something, and waits until it is done.
  @discardableResult
  func does(_ words: GuestText) throws(CaseEnd) -> [UInt8] {
    try begin(words)
    return try finish()
  }

  /// Asks for something that takes its time.
  func begin(_ words: GuestText) throws(CaseEnd) {
    number += 1
    try connection.ask(.write, "\(Self.ask)\0\(number) \(words)").ok()
  }

  /// Waits until it is done.
  func finish() throws(CaseEnd) -> [UInt8] {
    guard let text = try wait(20_000) else { throw .skipped("the second party does not answer") }
    guard text.starts(with: bytes("ok")) else {
      throw .skipped("the second party could not do it: \(text)")
    }
    return Array(text.dropFirst(3))
  }

  /// Has a node made that belongs to the control domain.
  ///
  /// - Parameters:
  ///   - name: Its name in the guest's home.
  ///   - value: One word, or nothing.
  ///   - permissions: As `xenstore-chmod` takes them.
  /// - Returns: Its path.
  /// - Throws: `CaseEnd` if it cannot be made.
  func node(_ name: GuestText, _ value: GuestText, _ permissions: GuestText) throws(CaseEnd)
    -> GuestText
  {
    let path: GuestText = "\(home)/\(name)"
    hasNodes = true
    try does("node \(path) \(value.bytes.isEmpty ? "-" : value) \(permissions)")
    return path
  }

  /// Has the nodes removed.
  func tidy() throws(CaseEnd) {
    guard hasNodes else { return }
    hasNodes = false
    try does("rm \(home)")
  }

  /// Says goodbye: the script ends.
  func leave() throws(CaseEnd) { try begin("bye") }

  /// The text of the answer; nil when it does not come in time.
  private func wait(_ limit: UInt64) throws(CaseEnd) -> [UInt8]? {
    let mark = bytes("\(number) ")
    let end = connection.now + limit
    while connection.now < end {
      let text = try connection.ask(.read, "\(Self.answer)\0").value()
      if text.starts(with: mark) { return Array(text.dropFirst(mark.count)) }
      connection.sleep(15)
    }
    return nil
  }
}
