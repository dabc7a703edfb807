// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import PVHImage
import StartInfoRecords
import SystemPackage
import XenABI
import XenDomainModel
import XenLab

/// One image in QEMU, without Xen: a check that it boots at all.
struct PlainRun {
  let image: PVHImage
  private var guest: PlainPC.Guest
  /// Where a debugger connects, if one is wanted.
  var debugger: DebuggerDoor? {
    didSet { guest.isDebugged = debugger != nil }
  }
  private let timeLimit: Double?
  private let verbose: Bool
  /// Whether a byte of the image is loaded where the guest starts.
  let loadsEntry: Bool
  private var debugPort = DebugPortLines()

  /// The address at which the guest starts.
  var entry: String { hex(UInt64(guest.entry)) }

  /// Checks the image against QEMU's rules, and says what it will be told.
  ///
  init(
    _ source: DomainSource, timeout: Double?, verbose: Bool, force: Bool
  ) throws(Problem) {
    let path = source.file.path
    guard source.spec.disks?.isEmpty ?? true, source.spec.interfaces?.isEmpty ?? true else {
      throw Problem(
        "QEMU without Xen has no disks or networks of Xen's kind; run it under Xen: --on lab",
        status: .usage)
    }
    // QEMU is handed what is inside a packed file.
    image = try source.file.image().unpacked
    timeLimit = timeout
    self.verbose = verbose
    let findings = image.findings(for: .qemu)
      .filter { $0.severity == .error && $0.finding.rule != .segmentUnderFirmware }
      .map(\.finding)
    try Problem.refuse(findings, file: image.file, unless: force)
    guard case .address(let entry, _, _) = image.qemuEntry, let extent = image.extent else {
      throw Problem(
        "\(image.file) loads nothing that QEMU could start", status: .cannotBoot)
    }
    loadsEntry = image.loadsByte(at: entry.rawValue)
    let modules = try ModulePack(source.spec)
    let domain = try source.spec.settled(for: image, named: "guest", modules, force: force)
    let mebibytes = MemoryAmount(kibibytes: domain.memoryKiB).mebibytes
    let memory = UInt64(mebibytes) << 20
    let moduleSize = UInt64(modules?.bytes.count ?? 0)
    let moduleAddress = memory < moduleSize ? 0 : (memory - moduleSize) / 4096 * 4096
    guard moduleAddress >= max(extent.end.rawValue, PVHFirmware.hole.upperBound) else {
      throw Problem(
        "\(image.file) and its modules do not fit into a PC of \(mebibytes) MiB, "
          + "which begins with 1 MiB that has gaps; give it more: --memory", status: .cannotBoot)
    }
    var record = StartInfoRecord()
    record.commandLine = Array(domain.commandLine.utf8)
    record.modules = (modules?.modules ?? []).map {
      .init(address: moduleAddress + UInt64($0.lowerBound), size: UInt64($0.count))
    }
    let high = PVHFirmware.hole.upperBound
    record.memoryMap = [
      .init(address: 0, size: PVHFirmware.hole.lowerBound, kind: 1),
      .init(address: high, size: memory - high, kind: 1),
    ]
    let startInfo = record.encoded(at: PVHFirmware.startInfoAddress)
    guard startInfo.count <= PVHFirmware.startInfoLimit else {
      throw Problem(
        "the command line is too long: \(domain.commandLine.utf8.count) bytes", status: .usage)
    }
    guest = PlainPC.Guest(
      image: path, entry: UInt32(truncatingIfNeeded: entry.rawValue), startInfo: startInfo,
      module: modules.map { ($0.bytes, moduleAddress) }, memory: mebibytes,
      processors: domain.vcpuCount)
    try checkHole()
  }

  /// Refuses images of which QEMU would load a part where a PC has no memory.
  private func checkHole() throws(Problem) {
    let hole = PVHFirmware.hole
    for segment in image.programHeaders where segment.type == .load && segment.memorySize > 0 {
      let range = segment.physicalAddress.rawValue..<segment.physicalEnd.rawValue
      guard range.overlaps(hole) else { continue }
      throw Problem(
        "\(image.file) has program header \(segment.index) at \(hex(range.lowerBound)) up to "
          + "\(hex(range.upperBound)), and a PC has no memory from \(hex(hole.lowerBound)) up to "
          + "\(hex(hole.upperBound)); link it elsewhere, or run it under Xen: --on lab",
        status: .cannotBoot)
    }
  }

