// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc
import XenToolstack

/// Why nothing came of a program.
struct CommandError: Error {
  var message: String
}

/// A program in the control domain, run by somebody's poll(2) loop; its output is collected.
///
/// It is over when the program itself has ended: what it leaves running in the background may keep
/// its output open for ever.
final class Command {
  /// Bytes of output that are kept in all.
  static let outputLimit = 16 << 20

  private let request: ExecuteRequest
  private var child: ChildProcess?
  private var standardOutput: [UInt8] = []
  private var standardError: [UInt8] = []
  /// When the program is killed; until it has been started, now.
  private(set) var deadline = MonotonicTime(nanoseconds: 0)

  init(_ request: ExecuteRequest) {
    self.request = request
  }

  /// What to poll for.
  var interests: [DescriptorInterest] {
    guard let child else { return [] }
    return child.openDescriptors.map { DescriptorInterest($0, reading: true) }
  }

  /// Starts the program if need be and takes what has come from it; its result once it has ended.
  func advance(now: MonotonicTime) throws(CommandError) -> CommandOutput? {
    guard let child else {
      child = try ChildProcess(request.arguments)
      deadline = now.adding(milliseconds: request.timeLimitMilliseconds)
      return nil
    }
    let status = child.takeStatus()
    child.standardOutput.read(into: &standardOutput)
    child.standardError.read(into: &standardError)
    guard standardOutput.count + standardError.count <= Self.outputLimit else {
      child.kill()
      throw CommandError(
        message: "\(request.arguments[0]) wrote more than \(Self.outputLimit) bytes: "
          + "let it write to a file")
    }
    if let status { return result(status) }
    guard now >= deadline else { return nil }
    child.kill()
    return result(.timedOut)
  }

  /// Runs the program while nothing else happens.
  func runToEnd() throws(CommandError) -> CommandOutput {
    while true {
      if let result = try advance(now: .now) { return result }
      var entries = interests.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), deadline.pollTimeout(from: .now))
    }
  }

  /// Ends the program and what it started.
  func kill() {
    child?.kill()
  }

  private func result(_ ending: CommandOutput.Ending) -> CommandOutput {
    CommandOutput(ending: ending, standardOutput: standardOutput, standardError: standardError)
  }
}
