// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

extension LibxlBuilder {
  /// The first bytes of a gzip file.
  private static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  /// Gives a domain that has not run yet its module as it is.
  ///
  /// Up to Xen 4.19 libxenguest unpacks a module that is a gzip file, and says that it has 16 bytes
  /// more than it has (`xc_dom_build_module` in tools/libs/guest/xg_dom_core.c). There is always room for
  /// the packed bytes in the same place.
  func restoreModule(_ file: ImageFile, of domain: Domain) throws(ToolstackError) {
    let module = try MappedFile(file)
    guard module.bytes.starts(with: Self.gzipMagic) else { return }
    var address: UInt64 = 0
    guard pvh_start_info_address(host.control, domain.id.rawValue, &address) == 0 else {
      throw ToolstackError(
        call: "asking for the registers of domain \(domain.id)", log: host.log.text)
    }
    let size = MemoryLayout<hvm_start_info>.size
    let info = try MappedRange(of: domain, at: address, count: size, host)
      .load(as: hvm_start_info.self)
    guard info.magic == XEN_HVM_START_MAGIC_VALUE, info.nr_modules > 0 else {
      throw ToolstackError(
        .other,
        "domain \(domain.id) has no start info with a module at 0x\(String(address, radix: 16))")
    }
    let list = try MappedRange(
      of: domain, at: info.modlist_paddr, count: MemoryLayout<hvm_modlist_entry>.size, host)
    var entry = list.load(as: hvm_modlist_entry.self)
    guard entry.size >= module.bytes.count else {
      throw ToolstackError(
        .other,
        "libxenlight gave domain \(domain.id) \(entry.size) bytes for a module of "
          + "\(module.bytes.count)")
    }
    try MappedRange(of: domain, at: entry.paddr, count: Int(entry.size), host)
      .fill(with: module.bytes)
    entry.size = UInt64(module.bytes.count)
    list.store(entry)
  }
}

/// A range of a domain's memory, mapped for reading and writing.
private final class MappedRange {
  private let bytes: UnsafeMutableRawBufferPointer
  private let memory: OpaquePointer
  private let start: UnsafeMutableRawPointer
  private let pageCount: Int

  init(of domain: Domain, at address: UInt64, count: Int, _ host: ControlDomain)
    throws(ToolstackError)
  {
    let page = UInt64(DomainLayout.pageSize)
    let offset = Int(address % page)
    pageCount = DomainLayout.pages(offset + count)
    var frames = (0..<UInt64(pageCount)).map { xen_pfn_t(address / page + $0) }
    memory = host.memory
    guard
      let start = xenforeignmemory_map(
        memory, domain.id.rawValue, PROT_READ | PROT_WRITE, pageCount, &frames, nil)
    else {
      throw ToolstackError(
        call: "mapping \(count) bytes of domain \(domain.id) at 0x\(String(address, radix: 16))")
    }
    self.start = start
    bytes = UnsafeMutableRawBufferPointer(start: start + offset, count: count)
  }

  deinit { xenforeignmemory_unmap(memory, start, pageCount) }

  func load<Value: BitwiseCopyable>(as type: Value.Type) -> Value {
    withExtendedLifetime(self) { bytes.loadUnaligned(as: type) }
  }

  func store<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.copyMemory(from: $0) }
    withExtendedLifetime(self) {}
  }

  /// Puts content at the start, and zeros behind it.
  func fill(with content: UnsafeRawBufferPointer) {
    bytes.copyMemory(from: content)
    UnsafeMutableRawBufferPointer(rebasing: bytes[content.count...])
      .initializeMemory(as: UInt8.self, repeating: 0)
    withExtendedLifetime(self) {}
  }
}
