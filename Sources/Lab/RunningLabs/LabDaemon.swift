// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc
import HostProcess
import Multiplexer
public import SystemPackage
public import XenLab

/// The process behind a lab that stays up: QEMU is its child, and ends when it does.
///
/// A single thread round poll(2) passes frames between dom0's multiplexer and those who connect.
public final class LabDaemon {
  /// Connections at a time; more have to wait until one ends.
  private static let clientLimit = 256
  /// Milliseconds between looks whether the lab can still be found.
  private static let checkInterval: Int32 = 10_000
  /// Bytes of Xen's console that are kept.
  private static let serialLogLimit = 4 << 20

  private let folder: LabFolder
  private let lock: FileDescriptor
  private let host: LabHost
  private let listener: FileDescriptor
  private let signals: SignalDescriptor
  private var clients: [UInt32: LabDaemonClient] = [:]
  /// Channels whose connection has gone, but whose program is still ending.
  private var abandoned: Set<UInt32> = []
  private var nextChannel: UInt32 = 1
  private var reader = FrameReader()
  private var queue = ByteQueue()
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
      listener = try LocalSocket.listen(at: folder.socket)
    } catch {
      folder.remove()
      try? lock.close()
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
      fulfilWishes()
      for client in clients.values { client.flush() }
      collect()
      _ = queue.flush(to: host.channel)
      host.trimSerialLog(limit: Self.serialLogLimit)
      // A session's folder goes with the session: nobody could stop the lab any more.
      if !folder.isStillThere(lock) { isOver = true }
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
    var entries = [
      pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(
        fd: clients.count < Self.clientLimit ? listener.rawValue : -1, events: Int16(POLLIN),
        revents: 0),
      pollfd(
        fd: host.channel.rawValue,
        events: Int16(POLLIN | (queue.count > 0 ? POLLOUT : 0)), revents: 0),
    ]
    for client in clients.values {
      entries.append(
        pollfd(fd: client.socket.rawValue, events: Int16(client.events), revents: 0))
    }
    _ = poll(&entries, nfds_t(entries.count), Self.checkInterval)
  }

  /// Takes what the multiplexer says; false when it is gone.
  private func receive() -> Bool {
    guard let bytes = host.channel.received(limit: 256 << 10) else { return false }
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
    var entry = pollfd(fd: listener.rawValue, events: Int16(POLLIN), revents: 0)
    while clients.count < Self.clientLimit, poll(&entry, 1, 0) > 0 {
      let socket = Glibc.accept(listener.rawValue, nil, nil)
      guard socket >= 0 else { return }
      _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
      repeat {
        nextChannel &+= 1
      } while clients[nextChannel] != nil
        || abandoned.contains(nextChannel)
      clients[nextChannel] = LabDaemonClient(
        FileDescriptor(rawValue: socket), channel: nextChannel)
    }
  }

  private func fulfilWishes() {
    for client in clients.values {
      switch client.takeWish() {
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
      for frame in client.takeOutgoing() { queue.append(frame.encoded) }
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
