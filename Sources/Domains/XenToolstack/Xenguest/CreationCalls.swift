// SPDX-License-Identifier: Apache-2.0

import Glibc
import XenDomainModel

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

/// Hears of each call before it is made.
public protocol CreationObserver {
  /// Lets a call be made, or makes it fail: a value of errno, which it then reports without having been
  /// made. Of messages that go out together the others are sent, as if xenstored had refused that one.
  ///
  /// `send` sends those that go out together with this one, and come before it.
  func willMake(_ call: CreationCall, index: Int, sendingEarlier send: () -> Void) -> Int32?
}

/// Everything that building a domain asks of Xen and of xenstored passes through here, in its
/// order: it is counted, it can be left out, and an observer can make it fail.
///
/// Counting a creation that works says how many indices there are.
public final class CreationCalls {
  /// What becomes of the calls.
  public enum Mode: Sendable {
    /// They are made.
    case live
    /// They are only written down.
    case planning
  }

  public let mode: Mode
  private let observer: (any CreationObserver)?
  /// The calls so far.
  public private(set) var made: [CreationCall] = []

  public init(_ mode: Mode = .live, observer: (any CreationObserver)? = nil) {
    self.mode = mode
    self.observer = observer
  }

  /// How many calls went to one side.
  public func count(_ kind: CreationCall.Kind) -> Int { made.count { $0.kind == kind } }

  /// Makes a hypercall, which is negative and sets errno if it fails; 0 when planning.
  @discardableResult
  func make(_ text: String, _ call: () -> Int32) throws(ToolstackError) -> Int32 {
    if let code = note(.hypercall, text) { throw hypercallFailure(text, code) }
    guard mode == .live else { return 0 }
    let result = call()
    guard result >= 0 else { throw hypercallFailure(text, errno) }
    return result
  }

  /// Asks xenstored for something; `planned` is the answer when planning.
  func ask<Answer>(
    _ text: String, planned: Answer, _ call: () throws(XenstoreFailure) -> Answer
  ) throws(ToolstackError) -> Answer {
    if let code = note(.xenstore, text) {
      throw ToolstackError(xenstoreCall: text, .refused(code))
    }
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
    var failing: (index: Int, code: Int32)?
    for (index, (text, _)) in requests.enumerated() {
      let code = note(.xenstore, text) {
        _ = store.answers(to: requests[..<index].map(\.request))
      }
      if let code { failing = (index, code) }
    }
    var others = requests
    if let failing { others.remove(at: failing.index) }
    var answers =
      switch mode {
      case .live: store.answers(to: others.map(\.request))
      case .planning: others.map { _ in XenstoreConnection.Answer.success(nil) }
      }
    if let failing { answers.insert(.failure(.refused(failing.code)), at: failing.index) }
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

  /// Writes a call down; returns the error that it is to report, if any.
  private func note(
    _ kind: CreationCall.Kind, _ text: String, sendingEarlier send: () -> Void = {}
  ) -> Int32? {
    let call = CreationCall(kind: kind, text: text)
    made.append(call)
    return observer?.willMake(call, index: made.count - 1, sendingEarlier: send)
  }

  private func hypercallFailure(_ text: String, _ code: Int32) -> ToolstackError {
    ToolstackError(code == ENOMEM ? .outOfMemory : .other, call: text, code: code)
  }
}
