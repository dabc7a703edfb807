// SPDX-License-Identifier: Apache-2.0

import Foundation
import PVHImage
import Testing

/// What we say of QEMU's `-kernel` is what QEMU does: an image boots if and only if its first code runs.
@Suite(.enabled("needs QEMU") { FileManager.default.isExecutableFile(atPath: qemuProgram) })
struct QEMUOracleTests {
  @Test(arguments: ELFWriter.both, QEMUCase.all)
  func bootsWhatWeSay(writer: ELFWriter, change: QEMUCase) throws {
    var file = writer.with(change.change).write()
    // Both entries switch the PC off; the PVH entry says K on the debug port before.
    let off: [UInt8] = [0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef, 0xf4]
    file.replace(at: 0x1000, with: off)
    file.replace(at: 0x1010, with: [0xb0, 0x4b, 0xe6, 0xe9] + off)
    change.changeFile(&file)
    let image = try read(file.bytes)
    let runs = try Self.saysK(file.bytes)
    #expect(image.boots(with: .qemu) == runs, "\(image.findings(for: .qemu))")
  }

  private static func saysK(_ bytes: [UInt8]) throws -> Bool {
    let file = try EditedFile(bytes)
    let qemu = Process()
    qemu.executableURL = URL(filePath: qemuProgram)
    qemu.arguments = [
      "-machine", "pc,accel=tcg", "-nodefaults", "-display", "none", "-no-reboot",
      "-m", "64", "-debugcon", "stdio", "-kernel", file.path,
    ]
    let output = Pipe()
    qemu.standardInput = FileHandle.nullDevice
    qemu.standardOutput = output
    qemu.standardError = FileHandle.nullDevice
    try qemu.run()
    // An image that runs wild never ends.
    DispatchQueue.global().asyncAfter(deadline: .now() + 20) {
      if qemu.isRunning { kill(qemu.processIdentifier, SIGKILL) }
    }
    let said = output.fileHandleForReading.readDataToEndOfFile()
    qemu.waitUntilExit()
    return said.contains(0x4b)
  }
}

private let qemuProgram = "/usr/bin/qemu-system-x86_64"

/// A change to a good image.
struct QEMUCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var change: @Sendable (inout ELFWriter) -> Void = { _ in }
  var changeFile: @Sendable (inout ByteWriter) -> Void = { _ in }
}

extension QEMUCase {
  static let all: [QEMUCase] = [
    QEMUCase(testDescription: "none"),
    QEMUCase(testDescription: "notes aligned to 8") { $0.segments[0].alignment = 8 },
    QEMUCase(testDescription: "notes aligned to 0") { $0.segments[0].alignment = 0 },
    QEMUCase(testDescription: "notes aligned to 0 before good ones") { writer in
      writer.addSecondNotes { $0.alignment = 0 }
    },
    QEMUCase(testDescription: "notes beyond the file before good ones") { writer in
      writer.addSecondNotes { $0.fileSize = 0x1_0000 }
    },
    QEMUCase(testDescription: "notes twice") { writer in
      writer.addSecondNotes { _ in }
    },
    QEMUCase(testDescription: "behind another note") { writer in
      writer.notes.insert(.buildID, at: 0)
      writer.segments[0].fileSize = 44
    },
    QEMUCase(testDescription: "note in a section only") { writer in
      writer.segments.removeFirst()
      writer.sections = [.notes([.pvhEntry(0x10_0010)], at: 0x2100)]
    },
    QEMUCase(testDescription: "descriptor of 8 bytes") { writer in
      writer.notes = [.pvhEntry(0x10_0010, size: 8)]
      writer.segments[0].fileSize = 24
    },
    QEMUCase(testDescription: "overlap") { $0.segments[2].address = 0x10_0800 },
    QEMUCase(testDescription: "data beyond the file") { $0.segments[2].fileSize += 0x10_0000 },
    QEMUCase(testDescription: "another machine") { $0.machine = 183 },
    QEMUCase(testDescription: "data without flags") { $0.segments[2].flags = 0 },
    QEMUCase(testDescription: "memory without flags") { writer in
      writer.segments[2].flags = 0
      writer.segments[2].fileSize = 0
    },
    QEMUCase(testDescription: "entry at 0") { writer in
      writer.moveCode(to: 0)
      writer.notes = [.pvhEntry(0)]
    },
    QEMUCase(testDescription: "not at a page boundary") { writer in
      writer.notes = [.pvhEntry(0x10_0018)]
      writer.segments.removeLast()
      writer.segments[1].address += 8
    },
    QEMUCase(testDescription: "at 20 KiB") { $0.moveCode(to: 0x5000) },
    QEMUCase(testDescription: "at 32 KiB") { $0.moveCode(to: 0x8000) },
    QEMUCase(testDescription: "at 256 KiB") { $0.moveCode(to: 0x4_0000) },
    QEMUCase(
      testDescription: "Multiboot header",
      changeFile: { file in
        file.put(0x1bad_b002, width: 4, at: 0x300)
        file.put(0x1_0000_0000 - 0x1bad_b002, width: 4, at: 0x308)
      }),
  ]
}

extension ELFWriter {
  /// Puts a PT_NOTE with the same notes in front of the one that is there, and changes it.
  mutating func addSecondNotes(_ change: (inout TestSegment) -> Void) {
    var first = segments[0]
    change(&first)
    segments.insert(first, at: 0)
  }

  /// Leaves the code only, at another address.
  fileprivate mutating func moveCode(to address: UInt64) {
    notes = [.pvhEntry(address + 0x10)]
    segments.removeLast()
    segments[1].address = address
  }
}
