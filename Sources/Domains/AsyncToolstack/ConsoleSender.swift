// SPDX-License-Identifier: Apache-2.0
import XenToolstack

/// Somebody who sends bytes to a guest and waits until they have reached its terminal.
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

  /// Answers that the task is cancelled.
  func cancel() { fail(.cancelled, "the task that sent to the guest is cancelled") }

  /// Answers that nobody is there any more.
  func refuse() { fail(.consoleUnavailable, "the console has ended") }

  private func fail(_ kind: ToolstackError.Kind, _ reason: String) {
    let message = "\(reason); of \(bytes.count) bytes, \(accepted) were sent"
    answer(.failure(ToolstackError(kind, message)))
  }
}
