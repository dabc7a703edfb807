// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestBoot
package import XenABI
import XenEvents
package import XenFrontends

/// The drivers' `Hypercalls`, issued to Xen.
package struct XenHypercalls: Hypercalls {
  package init() {}

  package func notify(_ port: EventChannelPort) throws(HypercallError) {
    var argument = EventChannelPortArgument(port: port)
    try Self.issue(.eventChannel, HypercallOperation.send, &argument)
  }

  package func clearPending(_ port: EventChannelPort) {
    SharedInfo.mapped?.events.clearPending(port)
  }

  package func wait(for port: EventChannelPort, until deadline: SystemTime) {
    guard SharedInfo.mapped != nil else { return yield() }
    var number = port.rawValue
    unsafe withUnsafePointer(to: &number) { ports in
      var argument = PollArgument(
        ports: UInt64(UInt(bitPattern: ports)), portCount: 1, timeout: deadline.rawValue)
      // Whatever Xen answers, the caller looks at its page and its deadline again.
      _ = try? Self.issue(.scheduler, HypercallOperation.poll, &argument)
    }
  }

  /// Sleeps until one of two ports is notified or the system time is `deadline`; may return early.
  package func wait(
    for port: EventChannelPort, or other: EventChannelPort, until deadline: SystemTime
  ) {
    guard SharedInfo.mapped != nil else { return yield() }
    var numbers: [2 of UInt32] = [port.rawValue, other.rawValue]
    unsafe withUnsafePointer(to: &numbers) { ports in
      var argument = PollArgument(
        ports: UInt64(UInt(bitPattern: ports)), portCount: 2, timeout: deadline.rawValue)
      _ = try? Self.issue(.scheduler, HypercallOperation.poll, &argument)
    }
  }

  /// Sleeps for some milliseconds; may return early.
  package static func pause(milliseconds: UInt64) {
    XenHypercalls().sleep(until: XenHypercalls().now().advanced(byMilliseconds: milliseconds))
  }

  func sleep(until deadline: SystemTime) {
    var argument = PollArgument(ports: 0, portCount: 0, timeout: deadline.rawValue)
    _ = try? Self.issue(.scheduler, HypercallOperation.poll, &argument)
  }

  package func now() -> SystemTime {
    SharedInfo.mapped?.systemTime() ?? SystemTime(rawValue: .max)
  }

  package func yield() {
    _ = xen_hypercall(
      HypercallNumber.scheduler.rawValue, HypercallOperation.yield, 0, 0, 0, 0)
  }

  /// The value of an HVM parameter; nil if Xen refuses, or if it is 0: "not there".
  package static func parameter(_ parameter: HVMParameter) -> UInt64? {
    var argument = HVMParameterArgument(domain: .own, parameter: parameter)
    guard let _ = try? issue(.hvm, HypercallOperation.getParameter, &argument) else {
      return nil
    }
    return argument.value == 0 ? nil : argument.value
  }

  /// Sets an HVM parameter; what Xen does not let a guest set stays as it is.
  static func set(_ parameter: HVMParameter, to value: UInt64) {
    var argument = HVMParameterArgument(domain: .own, parameter: parameter, value: value)
    _ = try? issue(.hvm, HypercallOperation.setParameter, &argument)
  }

  /// Has `VIRQ_TIMER` raised when the system time is `deadline`.
  static func setTimer(_ deadline: SystemTime) {
    _ = xen_hypercall(HypercallNumber.setTimer.rawValue, deadline.rawValue, 0, 0, 0, 0)
  }

  /// Stops the domain; returns only if Xen refuses.
  static func shutDown(_ reason: ShutdownReason) {
    var argument = ShutdownArgument(reason: reason)
    _ = try? issue(.scheduler, HypercallOperation.shutdown, &argument)
  }

  /// Issues a hypercall of an operation and one argument structure; some want to know how many there are.
  ///
  /// - Throws: the errno that Xen returned.
  @discardableResult
  package static func issue<Argument>(
    _ number: HypercallNumber, _ operation: UInt64, _ argument: inout Argument, count: UInt64 = 0
  ) throws(HypercallError) -> Int {
    let result = unsafe withUnsafeMutablePointer(to: &argument) {
      // SAFETY: memory is mapped one to one, so Xen finds the argument at its linear address.
      xen_hypercall(
        number.rawValue, operation, UInt64(UInt(bitPattern: $0)), count, 0, 0)
    }
    guard result >= 0 else { throw HypercallError(rawValue: Int32(truncatingIfNeeded: -result)) }
    return result
  }
}

