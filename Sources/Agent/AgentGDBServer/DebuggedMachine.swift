// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// A virtual CPU with its memory, as a debugger handles it.
public protocol DebuggedMachine {
  associatedtype Failure: Error

  /// The registers; the guest may run.
  func registers() throws(Failure) -> MachineRegisters
  /// Changes the registers of a guest that is stopped.
  func set(_ registers: MachineRegisters) throws(Failure)
  /// How addresses are translated, and where exceptions go.
  func tables() throws(Failure) -> MachineTables
  /// Bytes at a physical address, all in one page; nil where there is no memory.
  func read(physical address: UInt64, count: Int) -> [UInt8]?
  /// Writes bytes, all in one page; false where there is no memory.
  func write(_ bytes: [UInt8], physical address: UInt64) -> Bool
  /// Stops the guest.
  func pause() throws(Failure)
  /// Lets the guest go on.
  func resume() throws(Failure)
}

extension MachineTables {
  /// Whether addresses are translated at all.
  var hasPaging: Bool { cr0 >> 31 & 1 == 1 }
  /// Whether 64-bit code runs.
  var isLongMode: Bool { efer >> 10 & 1 == 1 }
}

extension DebuggedMachine {
  /// Where an address of the program is in memory; nil where nothing is mapped.
  ///
  /// Source: AMD64 manual, volume 2, 5.3, "Long-Mode Page Translation".
  func physical(_ address: UInt64, _ tables: MachineTables) -> UInt64? {
    guard tables.hasPaging else { return address }
    guard tables.isLongMode else { return nil }
    let frame: UInt64 = 0x000f_ffff_ffff_f000
    var table = tables.cr3 & frame
    for shift in stride(from: UInt64(39), through: 12, by: -9) {
      let index = address >> shift & 0x1ff
      guard let bytes = read(physical: table + index * 8, count: 8) else { return nil }
      let entry = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard entry & 1 == 1 else { return nil }
      let isLarge = entry >> 7 & 1 == 1 && shift < 39
      if shift == 12 || isLarge {
        let inside = (UInt64(1) << shift) - 1
        return entry & frame & ~inside | address & inside
      }
      table = entry & frame
    }
    return nil
  }

  /// Bytes of the program's memory, as many as are mapped from there on.
  func read(_ address: UInt64, count: Int, _ tables: MachineTables) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      let (place, overflow) = address.addingReportingOverflow(UInt64(result.count))
      guard !overflow else { return result }
      let piece = min(count - result.count, 4096 - Int(place & 4095))
      guard let physical = physical(place, tables),
        let bytes = read(physical: physical, count: piece)
      else { return result }
      result += bytes
    }
    return result
  }

  /// Changes the program's memory, whatever the program itself may do with it; false if some of it is not
  /// mapped.
  func write(_ bytes: [UInt8], _ address: UInt64, _ tables: MachineTables) -> Bool {
    var rest = bytes[...]
    var place = address
    while !rest.isEmpty {
      let piece = rest.prefix(4096 - Int(place & 4095))
      guard let physical = physical(place, tables), write(Array(piece), physical: physical) else {
        return false
      }
      rest = rest.dropFirst(piece.count)
      place &+= UInt64(piece.count)
    }
    return true
  }
}
