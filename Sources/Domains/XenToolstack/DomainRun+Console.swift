// SPDX-License-Identifier: Apache-2.0

import DomainModel
import HostSystem

extension DomainRun {
  /// Moves bytes between the terminal and our buffers; true if any came from the guest.
  func transfer(outputRoom: Int) -> Bool {
    sendInput()
    var room = outputRoom
    while isTerminalOpen, room > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: scratch.prefix(room))
      switch terminal.read(into: part) {
      case .bytes(let count):
        if firstByteTime == nil { firstByteTime = .now }
        output.append(contentsOf: part.prefix(count))
        receivedByteCount += UInt64(count)
        room -= count
      case .notNow: return room < outputRoom
      case .ended: closeTerminal()
      }
    }
    return room < outputRoom
  }

  private func sendInput() {
    while isTerminalOpen, !input.isEmpty {
      switch input.withUnsafeBytes({ terminal.write($0) }) {
      case .bytes(let count):
        input.removeFirst(count)
        acceptedInput += count
      case .notNow: return
      case .ended: closeTerminal()
      }
    }
  }

  private func closeTerminal() {
    isTerminalOpen = false
    shouldCheck = true
  }

  /// Looks whether the console output of a guest that has stopped is complete, or will never be.
  func judge(_ ending: RunEnding, _ drain: ConsoleDrain, outputRoom: Int, now: MonotonicTime) {
    var drain = drain
    let indices = machine.consoleIndices
    // As long as we take nothing, nothing can come.
    if outputRoom == 0 { drain.excuse() }
    let verdict = drain.judge(
      indices, received: receivedByteCount, isClosed: !isTerminalOpen, now: now)
    switch verdict {
    case .waiting:
      phase = .draining(ending, drain)
      return
    case .complete: producedByteCount = receivedByteCount
    case .missing(let count): producedByteCount = receivedByteCount + UInt64(count)
    case .uncountable: producedByteCount = nil
    }
    phase = .ended(ending)
  }
}
