// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage
import XenLab

/// A lab that stays up, seen from the commands that use it.
public struct RunningLab: Sendable {
  /// What it was started under.
  public let name: LabName
  let folder: LabFolder
  let record: LabRecord

  /// When it was started, in seconds since 1970.
  public var since: Int { record.since }
  /// Version of the Debian package of its Xen.
  public var xen: String { record.xen }
  /// What serves xenstore in it.
  public var xenstore: String { record.xenstore }
  /// Process number of its daemon.
  public var keeper: Int { record.keeper }

  /// The lab of this name, nil if it is not up.
  ///
  /// What a dead lab left is removed; `report` gets a sentence about it.
  public static func find(
    _ name: LabName, in runtime: RuntimeFolder = .standard, report: (String) -> Void
  ) throws(RunningLabError) -> RunningLab? {
    try look(runtime.lab(name), report)
  }

  /// All labs that are up, by name.
  ///
  /// What dead labs left is removed; `report` gets a sentence about each.
  public static func all(
    in runtime: RuntimeFolder = .standard, report: (String) -> Void
  ) throws(RunningLabError) -> [RunningLab] {
    var result: [RunningLab] = []
    for folder in try runtime.labs() {
      if let lab = try look(folder, report) { result.append(lab) }
    }
    return result
  }

  private static func look(
    _ folder: LabFolder, _ report: (String) -> Void
  ) throws(RunningLabError) -> RunningLab? {
    guard folder.exists else { return nil }
    if let lock = try folder.claim() {
      defer { withExtendedLifetime(lock) {} }
      let wasUp = LabRecord.read(folder.record) != nil
      let words = folder.lastWords
      folder.remove()
      if wasUp {
        let reason = words.isEmpty ? "its daemon was killed" : words.joined(separator: "; ")
        report("the lab \(folder.name) has died, and its domains with it: \(reason)")
      }
      return nil
    }
    // Without a record it is still being started.
    return LabRecord.read(folder.record).map {
      RunningLab(name: folder.name, folder: folder, record: $0)
    }
  }

  /// Checks that its agent is the one at `path`.
  public func checkAgent(_ path: FilePath) throws(RunningLabError) {
    guard record.agent.isSame(as: path) else { throw .otherBuild(name) }
  }

  /// A stream to a new agent in its dom0.
  public func connectToAgent() throws(RunningLabError) -> FileDescriptor { try connect(.agent) }

  /// A stream of frames for one program in its dom0.
  public func connectToMultiplexer() throws(RunningLabError) -> FileDescriptor {
    try connect(.frames)
  }

  /// Bytes of this machine's memory that it has for itself, and how many programs are being used in it.
  public func use() throws(RunningLabError) -> (memory: Int, programs: Int) {
    let socket = try connect(.status)
    defer { try? socket.close() }
    let numbers = String(decoding: Self.readToEnd(socket), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard numbers.count == 2 else { throw .gone(name) }
    return (numbers[0], numbers[1])
  }

  /// Ends it and all that runs in it; returns when nothing of it is left.
  public func stop() throws(RunningLabError) {
    guard let socket = try? connect(.stop) else { return try removeRemains() }
    defer { try? socket.close() }
    if let keeper = LocalSocket.peer(of: socket), let end = processDescriptor(of: keeper) {
      defer { try? end.close() }
      if !end.isReadable(until: .now + .seconds(5)) {
        // It does not react, and QEMU dies with it.
        kill(keeper, SIGKILL)
        _ = end.isReadable(until: .now + .seconds(10))
      }
    }
    try removeRemains()
  }

  /// Waits until the daemon is gone, and removes what it left if it could not.
  private func removeRemains() throws(RunningLabError) {
    for _ in 0..<500 {
      guard folder.exists else { return }
      if let lock = try folder.claim() {
        folder.remove()
        withExtendedLifetime(lock) {}
        return
      }
      // A new one under the same name is not ours to wait for.
      if let now = LabRecord.read(folder.record), now.keeper != record.keeper { return }
      usleep(20_000)
    }
  }

  private func connect(_ command: LabDaemonClient.Command) throws(RunningLabError) -> FileDescriptor
  {
    let found: FileDescriptor?
    do throws(Errno) {
      found = try LocalSocket.connect(to: folder.socket)
    } catch {
      throw .system(call: "connect", subject: folder.socket.string, error)
    }
    guard let socket = found else { throw .gone(name) }
    do throws(Errno) {
      try socket.writeEverything(Array("\(command.rawValue)\n".utf8))
      return socket
    } catch {
      try? socket.close()
      throw .gone(name)
    }
  }

  private static func readToEnd(_ socket: FileDescriptor) -> [UInt8] {
    var result: [UInt8] = []
    while true {
      guard socket.isReadable(within: 2000), let bytes = socket.readAvailable(limit: 4096) else {
        return result
      }
      result += bytes
    }
  }
}
