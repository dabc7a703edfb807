// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// What gdb asks for. Source: the GDB manual, appendix E, "Remote Protocol: Packets".
extension GDBSession {
  /// Bytes that gdb may ask for, or send, at once.
  private static var dataLimit: Int { 4096 }

  /// Does what a packet asks; nil if the answer comes when the guest stops. An empty answer says that the
  /// packet is unknown.
  mutating func answer(_ command: String) throws(Machine.Failure) -> String? {
    if case .over = mode { return "E01" }
    try seize()
    let rest = String(command.dropFirst())
    switch command.first {
    case "?": return stopReport
    case "g": return try allRegisters()
    case "G": return try setAllRegisters(rest)
    case "p": return try register(rest)
    case "P": return try setRegister(rest)
    case "m": return try memory(rest)
    case "M": return try setMemory(rest)
    case "Z": return breakpoint(rest) { $0.insert($1) }
    case "z": return breakpoint(rest) { $0.remove($1) }
    case "c", "C": return try go(forOne: false)
    case "s", "S": return try go(forOne: true)
    case "H", "T": return "OK"
    case "k":
      wantsEnd = true
      return nil
    case "D":
      say("OK")
      let farewell = takeOutput()
      try leave()
      give(farewell)
      return nil
    case "q", "Q", "v": return try general(command)
    default: return ""
    }
  }

  private mutating func general(_ command: String) throws(Machine.Failure) -> String? {
    if command.hasPrefix("qSupported") {
      return "PacketSize=\(String(PacketReader.limit - 1, radix: 16));qXfer:features:read+;"
        + "QStartNoAckMode+;vContSupported+"
    }
    if command.hasPrefix("qXfer:features:read:target.xml:") {
      return document(String(command.split(separator: ":").last ?? ""))
    }
    if command.hasPrefix("vCont;") {
      let first = command.dropFirst("vCont;".count).first
      guard let first, "cCsS".contains(first) else { return "E01" }
      return try go(forOne: "sS".contains(first))
    }
    if command.hasPrefix("vKill") {
      wantsEnd = true
      return "OK"
    }
    if command.hasPrefix("qSymbol") { return "OK" }
    switch command {
    case "QStartNoAckMode": return "OK"
    case "vCont?": return "vCont;c;C;s;S"
    case "qfThreadInfo": return "m1"
    case "qsThreadInfo": return "l"
    case "qC": return "QC1"
    // The guest was started for this: a debugger that quits ends it.
    case "qAttached": return "0"
    default: return ""
    }
  }

  private mutating func go(forOne: Bool) throws(Machine.Failure) -> String? {
    // Before there is an interrupt table, nothing tells that an instruction is over.
    try resume(forOne: forOne) ? nil : "E02"
  }

  private func document(_ range: String) -> String {
    let bounds = range.split(separator: ",").map { Int($0, radix: 16) }
    guard bounds.count == 2, let start = bounds[0], let count = bounds[1] else { return "E01" }
    let text = RegisterDescription.document
    let piece = text.dropFirst(start).prefix(count)
    return (piece.endIndex == text.endIndex ? "l" : "m") + piece
  }

  private func allRegisters() throws(Machine.Failure) -> String {
    let registers = try machine.registers()
    return RegisterDescription.all.map { hex(registers[$0]) }.joined()
  }

  private func setAllRegisters(_ text: String) throws(Machine.Failure) -> String {
    guard var bytes = bytes(hex: text)?[...] else { return "E01" }
    var registers = try machine.registers()
    for description in RegisterDescription.all {
      guard bytes.count >= description.byteCount else { break }
      registers[description] = Array(bytes.prefix(description.byteCount))
      bytes = bytes.dropFirst(description.byteCount)
    }
    try machine.set(registers)
    return "OK"
  }

  private func register(_ number: String) throws(Machine.Failure) -> String {
    guard let index = Int(number, radix: 16), RegisterDescription.all.indices.contains(index)
    else { return "E01" }
    return hex(try machine.registers()[RegisterDescription.all[index]])
  }

  private func setRegister(_ text: String) throws(Machine.Failure) -> String {
    let parts = text.split(separator: "=")
    guard parts.count == 2, let index = Int(parts[0], radix: 16),
      RegisterDescription.all.indices.contains(index), let bytes = bytes(hex: parts[1]),
      bytes.count == RegisterDescription.all[index].byteCount
    else { return "E01" }
    var registers = try machine.registers()
    registers[RegisterDescription.all[index]] = bytes
    try machine.set(registers)
    return "OK"
  }

  private func memory(_ text: String) throws(Machine.Failure) -> String {
    guard let (address, count) = Self.place(text) else { return "E01" }
    let bytes = machine.read(
      address, count: min(count, Self.dataLimit), try machine.tables())
    return bytes.isEmpty && count > 0 ? "E0e" : hex(bytes)
  }

  private func setMemory(_ text: String) throws(Machine.Failure) -> String {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let (address, count) = Self.place(String(parts[0])),
      let bytes = bytes(hex: parts[1]), bytes.count == count
    else { return "E01" }
    return machine.write(bytes, address, try machine.tables()) ? "OK" : "E0e"
  }

  /// Breakpoints of both kinds are the same to us; the CPU's watchpoints are not offered.
  private mutating func breakpoint(
    _ text: String, _ change: (inout Set<UInt64>, UInt64) -> Void
  ) -> String {
    let parts = text.split(separator: ",")
    guard parts.count >= 2, ["0", "1"].contains(parts[0]) else { return "" }
    guard let address = UInt64(parts[1], radix: 16) else { return "E01" }
    change(&breakpoints, address)
    return "OK"
  }

  /// "address,count"
  private static func place(_ text: String) -> (address: UInt64, count: Int)? {
    let parts = text.split(separator: ",")
    guard parts.count == 2, let address = UInt64(parts[0], radix: 16),
      let count = Int(parts[1], radix: 16), count >= 0
    else { return nil }
    return (address, count)
  }
}
