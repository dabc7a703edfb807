// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// A register by gdb's name, with its place among the registers.
struct RegisterDescription {
  enum Place {
    case general(Int)
    case instruction
    case flags
    case segment(Int)
    /// Bytes of the FXSAVE area; gdb may show them wider than they are.
    case floating(at: Int, stored: Int)
  }

  let name: String
  let byteCount: Int
  /// gdb's name for what is in it.
  let type: String
  let place: Place

  /// Those of gdb's feature `org.gnu.gdb.i386.core`, in its order, and then those of `org.gnu.gdb.i386.sse`.
  static let all: [RegisterDescription] = core + vectors

  private static let core: [RegisterDescription] = {
    let names =
      ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] + (8...15).map { "r\($0)" }
    let pointers = ["rbp", "rsp"]
    return names.enumerated().map { index, name in
      let type = pointers.contains(name) ? "data_ptr" : "int64"
      return RegisterDescription(name: name, byteCount: 8, type: type, place: .general(index))
    } + [
      RegisterDescription(name: "rip", byteCount: 8, type: "code_ptr", place: .instruction),
      RegisterDescription(name: "eflags", byteCount: 4, type: "int32", place: .flags),
    ]
      + ["cs", "ss", "ds", "es", "fs", "gs"].enumerated().map { index, name in
        RegisterDescription(name: name, byteCount: 4, type: "int32", place: .segment(index))
      }
      + (0..<8).map { index in
        RegisterDescription(
          name: "st\(index)", byteCount: 10, type: "i387_ext",
          place: .floating(at: 32 + 16 * index, stored: 10))
      }
      // Source: AMD64 manual, volume 1, figure 6-1, the 64-bit form of FXSAVE.
      + [
        ("fctrl", 0, 2), ("fstat", 2, 2), ("ftag", 4, 1), ("fiseg", 12, 2), ("fioff", 8, 4),
        ("foseg", 20, 2), ("fooff", 16, 4), ("fop", 6, 2),
      ].map { name, offset, stored in
        RegisterDescription(
          name: name, byteCount: 4, type: "int", place: .floating(at: offset, stored: stored))
      }
  }()

  private static let vectors: [RegisterDescription] =
    (0..<16).map { index in
      RegisterDescription(
        name: "xmm\(index)", byteCount: 16, type: "uint128",
        place: .floating(at: 160 + 16 * index, stored: 16))
    } + [
      RegisterDescription(
        name: "mxcsr", byteCount: 4, type: "int", place: .floating(at: 24, stored: 4))
    ]

  /// What a debugger asks for as `target.xml`.
  static let document: String = {
    func feature(_ name: String, _ registers: [RegisterDescription]) -> String {
      "<feature name=\"org.gnu.gdb.i386.\(name)\">"
        + registers.map {
          "<reg name=\"\($0.name)\" bitsize=\"\($0.byteCount * 8)\" type=\"\($0.type)\"/>"
        }.joined() + "</feature>"
    }
    return "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
      + "<architecture>i386:x86-64</architecture>"
      + feature("core", core) + feature("sse", vectors) + "</target>"
  }()
}

extension MachineRegisters {
  /// The stack pointer.
  var stack: UInt64 {
    get { general[7] }
    set { general[7] = newValue }
  }

  /// A register's bytes as gdb wants them, the lowest first.
  subscript(register: RegisterDescription) -> [UInt8] {
    get {
      switch register.place {
      case .general(let index): Self.bytes(general[index], register.byteCount)
      case .instruction: Self.bytes(instruction, register.byteCount)
      case .flags: Self.bytes(flags, register.byteCount)
      case .segment(let index): Self.bytes(UInt64(segments[index]), register.byteCount)
      case .floating(let offset, let stored):
        Array(floating[offset..<offset + stored])
          + Array(repeating: 0, count: register.byteCount - stored)
      }
    }
    set {
      let number = newValue.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      switch register.place {
      case .general(let index): general[index] = number
      case .instruction: instruction = number
      case .flags: flags = number
      case .segment(let index): segments[index] = UInt32(truncatingIfNeeded: number)
      case .floating(let offset, let stored):
        floating.replaceSubrange(offset..<offset + stored, with: newValue.prefix(stored))
      }
    }
  }

  private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }
}
