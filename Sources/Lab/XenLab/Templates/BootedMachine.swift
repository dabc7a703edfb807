// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// A machine that booted Xen and dom0 once, stopped at the moment when dom0 waits for an agent.
struct BootedMachine: ~Copyable {
  let memory: MemoryFile
  let state: MemoryFile

  /// Emulating a slow machine on a slow machine takes its time.
  private static let bootTime = Duration.seconds(300)

  init(
    _ contents: Dom0Packages, _ image: Dom0Image, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    // In memory, not in the cache: there a full disk would be a bus error in QEMU, and every page
    // that the machine touched and freed would be written.
    let memory = try MemoryFile.make(name: "memory", size: QemuCommand.memorySize)
    let state = try MemoryFile.make(name: "state")
    let serial = try MemoryFile.make(name: "serial")
    let output = try MemoryFile.make(name: "output")
    let disk = try AgentDisk.make(agent: nil)
    let hypervisor = try MemoryFile.make(name: "xen", content: contents.hypervisor)
    let kernel = try MemoryFile.make(name: "kernel", content: contents.kernel)
    let archive = try MemoryFile.make(name: "image", content: image.archive)
    let channel = try SocketPair.make()
    let control = try SocketPair.make()
    let log = try serial.opened(.writeOnly, .append)
    defer { try? log.close() }
    let readOnlyDisk = try disk.opened(.readOnly)
    defer { try? readOnlyDisk.close() }

    var qemu = try QemuCommand.start(
      .init(
        memory: memory.descriptor, serial: log, agentDisk: readOnlyDisk, channel: channel.far,
        control: control.far, hypervisor: hypervisor.descriptor,
        dom0: (kernel.descriptor, archive.descriptor)),
      output: output.descriptor)
    let channelEnd = channel.keepingNear()
    defer { try? channelEnd.close() }
    let controlEnd = control.keepingNear()
    defer { try? controlEnd.close() }
    try Self.waitUntilReady(channelEnd, serial, interrupts)
    let saved = try Self.save(to: state.descriptor, controlEnd, interrupts)
    if !saved {
      throw .qemuEnded(status: qemu.wait(), output: output.text(last: 2000))
    }
    qemu.kill()
    self.memory = memory
    self.state = state
  }

  private static func waitUntilReady(
    _ channel: FileDescriptor, _ serial: borrowing MemoryFile, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    let deadline = MonotonicTime.now + bootTime
    var said = ""
    while !said.hasSuffix("\n") {
      guard try interrupts.wait(for: [channel], until: deadline)[0] else {
        if .now < deadline { continue }
        throw .bootFailed(what: "nothing heard for \(bootTime)", log: serial.text(last: 4000))
      }
      var buffer = [UInt8](repeating: 0, count: 256)
      let count = try attempt("read", "dom0's port") {
        try buffer.withUnsafeMutableBytes { try channel.read(into: $0) }
      }
      guard count > 0 else {
        throw .bootFailed(what: "QEMU ended", log: serial.text(last: 4000))
      }
      said += String(decoding: buffer[..<count], as: UTF8.self)
    }
    guard said == Dom0Init.readyWord + "\n" else {
      throw .bootFailed(what: "its init script gave up", log: serial.text(last: 4000))
    }
  }

  /// Takes the device state; false if QEMU ended meanwhile.
  ///
  /// The machine runs until migration itself stops it: stopped before, it would come back stopped.
  private static func save(
    to state: FileDescriptor, _ control: FileDescriptor, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> Bool {
    let deadline = MonotonicTime.now + .seconds(60)
    var client = QMPClient(control)
    guard
      try client.execute([.negotiate, .ignoreShared], deadline: deadline) != nil,
      try client.execute([.name(descriptor: "state")], passing: state, deadline: deadline) != nil,
      try client.execute([.save(toDescriptor: "state")], deadline: deadline) != nil
    else { return false }
    while true {
      guard let result = try client.execute([.queryMigration], deadline: deadline) else {
        return false
      }
      switch result.status {
      case "completed": return true
      case "failed", "cancelled":
        throw .qemuRefused(command: "migrate", reason: "the device state could not be saved")
      default: _ = try interrupts.wait(for: [], until: .now + .milliseconds(20))
      }
    }
  }
}
