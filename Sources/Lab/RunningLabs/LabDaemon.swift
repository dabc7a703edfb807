// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
public import SystemPackage
public import XenLab

/// The process behind a lab that stays up: QEMU is its child, and ends when it does.
///
/// A single thread round poll(2) passes frames between dom0's multiplexer and those who connect.
public final class LabDaemon {
  /// Connections at a time; more have to wait until one ends.
  private static let clientLimit = 256
  /// Time between looks whether the lab can still be found.
  private static let checkInterval = Duration.seconds(10)
  /// Bytes of Xen's console that are kept.
  private static let serialLogLimit = 4 << 20

  private let folder: LabFolder
  private let lock: FileLock
  private let host: LabHost
  private let listener: FileDescriptor
  private let signals: SignalDescriptor
  private var clients: [UInt32: LabDaemonClient] = [:]
  /// Channels whose connection has gone, but whose program is still ending.
  private var abandoned: Set<UInt32> = []
  private var nextChannel: UInt32 = 1
  private var reader = FrameReader()
  private var output: OutputQueue
  private var stopper: LabDaemonClient?
  private var isOver = false

  /// Restores a lab under a name; `nil` if one of that name is up, or being started.
  ///
  /// The process's standard output and error go to the lab's log from here on.
  public init?(
    _ name: LabName, restoring template: () throws(LabError) -> Template, agent: FilePath,
    in runtime: RuntimeFolder = .standard
  ) throws(RunningLabError) {
    try runtime.make()
    folder = try runtime.lab(name)
    guard let lock = try folder.claim() else { return nil }
    self.lock = lock
    do throws(RunningLabError) {
      do throws(Errno) {
        signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
      } catch {
        throw RunningLabError.system(call: "signalfd", subject: "SIGTERM", error)
      }
      try LabDaemonLog.open(folder.log)
      let template = try Self.lab(template)
      let file: AgentFile
      do throws(Errno) {
        file = try AgentFile(agent)
      } catch {
        throw RunningLabError.system(call: "read", subject: agent.string, error)
      }
      host = try Self.lab { () throws(LabError) in
        try LabHost(restoring: template, agent: agent, arguments: ["switchboard"])
      }
      try LabRecord(
        since: time(nil), keeper: Int(getpid()), xen: template.xenPackage,
        xenstore: template.xenstore.rawValue, agent: file
      ).write(to: folder.record)
      do throws(Errno) {
        listener = try LocalSocket.listen(at: folder.socket)
      } catch {
        throw RunningLabError.system(call: "bind", subject: folder.socket.string, error)
      }
      output = OutputQueue(to: host.channel)
    } catch {
      folder.remove()
      throw error
    }
  }

  /// Serves until the lab is stopped; false if it ended by itself, which the log explains.
  public func serve() -> Bool {
    while !isOver {
      wait()
      if signals.take() != nil { break }
      guard receive() else {
        let reason = host.failure().map(\.description) ?? "the connection to dom0 broke"
        LabDaemonLog.say("pvh: the lab \(folder.name) ended: \(reason)")
        return false
      }
      accept()
      for client in clients.values { client.receive() }
      applyCommands()
      for client in clients.values { client.flush() }
      collect()
      _ = output.flush()
      host.trimSerialLog(limit: Self.serialLogLimit)
      // A session's folder goes with the session: nobody could stop the lab any more.
      if !lock.isStill(at: folder.lock) { isOver = true }
    }
    abandon()
    return true
  }

  /// Ends the lab; nothing of it is left.
  func abandon() {
    host.stop()
    folder.remove()
  }

  private func wait() {
    var waiting = PollSet()
    waiting.add(signals.descriptor)
    if clients.count < Self.clientLimit { waiting.add(listener) }
    waiting.add(host.channel, writing: !output.isEmpty)
    for client in clients.values { client.add(to: &waiting) }
    waiting.wake(at: .now + Self.checkInterval)
    waiting.wait()
  }

  /// Takes what the multiplexer says; false when it is gone.
  private func receive() -> Bool {
    guard let bytes = host.channel.readAvailable(limit: 256 << 10) else { return false }
    reader.append(bytes)
    do {
      while let frame = try reader.next() {
        if let client = clients[frame.channel] { client.take(frame.content) }
        if case .ended = frame.content { abandoned.remove(frame.channel) }
        if case .refused = frame.content { abandoned.remove(frame.channel) }
      }
    } catch {
      LabDaemonLog.say("pvh: \(error)")
      return false
    }
    return true
  }

  private func accept() {
    while clients.count < Self.clientLimit, listener.isReadable(),
      let socket = LocalSocket.accept(on: listener)
    {
      repeat {
        nextChannel &+= 1
      } while clients[nextChannel] != nil
        || abandoned.contains(nextChannel)
      clients[nextChannel] = LabDaemonClient(socket, channel: nextChannel)
    }
  }

  private func applyCommands() {
    for client in clients.values {
      switch client.takeCommand() {
      case .status:
        let busy = clients.values.filter(\.hasProgram).count
        client.answer(Array("\(host.memoryInUse) \(busy)\n".utf8))
      case .stop:
        // Its connection ends with this process: by then everything is gone.
        stopper = client
        isOver = true
      default: break
      }
    }
  }

  /// Passes on what the connections said, and forgets those that are over.
  private func collect() {
    for (number, client) in clients {
      for frame in client.takeOutgoing() { output.append(frame.encoded) }
      guard client.isOver else { continue }
      if client.hasProgram { abandoned.insert(number) }
      clients[number] = nil
    }
  }

  private static func lab<Result>(
    _ body: () throws(LabError) -> Result
  ) throws(RunningLabError) -> Result {
    do throws(LabError) {
      return try body()
    } catch {
      throw .lab(error)
    }
  }
}

/// The log of a lab that stays up: what its daemon says, and its agents.
enum LabDaemonLog {
  /// Sends the process's standard output and error there from here on.
  static func open(_ path: FilePath) throws(RunningLabError) {
    do {
      let log = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
        permissions: .ownerReadWrite)
      defer { try? log.close() }
      _ = try log.duplicate(as: .standardOutput)
      _ = try log.duplicate(as: .standardError)
    } catch {
      throw .system(call: "open", subject: path.string, error as? Errno ?? .ioError)
    }
  }

  /// Writes a line for whoever reads the log.
  static func say(_ line: String) {
    _ = try? FileDescriptor.standardError.writeAll("\(line)\n".utf8)
  }
}
