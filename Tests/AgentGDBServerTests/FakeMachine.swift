// SPDX-License-Identifier: Apache-2.0

import AgentGDBServer
import XenDomainModel

/// 1 MiB of memory and a CPU that does what a test says.
///
/// In long mode its first 512 KiB are mapped where they are, but for page zero and the page at 0x9000.
final class FakeMachine: DebuggedMachine {
  struct Refusal: Error {}

  var memory = [UInt8](repeating: 0x90, count: 1 << 20)
  var state = MachineRegisters()
  var control = MachineTables(
    cr0: 0x11, cr3: 0, cr4: 0, efer: 0, interruptTable: 0, interruptTableLimit: 0)
  private(set) var isPaused = true
  private(set) var resumes = 0

  /// Where the handler of an exception is.
  static func handler(_ vector: Int) -> UInt64 { 0x2000 + UInt64(vector) * 5 }

  /// Puts the handlers of a guest of PVHKit into memory: calls of one place.
  func addHandlers() {
    for vector in 0..<32 {
      let place = Int(Self.handler(vector))
      memory[place] = 0xe8
      let distance = 0x2800 - (place + 5)
      for byte in 0..<4 {
        memory[place + 1 + byte] = UInt8(truncatingIfNeeded: distance >> (8 * byte))
      }
    }
  }

  /// Turns paging on, and loads an interrupt table.
  func enterLongMode() {
    control = MachineTables(
      cr0: 0x8000_0011, cr3: 0x80000, cr4: 0x20, efer: 0x500, interruptTable: 0x3000,
      interruptTableLimit: 0x1ff)
    for (table, next) in [(0x80000, 0x81000), (0x81000, 0x82000), (0x82000, 0x83000)] {
      for index in 0..<512 { put(index == 0 ? UInt64(next) | 3 : 0, at: table + index * 8) }
    }
    for page in 0..<512 {
      let isMapped = page < 128 && page != 0 && page != 9
      put(isMapped ? UInt64(page) << 12 | 3 : 0, at: 0x83000 + page * 8)
    }
    for vector in 0..<32 {
      let handler = Self.handler(vector)
      put(handler & 0xffff | 0x0008 << 16 | 0x8e00 << 32, at: 0x3000 + vector * 16)
      put(0, at: 0x3008 + vector * 16)
    }
  }

  /// What a CPU does on an exception.
  func raise(_ vector: Int, at instruction: UInt64, hasErrorCode: Bool = false) {
    var stack: UInt64 = 0x8000
    func push(_ word: UInt64) {
      stack -= 8
      put(word, at: Int(stack))
    }
    for word in [0, state.stackPointer, state.flags, 8, instruction] { push(word) }
    if hasErrorCode { push(7) }
    state.general[7] = stack
    state.instruction = Self.handler(vector)
  }

  private func put(_ word: UInt64, at place: Int) {
    for byte in 0..<8 { memory[place + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
  }

  func registers() throws(Refusal) -> MachineRegisters { state }

  func set(_ registers: MachineRegisters) throws(Refusal) {
    guard isPaused else { throw Refusal() }
    state = registers
  }

  func tables() throws(Refusal) -> MachineTables { control }

  func read(physical address: UInt64, count: Int) -> [UInt8]? {
    guard let start = Int(exactly: address), start + count <= memory.count else { return nil }
    precondition(start / 4096 == (start + max(count, 1) - 1) / 4096, "more than a page")
    return Array(memory[start..<start + count])
  }

  func write(_ bytes: [UInt8], physical address: UInt64) -> Bool {
    precondition(isPaused, "the guest runs")
    guard let start = Int(exactly: address), start + bytes.count <= memory.count else {
      return false
    }
    memory.replaceSubrange(start..<start + bytes.count, with: bytes)
    return true
  }

  func pause() throws(Refusal) {
    guard !isPaused else { throw Refusal() }
    isPaused = true
  }

  func resume() throws(Refusal) {
    guard isPaused else { throw Refusal() }
    isPaused = false
    resumes += 1
  }
}

extension MachineRegisters {
  var stackPointer: UInt64 { general[7] }
}

/// A debugger that talks to a session and understands its packets.
struct FakeDebugger {
  let machine: FakeMachine
  var session: GDBSession<FakeMachine>

  init() throws {
    machine = FakeMachine()
    session = GDBSession(machine)
    _ = try ask("QStartNoAckMode")
  }

  /// Sends a packet; says what came back, without framing.
  mutating func ask(_ command: String) throws -> String {
    try session.take(Self.packet(command))
    return answer()
  }

  /// Lets the session look at the guest.
  mutating func look() throws -> String {
    try session.look()
    return answer()
  }

  mutating func answer() -> String {
    let text = String(decoding: session.takeOutput(), as: UTF8.self)
    guard let start = text.firstIndex(of: "$"), let end = text.lastIndex(of: "#") else {
      return text
    }
    return String(text[text.index(after: start)..<end])
  }

  static func packet(_ command: String) -> [UInt8] {
    let sum = command.utf8.reduce(UInt8(0), &+)
    let digits = String(sum, radix: 16)
    return Array("$\(command)#\(digits.count < 2 ? "0" : "")\(digits)".utf8)
  }
}