  /// Runs it; its serial port goes to standard output, port 0xE9 to standard error.
  mutating func perform(
    terminal: AttendedTerminal, signals: borrowing SignalDescriptor
  ) throws(Problem) -> ExitStatus {
    defer { terminal.restore() }
    let machine: PlainPC
    let unpacked = try unpackedFile()
    defer { try? unpacked?.close() }
    var guest = guest
    if let unpacked { guest.image = FilePath("/proc/self/fd/\(unpacked.rawValue)") }
    do throws(LabError) {
      machine = try PlainPC(guest)
    } catch .qemuEnded(_, let output) {
      throw Problem(
        "QEMU does not take \(image.file)", status: .cannotBoot,
        details: output.split(separator: "\n").map(String.init))
    } catch {
      throw Problem(error)
    }
    if let debugger {
      DebuggerInvitation(
        port: debugger.port, image: self.guest.image,
        identity: (try? File.read(self.guest.image, limit: File.guestLimit))
          .flatMap(ProgramStore.identity(ofImage:))
      ).announce()
    }
    if verbose { Terminal.complain("pvh: QEMU took the image; its entry is at \(entry)") }
    let deadline = timeLimit.map { ContinuousClock.now + .seconds($0) }
    var input = ConsoleInput()
    while true {
      if let deadline, ContinuousClock.now >= deadline { throw timedOut(machine) }
      send(&input, to: machine.console)
      let watched =
        [signals.descriptor] + (debugger?.watched ?? []) + (machine.debugger.map { [$0] } ?? [])
        + input.watched(hasKeys: terminal.isRaw)
      for happening in try next(machine, watched, deadline) {
        switch happening {
        case .console(let bytes):
          terminal.prepare(for: bytes)
          try Terminal.write(bytes)
        case .debugPort(let bytes):
          debugPort.add(bytes)
          // What follows in such a guest is a hypercall that nobody takes.
          if debugPort.saysThatXenIsMissing { return reportMissingXen() }
        case .readable(signals.descriptor):
          guard let signal = signals.take(), !terminal.follows(signal) else { continue }
          throw Self.interrupted(bySignal: signal)
        case .readable(let descriptor) where descriptor == machine.debugger:
          debugger?.send(descriptor.readAvailable(limit: 1 << 16) ?? [])
        case .readable(let descriptor) where debugger?.owns(descriptor) == true:
          // One that is gone is for QEMU as if it were silent.
          guard let bytes = debugger?.take(from: descriptor) else { continue }
          try? machine.debugger?.writeEverything(bytes)
        case .readable:
          let keys = terminal.sort(input.read())
          input.keep(keys.forGuest)
          if keys.endsRun { throw Self.interrupted(bySignal: SIGINT) }
        case .ended(let ending):
          terminal.restore()
          debugPort.finish()
          return try status(of: ending, entryRan: machine.entryRan)
        }
      }
    }
  }

  /// Whether the guest has a terminal of its own; those of PVHKit read lines.
  var hasTerminal: Bool { image.guestOS != "PVHKit" }

  private static func interrupted(bySignal signal: Int32) -> Problem {
    Problem("interrupted; QEMU was ended", status: .interrupted(bySignal: signal))
  }

  /// What is inside a packed file.
  private func unpackedFile() throws(Problem) -> FileDescriptor? {
    do throws(ImageError) {
      return try PVHImage.unpackedFile(guest.image.string).map(FileDescriptor.init)
    } catch {
      throw Problem(error)
    }
  }

  private func next(
    _ machine: PlainPC, _ watched: [FileDescriptor], _ deadline: ContinuousClock.Instant?
  ) throws(Problem) -> [PlainPC.Event] {
    do throws(LabError) {
      return try machine.next(
        watching: watched, timeout: deadline.map { ContinuousClock.now.duration(to: $0) })
    } catch .qemuEnded where debugger != nil {
      throw Problem("the debugger ended the guest")
    } catch {
      throw Problem(error)
    }
  }

  /// Sends what the serial port takes now.
  private func send(_ input: inout ConsoleInput, to console: FileDescriptor) {
    let bytes = input.backlog
    guard !bytes.isEmpty else { return }
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    _ = input.take(room: Glibc.send(console.rawValue, bytes, bytes.count, flags))
  }
}

extension PlainRun {
  /// What pvh exits with after this end; says on standard error what was seen.
  func status(of ending: PlainPC.Ending, entryRan: Bool) throws(Problem) -> ExitStatus {
    let seen = words(entryRan)
    switch ending {
    case .poweredOff: Terminal.complain("pvh: \(seen), and the guest switched the PC off")
    case .halted:
      Terminal.complain("pvh: \(seen), and the guest halted the processor for good")
    case .reset:
      throw Problem(
        "\(seen), and the guest reset the PC, which is the end of pvh run", status: .rebootWanted)
    case .tripleFault(let registers):
      throw Problem(
        "the guest crashed: \(seen), and it faulted where it handles no faults; above are the "
          + "registers", status: .crashed, details: registers)
    }
    return ExitStatus(rawValue: 0)
  }

  /// The end of a check that succeeded, for a guest that can do no more.
  func reportMissingXen() -> ExitStatus {
    Terminal.complain(
      "pvh: the image boots: \(words(true)), and the guest says that it needs Xen; to run it: --on lab"
    )
    return ExitStatus(rawValue: 0)
  }

  /// What is known of a guest whose time is up.
  func timedOut(_ machine: PlainPC) -> Problem {
    // Without an answer there is just less to tell.
    let registers = (try? machine.registers()) ?? ""
    let pointer = registers.split(whereSeparator: \.isWhitespace)
      .first { $0.hasPrefix("RIP=") || $0.hasPrefix("EIP=") }
    return Problem(
      "the time limit came before the guest's end: \(words(machine.entryRan))"
        + (pointer.map { ", and the processor is at \($0)" } ?? ""), status: .timedOut)
  }

  private func words(_ entryRan: Bool) -> String {
    guard entryRan else { return "its entry at \(entry) was never reached" }
    return loadsEntry
      ? "its entry at \(entry) ran"
      : "the processor got to its entry at \(entry), where no byte of the image is loaded"
  }
}
