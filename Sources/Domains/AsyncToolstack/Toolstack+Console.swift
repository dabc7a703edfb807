// SPDX-License-Identifier: Apache-2.0

import Synchronization
import XenToolstack

extension Toolstack {
  /// The next bytes of a console for a reader; nil at the end, or when the task is cancelled.
  ///
  /// `begins` says that the reader has not asked before.
  func read(_ reader: ConsoleReader, begins: Bool) async throws(ToolstackError) -> [UInt8]? {
    let requestID = reader.requestID
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (answer: CheckedContinuation<ConsoleFollower<LiveMachine>.Piece, Never>) in
        if Task.isCancelled { return answer.resume(returning: .success(nil)) }
        do throws(ToolstackError) {
          guard let console = try console(for: reader, begins: begins) else {
            return answer.resume(returning: .success(nil))
          }
          console.read { answer.resume(returning: $0) }
        } catch {
          answer.resume(returning: .failure(error))
        }
      }
    } onCancel: {
      Task { await leave(requestID) }
    }
    return try result.get()
  }

  /// Sends bytes to a guest; returns when they have reached its terminal.
  func send(_ bytes: [UInt8], to handle: DomainHandle) async throws(ToolstackError) {
    guard !bytes.isEmpty else { return }
    let requestID = RequestID()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (answer: CheckedContinuation<Result<Void, ToolstackError>, Never>) in
        let sender = ConsoleSender(requestID, bytes) { answer.resume(returning: $0) }
        if Task.isCancelled { return sender.cancel() }
        do throws(ToolstackError) {
          try console(of: handle).send(sender)
        } catch {
          answer.resume(returning: .failure(error))
        }
      }
    } onCancel: {
      Task { await leave(requestID) }
    }
    return try result.get()
  }

  /// Removes a reader or a sender; the guest goes on.
  func leave(_ requestID: RequestID) {
    for (uuid, console) in consoles where console.forget(requestID) {
      if console.isOver { consoles[uuid] = nil }
      return
    }
  }

  /// The console for a reader; nil if it had the console, and has lost it.
  private func console(for reader: ConsoleReader, begins: Bool) throws(ToolstackError)
    -> ConsoleFollower<LiveMachine>?
  {
    guard begins else {
      let known = consoles[reader.handle.domain.uuid]
      return known?.owner == reader.requestID ? known : nil
    }
    let console = try console(of: reader.handle)
    try console.take(reader.requestID)
    return console
  }

  /// The console of a domain, attached if it is not yet.
  private func console(of handle: DomainHandle) throws(ToolstackError)
    -> ConsoleFollower<LiveMachine>
  {
    if let known = consoles[handle.domain.uuid] { return known }
    try follow()
    let host = try host()
    let run = try host.logging { () throws(ToolstackError) in
      guard try host.state(of: handle.domain) != .gone else { throw ToolstackError(gone: handle) }
      let position = handle.consolePosition.load(ordering: .relaxed)
      return try host.attach(to: handle.domain, receivedByteCount: handle.isOwn ? position : nil)
    }
    let console = ConsoleFollower(handle.domain, run) { count in
      handle.consolePosition.wrappingAdd(UInt64(count), ordering: .relaxed)
    }
    consoles[handle.domain.uuid] = console
    return console
  }
}
