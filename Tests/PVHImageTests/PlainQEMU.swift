// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An image in QEMU's `-kernel`, from start to end.
struct PlainQEMU {
  static let program = "/usr/bin/qemu-system-x86_64"

  /// What it wrote to port 0xE9.
  let debugPort: String
  /// What QEMU said.
  let errors: String
  /// QEMU's exit status, 1 through isa-debug-exit and 0 after a reset, or the signal that ended it.
  let status: Int32

  /// Whether QEMU ended because of the image, be it by a crash of its own.
  var refuses: Bool { ![0, SIGKILL].contains(status) && debugPort.isEmpty }

  /// Runs it for at most `patience` seconds from the time on that QEMU is there.
  init(_ image: [UInt8], memoryMiB: Int, patience: Double) throws {
    let file = try EditedFile(image)
    let qemu = Process()
    qemu.executableURL = URL(filePath: Self.program)
    qemu.arguments = [
      "-machine", "pc,accel=tcg", "-nodefaults", "-display", "none", "-no-reboot",
      "-m", "\(memoryMiB)", "-debugcon", "stdio", "-device", "isa-debug-exit,iobase=0xf4",
      "-kernel", file.path,
    ]
    let (output, errors) = (Pipe(), Pipe())
    qemu.standardInput = FileHandle.nullDevice
    qemu.standardOutput = output
    qemu.standardError = errors
    try qemu.run()
    // An image that runs wild never ends.
    DispatchQueue.global().asyncAfter(deadline: .now() + patience) {
      if qemu.isRunning { kill(qemu.processIdentifier, SIGKILL) }
    }
    debugPort = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    qemu.waitUntilExit()
    status = qemu.terminationStatus
  }
}
