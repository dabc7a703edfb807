// SPDX-License-Identifier: Apache-2.0

/// Argument of `GNTTABOP_map_grant_ref`. C name: `struct gnttab_map_grant_ref`.
public struct GrantMapArgument {
  /// Guest-physical address at which the page appears. C name: `host_addr`.
  public var address: UInt64
  /// C name: `flags` (`GNTMAP_*`).
  public var flags: UInt32
  /// The grant's number. C name: `ref`.
  public var reference: UInt32
  /// Whose page. C name: `dom`.
  public var domain: UInt16
  /// Written by Xen: 0, or what was wrong (`GNTST_*`), negative. C name: `status`.
  public var status: Int16 = 0
  /// Written by Xen: by which the page is unmapped. C name: `handle`.
  public var handle: UInt32 = 0
  /// Written by Xen, for devices. C name: `dev_bus_addr`.
  public var deviceAddress: UInt64 = 0

  /// Maps a page for the CPU, for reading and writing, at a frame that has no RAM.
  public init(_ reference: UInt32, of domain: DomainID, at frame: GuestFrameNumber) {
    address = frame.address.rawValue
    // GNTMAP_host_map
    flags = 1 << 1
    self.reference = reference
    self.domain = domain.rawValue
  }
}

/// Argument of `GNTTABOP_unmap_grant_ref`. C name: `struct gnttab_unmap_grant_ref`.
public struct GrantUnmapArgument {
  /// Where the page is. C name: `host_addr`.
  public var address: UInt64
  /// 0: it was not mapped for a device. C name: `dev_bus_addr`.
  public var deviceAddress: UInt64 = 0
  /// What Xen gave when it was mapped. C name: `handle`.
  public var handle: UInt32
  /// Written by Xen: 0, or what was wrong (`GNTST_*`), negative. C name: `status`.
  public var status: Int16 = 0
  private var padding: UInt16 = 0

  /// Unmaps what was mapped at a frame.
  public init(_ handle: UInt32, at frame: GuestFrameNumber) {
    address = frame.address.rawValue
    self.handle = handle
  }
}
