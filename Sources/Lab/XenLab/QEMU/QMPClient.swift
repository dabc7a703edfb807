// SPDX-License-Identifier: Apache-2.0

import HostJSON
import HostSystem
import SystemPackage

/// QEMU's control connection: JSON lines over a socket.
struct QMPClient {
  /// A line from QEMU, as far as it is of interest here.
  struct Message: Decodable, Equatable {
    struct Refusal: Decodable, Equatable { var desc: String }
    struct Result: Decodable, Equatable {
      var status: String?
      /// What a command says that answers with text only.
      var text: String?

      private enum CodingKeys: CodingKey { case status }

      init(status: String? = nil) { self.status = status }

      init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
          self.text = text
        } else {
          status = try decoder.container(keyedBy: CodingKeys.self)
            .decodeIfPresent(String.self, forKey: .status)
        }
      }
    }
    struct Details: Decodable, Equatable { var reason: String? }
    /// Set in events.
    var event: String?
    /// What an event says beside its name.
    var data: Details?
    /// Set in replies to commands that failed.
    var error: Refusal?
    /// Set in replies to commands that succeeded.
    var `return`: Result?

    static func parse(_ line: some Collection<UInt8>) throws(LabError) -> Message {
      do {
        return try JSON.decode(Message.self, from: Array(line), takesFractions: true)
      } catch {
        throw .qemuRefused(
          command: "QMP", reason: "unreadable line \(String(decoding: line, as: UTF8.self))")
      }
    }
  }

  /// A command without text in its arguments, so that no escaping is needed.
  struct Command {
    var name: String
    var arguments = ""

    static let negotiate = Command(name: "qmp_capabilities")
    static let start = Command(name: "cont")
    static let queryMigration = Command(name: "query-migrate")
    /// The first processor's registers, as text.
    static let registers = Command(
      name: "human-monitor-command", arguments: #"{"command-line":"info registers"}"#)

    /// Memory that is a shared file is not part of the saved state.
    static let ignoreShared = Command(
      name: "migrate-set-capabilities",
      arguments: #"{"capabilities":[{"capability":"x-ignore-shared","state":true}]}"#)

    /// Names the descriptor that is sent along.
    static func name(descriptor name: StaticString) -> Command {
      Command(name: "getfd", arguments: #"{"fdname":"\#(name)"}"#)
    }

    static func save(toDescriptor name: StaticString) -> Command {
      Command(name: "migrate", arguments: #"{"uri":"fd:\#(name)"}"#)
    }

    static func load(from descriptor: FileDescriptor) -> Command {
      Command(name: "migrate-incoming", arguments: #"{"uri":"fd:\#(descriptor.rawValue)"}"#)
    }

    var line: String {
      arguments.isEmpty
        ? #"{"execute":"\#(name)"}"# + "\n"
        : #"{"execute":"\#(name)","arguments":\#(arguments)}"# + "\n"
    }
  }

  private let socket: FileDescriptor
  private var pending: [UInt8] = []
  private var events: [Message] = []

  init(_ socket: FileDescriptor) { self.socket = socket }

  /// Sends commands in one go and takes their replies.
  ///
  /// - Returns: the last reply, or nil if QEMU closed the connection.
  mutating func execute(
    _ commands: [Command], passing descriptor: FileDescriptor? = nil, deadline: MonotonicTime
  ) throws(LabError) -> Message.Result? {
    let bytes = Array(commands.map(\.line).joined().utf8)
    do throws(Errno) {
      try LocalSocket.send(bytes, passing: descriptor, over: socket)
    } catch .brokenPipe {
      return nil
    } catch {
      throw .system(call: "send", subject: "QMP", errno: error)
    }
    var result: Message.Result?
    for command in commands {
      result = nil
      while result == nil {
        guard let message = try next(deadline) else { return nil }
        if let error = message.error {
          throw .qemuRefused(command: command.name, reason: error.desc)
        }
        if message.event != nil { events.append(message) }
        result = message.return
      }
    }
    return result
  }

  /// Waits for an event, also one that came before.
  ///
  /// - Returns: false if QEMU closed the connection.
  mutating func wait(for event: String, deadline: MonotonicTime) throws(LabError) -> Bool {
    while !events.contains(where: { $0.event == event }) {
      guard let message = try next(deadline) else { return false }
      if message.event != nil { events.append(message) }
    }
    return true
  }

  /// Why the machine was switched off, as QEMU's enumeration `ShutdownCause` has it; nil if nothing
  /// that has arrived says that it was.
  mutating func shutdownReason() throws(LabError) -> String? {
    while try hasMore(), let message = try next(.now + .seconds(5)) {
      if message.event != nil { events.append(message) }
    }
    return events.first { $0.event == "SHUTDOWN" }?.data?.reason
  }

  private func hasMore() throws(LabError) -> Bool {
    if pending.contains(UInt8(ascii: "\n")) { return true }
    return socket.isReadable()
  }

  private mutating func next(_ deadline: MonotonicTime) throws(LabError) -> Message? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        defer { pending.removeSubrange(...end) }
        return try Message.parse(pending[..<end])
      }
      guard socket.isReadable(until: deadline) else {
        throw .qemuRefused(command: "QMP", reason: "no answer in time")
      }
      guard let bytes = socket.readAvailable(limit: 4096) else { return nil }
      pending += bytes
    }
  }
}
