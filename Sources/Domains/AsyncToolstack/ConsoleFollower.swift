// SPDX-License-Identifier: Apache-2.0

import HostSystem
import XenToolstack

/// One of the consoles of a toolstack: its reader, and its senders.
///
/// It takes from the terminal only what a reader waits for.
final class ConsoleFollower<Machine: RunMachine> {
  /// The next bytes, or nil at the end.
  typealias Piece = Result<[UInt8]?, ToolstackError>
  typealias Answer = (Piece) -> Void

  /// Bytes that a reader gets at once, at most.
  private static var pieceSize: Int { 64 << 10 }

  let domain: Domain
  let run: DomainRun<Machine>
  /// The reader that the console belongs to, whether it waits or not.
  private(set) var owner: RequestID?
  /// Whether there is nothing more to follow.
  private(set) var isOver = false
  private var reader: Answer?
  private var senders: [ConsoleSender] = []
  private let count: (Int) -> Void

  /// Follows a domain; `count` is told how many bytes each read returned.
  init(_ domain: Domain, _ run: DomainRun<Machine>, count: @escaping (Int) -> Void) {
    self.domain = domain
    self.run = run
    self.count = count
  }

  /// Whether somebody waits for it now.
  private var isWanted: Bool { reader != nil || !senders.isEmpty }

  /// Gives the console to a reader, unless another one waits.
  func take(_ requestID: RequestID) throws(ToolstackError) {
    guard reader == nil else {
      throw ToolstackError(
        .consoleUnavailable, "the console is being read already: one task reads at a time")
    }
    owner = requestID
  }

  /// Gives the reader the next bytes when there are some.
  ///
  /// - Precondition: the owner asks, and has not asked before without an answer.
  func read(_ reader: @escaping Answer) {
    precondition(self.reader == nil, "one iterator has been asked by two tasks at once")
    self.reader = reader
  }

  /// Queues bytes for the guest.
  func send(_ sender: ConsoleSender) {
    senders.append(sender)
  }

  /// Removes a reader or a sender; true if it was one of this console.
  func forget(_ requestID: RequestID) -> Bool {
    defer { if owner == nil, senders.isEmpty { isOver = true } }
    if owner == requestID {
      owner = nil
      answer(.success(nil))
      return true
    }
    guard let index = senders.firstIndex(where: { $0.requestID == requestID }) else { return false }
    let sender = senders.remove(at: index)
    if index == 0 { run.discardInput() }
    sender.cancel()
    return true
  }

  /// Moves what can be moved.
  func advance(now: MonotonicTime) {
    guard isWanted, !isOver else { return }
    do throws(ToolstackError) {
      repeat {
        feed()
        try run.advance(outputRoom: reader == nil ? 0 : Self.pieceSize, now: now)
      } while settle()
    } catch {
      return close(.failure(error))
    }
    let bytes = run.takeOutput()
    if !bytes.isEmpty {
      count(bytes.count)
      answer(.success(bytes))
    } else if run.ending != nil {
      return close(.success(nil))
    }
    if !run.isTerminalOpen { refuseSenders() }
    if owner == nil, senders.isEmpty { isOver = true }
  }

  func add(to plan: inout PollSet) {
    guard isWanted else { return }
    plan.add(run.interests(outputRoom: reader == nil ? 0 : Self.pieceSize))
    plan.wake(at: run.deadline)
  }

  /// Ends everything: this is what the reader gets.
  func close(_ last: Piece) {
    isOver = true
    answer(last)
    refuseSenders()
  }

  private func answer(_ piece: Piece) {
    let reader = reader
    self.reader = nil
    reader?(piece)
  }

  /// Puts the first sender's bytes into the run.
  private func feed() {
    guard let bytes = senders.first?.next() else { return }
    _ = run.enqueue(input: bytes)
  }

  /// Notes what has reached the terminal; true if there is more that may be put into the run now.
  private func settle() -> Bool {
    let accepted = run.takeAcceptedInput()
    guard accepted > 0, let sender = senders.first else { return false }
    if sender.accept(accepted) { senders.removeFirst() }
    return senders.first?.isReady == true
  }

  private func refuseSenders() {
    for sender in senders { sender.refuse() }
    senders = []
    run.discardInput()
  }
}

/// A sender of bytes to a guest, which waits until they have reached its terminal.
final class ConsoleSender {
  typealias Answer = (Result<Void, ToolstackError>) -> Void

  /// Bytes that are put into a run at once.
  private static let pieceSize = 64 << 10

  let requestID: RequestID
  private let bytes: [UInt8]
  private let answer: Answer
  private var handedOver = 0
  private var accepted = 0

  init(_ requestID: RequestID, _ bytes: [UInt8], _ answer: @escaping Answer) {
    self.requestID = requestID
    self.bytes = bytes
    self.answer = answer
  }

  /// Whether all that was handed over has arrived, and there is more.
  var isReady: Bool { handedOver == accepted && handedOver < bytes.count }

  /// The next bytes to hand over, if it is time.
  func next() -> [UInt8]? {
    guard isReady else { return nil }
    let piece = bytes[handedOver...].prefix(Self.pieceSize)
    handedOver += piece.count
    return Array(piece)
  }

  /// Counts bytes that have arrived; true, and an answer, if these were the last.
  func accept(_ count: Int) -> Bool {
    accepted += count
    guard accepted == bytes.count else { return false }
    answer(.success(()))
    return true
  }

  func cancel() { fail(.cancelled, "the task that sent to the guest is cancelled") }

  /// Answers that there is no console any more.
  func refuse() { fail(.consoleUnavailable, "the console has ended") }

  private func fail(_ kind: ToolstackError.Kind, _ reason: String) {
    let message = "\(reason); of \(bytes.count) bytes, \(accepted) were sent"
    answer(.failure(ToolstackError(kind, message)))
  }
}
