// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import XenDomainModel

extension LibxlBuilder {
  /// The first bytes of a gzip file.
  private static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  /// The file that libxenguest loads in place of a module that it would unpack; nil for others.
  ///
  /// Up to Xen 4.19 libxenguest unpacks a module that begins as a gzip file, and says that it has 16
  /// bytes more than it has (`xc_dom_build_module` in tools/libs/guest/xg_dom_core.c); it builds no domain
  /// if the file is damaged, or larger than the domain's memory when unpacked. This one is as
  /// long, and has a zero for its first byte.
  static func fileToLoad(for module: ImageFile) throws(ToolstackError) -> ImageFile? {
    let mapped = try MappedFile(module)
    guard mapped.bytes.starts(with: gzipMagic) else { return nil }
    let file = try ImageFile(label: "module")
    try file.append([0])
    try file.append(contentOf: module, from: 1)
    return file
  }

  /// Gives a domain that has not run yet the first byte of its module, in place of that of
  /// `fileToLoad`.
  func restoreModule(_ file: ImageFile, of domain: Domain) throws(ToolstackError) {
    var address: UInt64 = 0
    guard pvh_start_info_address(host.control, domain.id.rawValue, &address) == 0 else {
      throw ToolstackError(
        call: "asking for the registers of domain \(domain.id)", log: host.log.text)
    }
    let info = try MappedValue<hvm_start_info>(of: domain, at: address, host).value
    guard info.magic == XEN_HVM_START_MAGIC_VALUE, info.nr_modules > 0 else {
      throw ToolstackError(
        .other,
        "domain \(domain.id) has no start info with a module at 0x\(String(address, radix: 16))")
    }
    let entry = try MappedValue<hvm_modlist_entry>(of: domain, at: info.modlist_paddr, host).value
    guard entry.size == file.byteCount else {
      throw ToolstackError(
        .other,
        "libxenlight gave domain \(domain.id) \(entry.size) bytes for a module of "
          + "\(file.byteCount)")
    }
    try MappedValue<UInt8>(of: domain, at: entry.paddr, host).value = Self.gzipMagic[0]
  }
}

/// A value in a domain's memory, mapped for reading and writing.
private final class MappedValue<Value: BitwiseCopyable> {
  private let bytes: UnsafeMutableRawBufferPointer
  private let memory: OpaquePointer
  private let start: UnsafeMutableRawPointer
  private let pageCount: Int

  init(of domain: Domain, at address: UInt64, _ host: ControlDomain) throws(ToolstackError) {
    let page = UInt64(DomainLayout.pageSize)
    let offset = Int(address % page)
    let count = MemoryLayout<Value>.size
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

  var value: Value {
    get { withExtendedLifetime(self) { bytes.loadUnaligned(as: Value.self) } }
    set {
      withUnsafeBytes(of: newValue) { bytes.copyMemory(from: $0) }
      withExtendedLifetime(self) {}
    }
  }
}
