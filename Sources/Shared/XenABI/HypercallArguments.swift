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
public struct PollArgument: BitwiseCopyable {
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

  /// Maps a frame of the calling domain's grant table at `frame`; the table grows to have it.
  public init(grantFrame index: UInt64, at frame: GuestFrameNumber) {
    domain = DomainID.own.rawValue
    space = MapSpace.grantTable
    self.index = index
    self.frame = frame.rawValue
  }
}

/// Argument of `XENMEM_memory_map`. C name: `struct xen_memory_map`.
public struct MemoryMapArgument: BitwiseCopyable {
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

/// Argument of `EVTCHNOP_alloc_unbound`. C name: `struct evtchn_alloc_unbound`.
public struct EventChannelAllocateArgument {
  /// Whose port is allocated. C name: `dom`.
  public var domain: UInt16 = DomainID.own.rawValue
  /// Who may bind the other end. C name: `remote_dom`.
  public var remoteDomain: UInt16
  /// Written by Xen: the new port. C name: `port`.
  public var port: UInt32 = 0

  /// A port of ours that `remote` may bind to.
  public init(for remote: DomainID) { remoteDomain = remote.rawValue }
}

/// Argument of `EVTCHNOP_bind_interdomain`. C name: `struct evtchn_bind_interdomain`.
public struct EventChannelConnectArgument {
  /// Whose port is at the other end. C name: `remote_dom`.
  public var remoteDomain: UInt16
  private var padding: UInt16 = 0
  /// That port. C name: `remote_port`.
  public var remotePort: UInt32
  /// Written by Xen: our end. C name: `local_port`.
  public var port: UInt32 = 0

  /// A channel to a port that `remote` allocated for us.
  public init(to remotePort: UInt32, of remote: DomainID) {
    remoteDomain = remote.rawValue
    self.remotePort = remotePort
  }
}

/// Argument of `EVTCHNOP_bind_virq`. C name: `struct evtchn_bind_virq`.
public struct EventChannelVIRQArgument {
  /// Which of Xen's own interrupts. C name: `virq`.
  public var interrupt: UInt32
  /// The virtual CPU it is for. C name: `vcpu`.
  public var vcpu: UInt32 = 0
  /// Written by Xen: the new port. C name: `port`.
  public var port: UInt32 = 0

  /// A port for an interrupt of the first virtual CPU.
  public init(_ interrupt: VirtualInterrupt) { self.interrupt = interrupt.rawValue }
}

/// Argument of `EVTCHNOP_send`, `EVTCHNOP_close` and `EVTCHNOP_unmask`: one local port.
/// C names: `struct evtchn_send`, `struct evtchn_close`, `struct evtchn_unmask`.
public struct EventChannelPortArgument {
  /// The local port. C name: `port`.
  public var port: UInt32

  /// An argument for one local port.
  public init(port: EventChannelPort) { self.port = port.rawValue }
}

/// Argument of `HVMOP_set_evtchn_upcall_vector`. C name: `struct xen_hvm_evtchn_upcall_vector`.
public struct UpcallVectorArgument {
  /// The virtual CPU. C name: `vcpu`.
  public var vcpu: UInt32 = 0
  /// The vector to raise, at least 16. C name: `vector`.
  public var vector: UInt8

  /// A vector for the first virtual CPU.
  public init(vector: UInt8) { self.vector = vector }
}

/// An interrupt that Xen itself raises, per virtual CPU. C names: `VIRQ_*`.
public struct VirtualInterrupt: RawRepresentable, Hashable, Sendable {
  /// Xen's number for it.
  public var rawValue: UInt32

  /// Wraps Xen's number of an interrupt.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The single-shot timer. C name: `VIRQ_TIMER`.
  public static var timer: VirtualInterrupt { VirtualInterrupt(rawValue: 0) }
}