/// The pages that the domain builder prepared for talking to dom0.
package enum XenPages {
  /// Whether there is no Xen to ask for them: set by guests that run without one, before they allocate.
  nonisolated(unsafe) package static var areAbsent = false

  /// Address of the console's page, 0 until there is a console.
  nonisolated(unsafe) private(set) static var consoleAddress: UInt = 0

  /// The console, nil in a domain without one.
  static func console() -> ConsoleFrontend<XenHypercalls>? {
    guard let (page, port) = unsafe connection(.consoleFrame, .consolePort) else { return nil }
    unsafe consoleAddress = UInt(bitPattern: page)
    return unsafe ConsoleFrontend(page: page, port: port, calls: XenHypercalls())
  }

  /// The xenstore client, nil in a domain without xenstore.
  static func xenstore() -> XenstoreClient<XenHypercalls>? {
    guard let (page, port) = unsafe connection(.storeFrame, .storePort) else { return nil }
    return unsafe XenstoreClient(page: page, port: port, calls: XenHypercalls())
  }

  /// A single write to xenstore, nil in a domain without xenstore.
  static func xenstoreWrite() -> SingleXenstoreWrite<XenHypercalls>? {
    guard let (page, port) = unsafe connection(.storeFrame, .storePort) else { return nil }
    return unsafe SingleXenstoreWrite(page: page, port: port, calls: XenHypercalls())
  }

  package static func connection(
    _ frame: HVMParameter, _ port: HVMParameter
  ) -> (page: UnsafeMutableRawPointer, port: EventChannelPort)? {
    guard
      let frame = XenHypercalls.parameter(frame), let port = Self.port(port),
      let page = unsafe GuestFrameNumber(rawValue: frame).mappedPage
    else { return nil }
    return unsafe (page, port)
  }

  /// Where frames of the grant table go, one after the other, behind shared info.
  package static var firstGrantFrame: UInt64 { MappedMemory.sharedInfoFrame + 1 }
  /// How many there is room for: twice of what Xen allows a domain unless it is told otherwise.
  package static var grantFrameLimit: Int { 128 }

  /// Where pages go that other domains grant to this one, behind the grant table.
  package static var firstForeignFrame: UInt64 { firstGrantFrame + UInt64(grantFrameLimit) }
  /// How many there is room for: the builder's own pages are the last eight of the hole, from 0xFEFF8 on.
  package static var foreignFrameLimit: Int { 96 }

  /// The local port of a daemon's channel; nil in a domain without it.
  package static func port(_ parameter: HVMParameter) -> EventChannelPort? {
    XenHypercalls.parameter(parameter).map {
      EventChannelPort(rawValue: UInt32(truncatingIfNeeded: $0))
    }
  }
}

/// What CPUID says about the hypervisor.
///
/// Source: `xen/include/public/arch-x86/cpuid.h`.
package enum Hypervisor {
  package static var isXen: Bool { base != nil }

  /// The number of this domain; `DOMID_SELF` where Xen does not say.
  static var domainID: UInt16 {
    guard let base else { return 0x7ff0 }
    let answer = guest_cpuid(base + 4, 0)
    let isValid = answer.eax & (1 << 4) != 0
    return isValid ? UInt16(truncatingIfNeeded: answer.ecx) : 0x7ff0
  }

  /// The first of Xen's leaves. They are higher up when Xen shows Viridian leaves as well.
  package static var base: UInt32? {
    for leaf in stride(from: UInt32(0x4000_0000), to: 0x4001_0000, by: 0x100) {
      let answer = guest_cpuid(leaf, 0)
      // "XenVMMXenVMM"
      if answer.ebx == 0x566e_6558, answer.ecx == 0x6558_4d4d, answer.edx == 0x4d4d_566e {
        return leaf
      }
    }
    return nil
  }
}
