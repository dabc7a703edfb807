// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// A PC without Xen in QEMU, which loads one PVH image and starts it.
///
/// Like a lab it exists in memory only, and QEMU dies with this process, however that ends.
public final class PlainPC {
  /// The guest's serial port; not blocking when written with `MSG_DONTWAIT`.
  public let console: FileDescriptor
  /// QEMU's gdb server, if one was wanted: the guest stands still until a debugger lets it go on.
  public let debugger: FileDescriptor?
  private let debugPort: FileDescriptor
  private let controlEnd: FileDescriptor
  private var control: QMPClient
  private var child: ChildProcess
  private let output: MemoryFile
  private let log: MemoryFile
  private var nextLook = MonotonicTime.now
  private var wasHalted = false

  /// Starts QEMU with a guest.
  ///
  /// - Throws: `LabError.qemuEnded` if QEMU does not take the image; its words are in it.
  public init(_ guest: Guest) throws(LabError) {
    output = try MemoryFile.make(name: "output")
    log = try MemoryFile.make(name: "log")
    let firmware = try MemoryFile.make(
      name: "firmware",
      content: PVHFirmware.bytes(entry: guest.entry, startInfo: guest.startInfo))
    let module = try MemoryFile.make(name: "module", content: guest.module?.bytes ?? [])
    let console = try SocketPair.make()
    let debugPort = try SocketPair.make()
    let control = try SocketPair.make()
    let debugger = try SocketPair.make()
    let image = try attempt("open", guest.image) {
      try FileDescriptor.open(guest.image, .readOnly, options: .closeOnExec)
    }
    defer { try? image.close() }
    let program = try Tool.qemu.locate()
    var arguments = [
      "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35",
      // A guest that has ended stays there to be looked at; it starts when we listen.
      "-S", "-action", "reboot=shutdown,shutdown=pause",
      "-accel", "tcg", "-cpu", "max", "-smp", "\(guest.processors)", "-m", "\(guest.memory)",
      "-kernel", Self.path(image), "-bios", Self.path(firmware.descriptor),
      "-chardev", "socket,id=console,fd=\(console.far.rawValue)", "-serial", "chardev:console",
      "-chardev", "socket,id=debug,fd=\(debugPort.far.rawValue)",
      "-device", "isa-debugcon,iobase=0xe9,chardev=debug",
      "-chardev", "socket,id=control,fd=\(control.far.rawValue)",
      "-mon", "chardev=control,mode=control",
      // The first instruction at the entry, and triple faults.
      "-d", "exec,cpu_reset", "-dfilter", "0x\(String(guest.entry, radix: 16))+0x1",
      "-D", Self.path(log.descriptor),
    ]
    if guest.isDebugged {
      arguments += [
        "-chardev", "socket,id=debugger,fd=\(debugger.far.rawValue)", "-gdb", "chardev:debugger",
      ]
    }
    if let address = guest.module?.address {
      arguments += [
        "-device",
        "loader,file=\(Self.path(module.descriptor)),addr=0x\(String(address, radix: 16)),"
          + "force-raw=on",
      ]
    }
    do throws(ProcessError) {
      child = try ChildProcess(
        program, arguments,
        descriptors: .init(
          output: output.descriptor, error: output.descriptor,
          inherited: [
            image, firmware.descriptor, module.descriptor, log.descriptor, console.far,
            debugPort.far, control.far, debugger.far,
          ]))
    } catch {
      throw LabError(error)
    }
    self.console = console.keepingNear()
    self.debugPort = debugPort.keepingNear()
    controlEnd = control.keepingNear()
    let debuggerEnd = debugger.keepingNear()
    if !guest.isDebugged { try? debuggerEnd.close() }
    self.debugger = guest.isDebugged ? debuggerEnd : nil
    self.control = QMPClient(controlEnd)
    let commands: [QMPClient.Command] = guest.isDebugged ? [.negotiate] : [.negotiate, .start]
    guard try self.control.execute(commands, deadline: .now + .seconds(60)) != nil
    else {
      throw .qemuEnded(status: child.wait(), output: output.text(last: 2000))
    }
  }

  deinit {
    try? console.close()
    try? debugPort.close()
    try? controlEnd.close()
    try? debugger?.close()
  }

  /// Whether the instruction at the entry was executed.
  public var entryRan: Bool { log.text().contains("Trace ") }

  /// The processor's registers as QEMU prints them; empty when QEMU has ended.
  public func registers() throws(LabError) -> String {
    try control.execute([.registers], deadline: .now + .seconds(10))?.text ?? ""
  }

