// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// An agent, or a program that leads to one, that is a child of this process; it ends, and its domain
/// with it, when this one does.
final class AgentProcess {
  let input: FileDescriptor
  let output: FileDescriptor
  /// What the end of the conversation means, where the process is not the agent itself.
  var problem: Problem?
  private var child: ChildProcess
  private var hasEnded = false

  init(_ program: FilePath, _ arguments: [String], asks: Bool = false) throws(Problem) {
    do {
      let requests = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? requests.readEnd.close() }
      let events = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? events.writeEnd.close() }
      child = try ChildProcess(
        program, arguments,
        descriptors: .init(
          input: requests.readEnd, output: events.writeEnd, error: .standardError),
        attachment: asks ? .askingOnTerminal : .untilWeEnd)
      input = requests.writeEnd
      output = events.readEnd
    } catch {
      throw Problem("\(program) cannot be started: \(error)")
    }
  }

  /// Ends the conversation; returns when the process has ended, and with which status.
  @discardableResult
  func end() -> Int32 {
    // The end of its input tells the agent to destroy what it holds; then it ends by itself.
    if !hasEnded { try? input.close() }
    let status = child.wait()
    if !hasEnded { try? output.close() }
    hasEnded = true
    return status
  }

  /// Ends the process at once.
  func kill() {
    child.kill()
    end()
  }

  deinit { end() }
}

/// The program that works in the control domain: `pvh-agent`, which lies beside `pvh`.
enum AgentProgram {
  /// Its path.
  static func beside() throws(Problem) -> FilePath {
    let path = try File.ownPath().removingLastComponent().appending("pvh-agent")
    guard File.exists(path) else {
      throw Problem(
        "\(path) is missing, and nothing can be run without it; "
          + "build it: swift build -c release --product pvh-agent")
    }
    return path
  }
}
