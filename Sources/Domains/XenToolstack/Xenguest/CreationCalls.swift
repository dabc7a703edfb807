// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One call that building a domain makes of Xen or of xenstored.
public struct CreationCall: Equatable, Sendable, CustomStringConvertible {
  /// To whom the call goes.
  public enum Kind: String, Sendable {
    /// A hypercall, or a request to the kernel that maps memory by hypercalls.
    case hypercall
    /// A message to xenstored.
    case xenstore
  }

  /// To whom the call goes.
  public var kind: Kind
  /// What it does, for people.
  public var text: String

  /// Kind and text in one line.
  public var description: String { "\(kind.rawValue): \(text)" }
}

/// Everything that building a domain asks of Xen and of xenstored passes through here, in its
/// order: it is counted, it can be left out, it can be made to fail, and the process can be killed there.
///
/// To inject a fault, hand the builder calls with ``failing``: the call with that index is not made
/// and reports the `code`. Of messages that go out together the others are sent, as if xenstored had
/// refused that one. Counting a creation that works says how many indices there are.
public final class CreationCalls {
  /// What becomes of the calls.
  public enum Mode: Sendable {
    /// They are made.
    case live
    /// They are only written down.
    case planning
  }

  /// What becomes of the calls.
  public let mode: Mode
  /// The index of the call that fails, if any.
  public let failing: Int?
  private let code: Int32
  /// The index of the call before which the process dies, if any.
  private let dying: Int?
  /// The calls so far.
  public private(set) var made: [CreationCall] = []

  /// Lets calls pass, all but one at most, which reports `code`, a value of errno, or before which the
  /// process is killed outright.
  public init(
    _ mode: Mode = .live, failing: Int? = nil, code: Int32 = 12, dying: Int? = nil
  ) {
    self.mode = mode
    self.failing = failing
    self.code = code
    self.dying = dying
  }

  /// How many calls went to one side.
  public func count(_ kind: CreationCall.Kind) -> Int { made.count { $0.kind == kind } }

  /// Makes a hypercall, which is negative and sets errno if it fails; 0 when planning.
  @discardableResult
  func make(_ text: String, _ call: () -> Int32) throws(ToolstackError) -> Int32 {
    if note(.hypercall, text) { throw hypercallFailure(text, code) }
    guard mode == .live else { return 0 }
    let result = call()
    guard result >= 0 else { throw hypercallFailure(text, errno) }
    return result
  }

  /// Asks xenstored for something; `planned` is the answer when planning.
  func ask<Answer>(
    _ text: String, planned: Answer, _ call: () throws(XenstoreFailure) -> Answer
  ) throws(ToolstackError) -> Answer {
    if note(.xenstore, text) { throw ToolstackError(xenstoreCall: text, .refused(code)) }
    guard mode == .live else { return planned }
    do throws(XenstoreFailure) {
      return try call()
    } catch {
      throw ToolstackError(xenstoreCall: text, error)
    }
  }

  /// Sends requests to xenstored together, and looks at the answers in their order: what the replies
  /// bring, nil where there is no such node.
  @discardableResult
  func ask(_ requests: [(text: String, request: XenstoreRequest)], of store: XenstoreConnection)
    throws(ToolstackError) -> [[UInt8]?]
  {
    var others = requests
    var failing: Int?
    for (index, (text, _)) in requests.enumerated() {
      // Whoever dies among them has sent those before.
      if dying == made.count { _ = store.answers(to: requests[..<index].map(\.request)) }
      if note(.xenstore, text) { failing = index }
    }
    if let failing { others.remove(at: failing) }
    var answers =
      switch mode {
      case .live: store.answers(to: others.map(\.request))
      case .planning: others.map { _ in XenstoreConnection.Answer.success(nil) }
      }
    if let failing { answers.insert(.failure(.refused(code)), at: failing) }
    var payloads: [[UInt8]?] = []
    for ((text, _), answer) in zip(requests, answers) {
      do throws(XenstoreFailure) {
        payloads.append(try answer.get())
      } catch {
        throw ToolstackError(xenstoreCall: text, error)
      }
    }
    return payloads
  }

  /// Writes a call down; true if it is the one that is to fail.
  private func note(_ kind: CreationCall.Kind, _ text: String) -> Bool {
    if dying == made.count { kill(getpid(), SIGKILL) }
    made.append(CreationCall(kind: kind, text: text))
    return failing == made.count - 1
  }

  private func hypercallFailure(_ text: String, _ code: Int32) -> ToolstackError {
    ToolstackError(code == ENOMEM ? .outOfMemory : .other, call: text, code: code)
  }
}