  /// Waits for what happens next.
  ///
  /// - Parameters:
  ///   - others: Further descriptors to wait for.
  ///   - timeout: Nil waits for as long as it takes.
  /// - Returns: What happened, in order; nothing if the time is up.
  /// - Throws: `LabError.qemuEnded` if QEMU ended for another reason than its guest's end.
  public func next(
    watching others: [FileDescriptor], timeout: Duration?
  ) throws(LabError) -> [Event] {
    let deadline = min(timeout.map { .now + $0 } ?? nextLook, nextLook)
    let ready = PollSet.readable(
      among: [console, debugPort, controlEnd, child.descriptor] + others, until: deadline)
    var result: [Event] = []
    if let reason = try control.shutdownReason() {
      result += Self.all(of: console).map { .console($0) }
      result += Self.all(of: debugPort).map { .debugPort($0) }
      return result + [.ended(try ending(reason))]
    }
    if ready[3] { throw .qemuEnded(status: child.wait(), output: output.text(last: 2000)) }
    if ready[0], let bytes = Self.read(console) { result.append(.console(bytes)) }
    if ready[1], let bytes = Self.read(debugPort) { result.append(.debugPort(bytes)) }
    for (isReady, other) in zip(ready[4...], others) where isReady {
      result.append(.readable(other))
    }
    guard .now >= nextLook else { return result }
    // Seen twice: what it did just before may not have arrived at the first time, be it output or that it
    // switched the PC off.
    let isHalted = result.isEmpty ? try hasHalted() : false
    if isHalted, wasHalted { result.append(.ended(.halted)) }
    wasHalted = isHalted
    nextLook = .now + .milliseconds(isHalted ? 20 : 200)
    return result
  }

  /// Whether the processor sleeps and takes no interrupts. Xen takes that for a power-off: `hvm_hlt`
  /// in `xen/arch/x86/hvm/hvm.c`.
  private func hasHalted() throws(LabError) -> Bool {
    let text = try registers()
    guard text.contains("HLT=1"), let flags = text.firstRange(of: "FL=") else { return false }
    let interruptsEnabled = 1 << 9
    let value = UInt64(text[flags.upperBound...].prefix { $0.isHexDigit }, radix: 16) ?? 0
    return value & UInt64(interruptsEnabled) == 0
  }

  private func ending(_ reason: String) throws(LabError) -> Ending {
    if log.text().contains("Triple fault") {
      return .tripleFault(
        registers: try registers().split(whereSeparator: \.isNewline).map(String.init))
    }
    return reason == "guest-reset" ? .reset : .poweredOff
  }

  private static func all(of socket: FileDescriptor) -> [[UInt8]] {
    var result: [[UInt8]] = []
    while let bytes = read(socket) { result.append(bytes) }
    return result
  }

  /// What is there; nil if that is nothing.
  private static func read(_ socket: FileDescriptor) -> [UInt8]? {
    let bytes = socket.readAvailable(limit: 1 << 16)
    return bytes?.isEmpty == false ? bytes : nil
  }

  private static func path(_ descriptor: FileDescriptor) -> String {
    "/proc/self/fd/\(descriptor.rawValue)"
  }
}

extension PlainPC {
  /// Something that a plain PC's guest, or somebody else, did.
  public enum Event: Equatable, Sendable {
    /// The guest wrote to its serial port.
    case console([UInt8])
    /// The guest wrote to port 0xE9.
    case debugPort([UInt8])
    /// A descriptor that is also waited for is readable, or closed.
    case readable(FileDescriptor)
    /// The guest is done; nothing more happens.
    case ended(Ending)
  }

  /// How a guest ended.
  public enum Ending: Equatable, Sendable {
    /// It switched the PC off.
    case poweredOff
    /// It sleeps and takes no interrupts, which under Xen is a power-off.
    case halted
    /// It reset the PC.
    case reset
    /// It faulted where nothing was left to handle faults; QEMU's lines about its registers.
    case tripleFault(registers: [String])
  }
}

extension PlainPC {
  /// What the PC starts.
  public struct Guest: Sendable {
    /// An ELF file with a PVH note.
    public var image: FilePath
    /// Where QEMU finds its entry.
    public var entry: UInt32
    /// Start info and what it refers to, for `PVHFirmware.startInfoAddress`.
    public var startInfo: [UInt8]
    /// A file's bytes, and where in memory they go.
    public var module: (bytes: [UInt8], address: UInt64)?
    /// MiB.
    public var memory: Int
    /// Processors; all but the first wait for being started the PC's way.
    public var processors: Int
    /// Whether a debugger lets it start, and stops it.
    public var isDebugged = false

    public init(
      image: FilePath, entry: UInt32, startInfo: [UInt8],
      module: (bytes: [UInt8], address: UInt64)?, memory: Int, processors: Int
    ) {
      self.image = image
      self.entry = entry
      self.startInfo = startInfo
      self.module = module
      self.memory = memory
      self.processors = processors
    }
  }
}
