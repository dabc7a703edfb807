// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
public import XenDomainModel

/// A domain's memory, read page by page.
public final class GuestMemory {
  /// Bytes in a page.
  public static var pageSize: Int { 4096 }

  private let memory: OpaquePointer
  private let domain: DomainID

  /// Opens a domain's memory for reading.
  public init(of domain: DomainID) throws(ToolstackError) {
    guard let memory = xenforeignmemory_open(nil, 0) else {
      throw ToolstackError(
        .xenUnavailable, call: "opening Xen's interface for mapping memory",
        advice: "work as root in a control domain")
    }
    self.memory = memory
    self.domain = domain
  }

  deinit { xenforeignmemory_close(memory) }

  /// A copy of the first `count` bytes of a page; nil where the domain has no memory.
  public func bytes(ofFrame frame: UInt64, count: Int = pageSize) -> [UInt8]? {
    var frames = [xen_pfn_t(frame)]
    guard
      let page = xenforeignmemory_map(memory, domain.rawValue, PROT_READ, 1, &frames, nil)
    else { return nil }
    defer { xenforeignmemory_unmap(memory, page, 1) }
    return Array(UnsafeRawBufferPointer(start: page, count: min(count, Self.pageSize)))
  }
}

extension GuestMemory {
  /// A copy of bytes at a physical address; nil where the domain has no memory.
  func bytes(physical address: UInt64, count: Int) -> [UInt8]? {
    let pageSize = UInt64(Self.pageSize)
    let (end, overflow) = address.addingReportingOverflow(UInt64(count))
    guard count > 0, !overflow else { return count == 0 ? [] : nil }
    var result: [UInt8] = []
    for frame in address / pageSize...(end - 1) / pageSize {
      guard let page = bytes(ofFrame: frame) else { return nil }
      result += page
    }
    return Array(result.dropFirst(Int(address % pageSize)).prefix(count))
  }

  /// C name: `XEN_HVM_START_MAGIC_VALUE`.
  private static var magic: [UInt8] { [0x78, 0xc5, 0x6e, 0x33] }
  /// The start info is searched for in so many pages, and further on not behind so many holes.
  private static var searchedFrames: UInt64 { 1 << 18 }
  private static var holeLimit: UInt64 { 4096 }
  /// Start info and what it refers to are in so many pages at most.
  private static var startInfoFrames: UInt64 { 32 }

  /// The pages from the start info on, and their address.
  ///
  /// The domain builder puts it at the start of a page, behind image and modules; a guest that has run
  /// may have put something else there.
  public func startInfo() -> (address: UInt64, bytes: [UInt8])? {
    var holes: UInt64 = 0
    for frame in 0..<Self.searchedFrames {
      guard let start = bytes(ofFrame: frame, count: 4) else {
        holes += 1
        guard holes < Self.holeLimit else { return nil }
        continue
      }
      holes = 0
      guard start == Self.magic else { continue }
      var result: [UInt8] = []
      for next in frame..<frame + Self.startInfoFrames {
        guard let page = bytes(ofFrame: next) else { break }
        result += page
      }
      return (frame * UInt64(Self.pageSize), result)
    }
    return nil
  }
}
