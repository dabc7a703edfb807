// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import PVHTargets
import RunningLabs
import SystemPackage

/// A lab that stays up for the whole run, and conversations with agents in it.
final class SoakLab {
  static let name = "soak"

  let pvh: FilePath
  private let lab: RunningLab
  /// Looks on and counts, while others are at work.
  let observer: Agent

  /// A conversation with an agent of its own.
  final class Agent {
    let client: AgentClient
    private let stream: FileDescriptor
    private var isOpen = true

    init(_ lab: RunningLab) throws {
      stream = try lab.connectToAgent()
      client = AgentClient(incoming: stream, outgoing: stream)
      freeMemoryKiB = try client.greet(timeoutMilliseconds: 60_000).freeMemoryKiB
    }

    /// What Xen had free when the conversation began.
    let freeMemoryKiB: Int

    /// Ends the conversation.
    func close() {
      if isOpen { try? stream.close() }
      isOpen = false
    }

    deinit { close() }

    /// Runs a shell script in dom0, which must succeed; returns what it prints.
    @discardableResult
    func run(_ script: String) throws -> String {
      let output = try client.execute(["sh", "-c", script])
      guard output.ending == .exited(0) else {
        throw SoakError.programFailed(
          "\(script): \(output.ending): \(String(decoding: output.standardError, as: UTF8.self))")
      }
      return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// The agent's process in dom0.
    func process() throws -> Int {
      // The shell is its child.
      Int(try run("echo $PPID").filter(\.isNumber)) ?? 0
    }

    /// Asks for something whose answer is waited for later.
    func begin(_ domain: RunRequest, image: [UInt8], _ request: (RunRequest) -> Request) throws {
      var domain = domain
      domain.kernelByteCount = image.count
      try client.send(.attach(.kernel, image))
      try client.send(request(domain))
    }
  }

  /// Starts the lab; `pvh` is the program that keeps it.
  init(_ pvh: FilePath) throws {
    self.pvh = pvh
    var starting = try ChildProcess(
      pvh, ["lab", "start", Self.name], descriptors: .init(error: .standardError))
    guard starting.wait() == 0,
      let lab = try RunningLab.find(try LabName(Self.name), report: { _ in })
    else { throw SoakError.commandFailed("\(pvh) lab start \(Self.name)") }
    self.lab = lab
    observer = try Agent(lab)
  }

  /// Begins a conversation.
  func agent() throws -> Agent { try Agent(lab) }

  /// Ends the lab.
  func stop() {
    observer.close()
    try? lab.stop()
  }

  /// Runs pvh with its domains in this lab; returns its exit status.
  func pvh(_ arguments: [String]) throws -> Int32 {
    var child = try start(arguments)
    return child.wait()
  }

  /// Starts pvh with its domains in this lab.
  func start(_ arguments: [String]) throws -> ChildProcess {
    try ChildProcess(pvh, arguments + ["--on", "lab:\(Self.name)"], descriptors: .init())
  }

  /// The domains beside the control domain.
  func domains() throws -> [DomainSummary] {
    try observer.client.list().filter { $0.domainID != 0 }
  }
}
