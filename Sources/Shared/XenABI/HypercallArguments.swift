// SPDX-License-Identifier: Apache-2.0

/// Argument of `HVMOP_get_param` and `HVMOP_set_param`. C name: `struct xen_hvm_param`.
public struct HVMParameterArgument {
  /// Whose parameter. C name: `domid`.
  public var domain: UInt16
  private var padding: UInt16 = 0
  /// Which parameter. C name: `index`.
  public var index: UInt32
  /// Its value: read by set, written by get. C name: `value`.
  public var value: UInt64

  /// An argument for one parameter of one domain.
  public init(domain: DomainID, parameter: HVMParameter, value: UInt64 = 0) {
    self.domain = domain.rawValue
    self.index = parameter.rawValue
    self.value = value
  }
}

/// Argument of `SCHEDOP_shutdown`. C name: `struct sched_shutdown`.
public struct ShutdownArgument {
  /// Why the domain stops. C name: `reason`.
  public var reason: UInt32

  /// An argument with one reason.
  public init(reason: ShutdownReason) { self.reason = reason.rawValue }
}

/// Argument of `SCHEDOP_poll`. C name: `struct sched_poll`.
public struct PollArgument {
  /// Address of an array of ports (`evtchn_port_t`). C name: `ports`.
  public var ports: UInt64
  /// How many ports, at most 128. C name: `nr_ports`.
  public var portCount: UInt32
  private var padding: UInt32 = 0
  /// Absolute system time in nanoseconds, 0 for no limit. C name: `timeout`.
  public var timeout: UInt64

  /// An argument that names an array of ports by its linear address.
  public init(ports: UInt64, portCount: UInt32, timeout: UInt64) {
    self.ports = ports
    self.portCount = portCount
    self.timeout = timeout
  }
}

/// Argument of `XENMEM_add_to_physmap`. C name: `struct xen_add_to_physmap`.
public struct AddToPhysmapArgument {
  /// Whose physical memory map. C name: `domid`.
  public var domain: UInt16
  /// Number of frames, for ranges only. C name: `size`.
  public var size: UInt16 = 0
  /// What is mapped. C name: `space` (`XENMAPSPACE_*`).
  public var space: UInt32
  /// Index into the source space. C name: `idx`.
  public var index: UInt64 = 0
  /// Where it appears. C name: `gpfn`.
  public var frame: UInt64

  /// Maps the shared info page of the calling domain at `frame`.
  public init(sharedInfoAt frame: GuestFrameNumber) {
    domain = DomainID.own.rawValue
    space = MapSpace.sharedInfo
    self.frame = frame.rawValue
  }
}

/// Argument of `XENMEM_memory_map`. C name: `struct xen_memory_map`.
public struct MemoryMapArgument {
  /// Room for entries, then how many there are. C name: `nr_entries`.
  public var entryCount: UInt32
  private var padding: UInt32 = 0
  /// Address of an array of entries laid out as in `E820EntryLayout`. C name: `buffer`.
  public var buffer: UInt64

  /// An argument that names an array by its linear address.
  public init(entryCount: UInt32, buffer: UInt64) {
    self.entryCount = entryCount
    self.buffer = buffer
  }
}

/// Offsets in an entry that `XENMEM_memory_map` writes: packed, so not a structure of ours.
public enum E820EntryLayout {
  /// Bytes from one entry to the next.
  public static var size: Int { 20 }
  /// Address of the first byte, 64 bits.
  public static var address: Int { 0 }
  /// Bytes, 64 bits.
  public static var length: Int { 8 }
  /// What is there, 32 bits; 1 is RAM.
  public static var kind: Int { 16 }
}
