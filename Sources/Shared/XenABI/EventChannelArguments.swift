// SPDX-License-Identifier: Apache-2.0

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
