// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
public import XenDomainModel

/// A domain whose only virtual CPU is in somebody's hands: registers, memory, stopping and going on.
public final class DebuggedDomain {
  private let host: ControlDomain
  private let domain: Domain
  /// What is mapped while the guest is stopped: mapping takes far longer than reading, and page tables are
  /// read again and again. Xen keeps a domain as long as some of it is mapped.
  private var pages: [UInt64: Page] = [:]
  private static let pageSize = 4096
  private static let pageLimit = 64

  private struct Page {
    var start: UnsafeMutableRawPointer
    var isWritable: Bool
  }

  /// Takes a domain that is paused.
  public init(_ domain: Domain, host: ControlDomain) {
    self.domain = domain
    self.host = host
  }

  deinit { unmap() }

  /// The registers; the guest may run.
  public func registers() throws(ToolstackError) -> MachineRegisters {
    var raw = pvh_registers()
    guard pvh_get_registers(host.control, UInt32(domain.id.rawValue), &raw) == 0 else {
      throw ToolstackError(call: "reading the registers of domain \(domain.id)")
    }
    return MachineRegisters(
      general: withUnsafeBytes(of: raw.general) { Array($0.bindMemory(to: UInt64.self)) },
      instruction: raw.instruction, flags: raw.flags,
      segments: withUnsafeBytes(of: raw.segments) { Array($0.bindMemory(to: UInt32.self)) },
      floating: withUnsafeBytes(of: raw.floating) { Array($0) })
  }

  /// Changes the registers of a guest that is paused, but for the segments.
  public func set(_ registers: MachineRegisters) throws(ToolstackError) {
    var raw = pvh_registers()
    withUnsafeMutableBytes(of: &raw.general) { $0.copyBytes(from: registers.general.rawBytes) }
    raw.instruction = registers.instruction
    raw.flags = registers.flags
    withUnsafeMutableBytes(of: &raw.floating) { $0.copyBytes(from: registers.floating) }
    guard pvh_set_registers(host.control, UInt32(domain.id.rawValue), &raw) == 0 else {
      throw ToolstackError(call: "changing the registers of domain \(domain.id)")
    }
  }

  /// Where memory and handlers are.
  public func tables() throws(ToolstackError) -> MachineTables {
    var raw = pvh_tables()
    guard pvh_get_tables(host.control, UInt32(domain.id.rawValue), &raw) == 0 else {
      throw ToolstackError(call: "reading the control registers of domain \(domain.id)")
    }
    return MachineTables(
      cr0: raw.cr0, cr3: raw.cr3, cr4: raw.cr4, efer: raw.efer,
      interruptTable: raw.interrupt_table, interruptTableLimit: raw.interrupt_table_limit)
  }

  /// Bytes at a physical address, all in one page; nil where the domain has no memory.
  public func read(physical address: UInt64, count: Int) -> [UInt8]? {
    withPage(of: address, PROT_READ) { page in
      Array(UnsafeRawBufferPointer(start: page, count: min(count, Self.room(behind: address))))
    }
  }

  /// Writes bytes, all in one page; false where the domain has no memory.
  public func write(_ bytes: [UInt8], physical address: UInt64) -> Bool {
    guard bytes.count <= Self.room(behind: address) else { return false }
    return withPage(of: address, PROT_READ | PROT_WRITE) { $0.copyMemory(from: bytes) } != nil
  }

  /// Stops the virtual CPU.
  public func pause() throws(ToolstackError) { try host.pause(domain) }

  /// Lets it go on.
  public func resume() throws(ToolstackError) {
    unmap()
    try host.unpause(domain)
  }

  private static func room(behind address: UInt64) -> Int {
    pageSize - Int(address % UInt64(pageSize))
  }

  private func withPage<Result>(
    of address: UInt64, _ protection: Int32, _ body: (UnsafeMutableRawPointer) -> Result
  ) -> Result? {
    let frame = address / UInt64(Self.pageSize)
    if pages[frame] == nil {
      if pages.count >= Self.pageLimit { unmap() }
      pages[frame] = map(frame)
    }
    guard let page = pages[frame], page.isWritable || protection & PROT_WRITE == 0 else {
      return nil
    }
    return body(page.start + Int(address % UInt64(Self.pageSize)))
  }

  /// Maps a page, for writing if that is allowed.
  private func map(_ frame: UInt64) -> Page? {
    var frames = [xen_pfn_t(frame)]
    for protection in [PROT_READ | PROT_WRITE, PROT_READ] {
      let start = xenforeignmemory_map(
        host.memory, domain.id.rawValue, protection, 1, &frames, nil)
      if let start { return Page(start: start, isWritable: protection & PROT_WRITE != 0) }
    }
    return nil
  }

  private func unmap() {
    for page in pages.values { xenforeignmemory_unmap(host.memory, page.start, 1) }
    pages = [:]
  }
}

extension [UInt64] {
  /// Its bytes, as they lie in memory.
  fileprivate var rawBytes: [UInt8] { withUnsafeBytes { bytes -> [UInt8] in Array<UInt8>(bytes) } }
}

extension UnsafeMutableRawPointer {
  fileprivate func copyMemory(from bytes: [UInt8]) {
    copyMemory(from: bytes, byteCount: bytes.count)
  }
}
