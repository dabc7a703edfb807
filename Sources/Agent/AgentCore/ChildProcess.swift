// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc

/// A child with a process group of its own, its two output pipes, and news of its end.
final class ChildProcess {
  let standardOutput: PipeReader
  let standardError: PipeReader
  private let process: SpawnedProcess
  private var isReaped = false

  /// Starts a program, found along PATH, with nothing to read.
  init(_ arguments: [String]) throws(CommandError) {
    let (output, outputEnd) = try PipeReader.open()
    let (error, errorEnd) = try PipeReader.open()
    defer {
      close(outputEnd)
      close(errorEnd)
    }
    process = try SpawnedProcess(
      arguments, streams: .descriptors(input: nil, output: outputEnd, errors: errorEnd))
    standardOutput = output
    standardError = error
  }

  deinit {
    close(process.end)
  }

  /// Descriptors that can still bring something.
  var openDescriptors: [Int32] {
    [process.end] + [standardOutput, standardError].filter(\.isOpen).map(\.descriptor)
  }

  /// How the child ended, once it has.
  func takeStatus() -> CommandOutput.Ending? {
    var status: Int32 = 0
    guard !isReaped, waitpid(process.identifier, &status, WNOHANG) == process.identifier else {
      return nil
    }
    isReaped = true
    let signal = status & 0x7f
    return signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .signalled(Int(signal))
  }

  /// Ends the child and what it started, and waits for it.
  func kill() {
    guard !isReaped else { return }
    Glibc.kill(-process.identifier, SIGKILL)
    while waitpid(process.identifier, nil, 0) < 0, errno == EINTR {}
    isReaped = true
  }
}
