// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import HostSystem
import SystemPackage
import XenLab

/// A lab for programs in its dom0, where pvh is installed beside its agent.
final class ProgramHost {
  let lab: LabHost
  private var reader = FrameReader()
  private var channel: UInt32 = 0
  /// Called about once a millisecond while a program runs.
  var look: (() -> Void)?

  /// Where everything is that was copied into dom0.
  static let folder = "/root"

  init(_ products: Products) throws {
    let template = try Template.find(
      in: .standard, xen: .fromEnvironment(), xenstore: .fromEnvironment())
    lab = try LabHost(
      restoring: template, agent: FilePath(products.agent), arguments: ["switchboard"])
    try copy(products.strippedPVH, to: "pvh")
    // The one on the agent's disk is read by way of a device; an installed one is in memory.
    try run("cp \(LabHost.agentPath) \(Self.folder)/pvh-agent")
    try copy(products.mark, to: "mark.pvh")
    try copy(products.faultInjection, to: "faults")
    try run(
      "mkdir /var/lock/subsys 2>/dev/null; chmod +x \(Self.folder)/pvh* \(Self.folder)/faults")
  }

  deinit { lab.stop() }

  /// Puts a file into dom0.
  func copy(_ path: String, to name: String) throws {
    try run("cat > \(Self.folder)/\(name)", input: try Products.bytes(path))
  }

  /// Runs a shell script in dom0, which must succeed; returns what it prints.
  @discardableResult
  func run(_ script: String, input: [UInt8] = []) throws -> String {
    let (text, status) = try perform(script, input: input)
    guard status == 0 else {
      throw BenchError.commandFailed("\(script): status \(status): \(text)")
    }
    return text
  }

  /// Runs a shell script in dom0; returns what it prints, and its exit status.
  func perform(_ script: String, input: [UInt8] = []) throws -> (String, Int) {
    channel += 1
    var rest = input[...]
    var room = SendingWindow()
    var windows: [Frame.Stream: ReceivingWindow] = [.output: .init(), .errors: .init()]
    var text: [UInt8] = []
    try send(.open(ProgramRequest(arguments: ["sh", "-c", script])))
    while true {
      while !rest.isEmpty, room.room > 0 {
        let piece = rest.prefix(min(room.room, Frame.pieceLimit))
        rest = rest.dropFirst(piece.count)
        room.take(piece.count)
        try send(.data(.input, Array(piece)))
        if rest.isEmpty { try send(.end(.input)) }
      }
      switch try next() {
      case .data(let stream, let bytes):
        text += bytes
        _ = windows[stream]?.receive(bytes.count)
        if let count = windows[stream]?.passOn(bytes.count) { try send(.room(stream, count)) }
      case .room(.input, let count): room.add(count)
      case .ended(let ending): return (String(decoding: text, as: UTF8.self), ending.status)
      case .refused(let reason): throw BenchError.commandFailed(reason)
      default: break
      }
    }
  }

  private func send(_ content: Frame.Content) throws {
    _ = try lab.channel.writeAll(Frame(channel, content).encoded)
  }

  private func next() throws -> Frame.Content {
    while true {
      if let frame = try reader.next() { return frame.content }
      if let look {
        let isQuiet = !lab.channel.isReadable(within: 1)
        look()
        if isQuiet { continue }
      }
      _ = lab.channel.isReadable(within: -1)
      guard let bytes = lab.channel.readAvailable(limit: 64 << 10) else {
        throw lab.failure() ?? BenchError.commandFailed("the lab has ended")
      }
      reader.append(bytes)
    }
  }
}
