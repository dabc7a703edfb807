// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestBoot
import GuestRuntime
public import XenABI
import XenFrontends

/// Xen without the runtime's care, for guests that test what is around them.
///
/// Nothing here keeps a guest from harming itself.
public enum Xen {
  /// Whether there is Xen below: only then may a hypercall be made.
  public static var isThere: Bool { Hypervisor.isXen }

  /// The first of Xen's CPUID leaves; nil where there is no Xen.
  public static var firstLeaf: UInt32? { Hypervisor.base }

  /// Makes a hypercall.
  ///
  /// - Returns: What Xen answers; negative error numbers among it.
  @discardableResult
  public static func call(
    _ number: HypercallNumber, _ first: UInt64, _ second: UInt64 = 0, _ third: UInt64 = 0,
    _ fourth: UInt64 = 0
  ) -> Int {
    xen_hypercall(number.rawValue, first, second, third, fourth, 0)
  }

  /// Makes a hypercall of an operation and a structure, to which Xen may write.
  ///
  /// - Returns: What Xen answers; negative error numbers among it.
  @discardableResult
  public static func call<Argument: BitwiseCopyable>(
    _ number: HypercallNumber, _ operation: UInt64, _ argument: inout Argument
  ) -> Int {
    unsafe withUnsafeMutablePointer(to: &argument) {
      // SAFETY: memory is mapped one to one, so Xen finds the argument at its linear address.
      call(number, operation, UInt64(UInt(bitPattern: $0)))
    }
  }

  /// The value of one of the domain's parameters; nil if Xen refuses, or if it is 0.
  public static func parameter(_ parameter: HVMParameter) -> UInt64? {
    XenHypercalls.parameter(parameter)
  }

  /// Stops the domain for a reason, `SHUTDOWN_*` in `xen/include/public/sched.h`, after the console's
  /// output was taken; returns if Xen refuses, or if the domain is resumed.
  public static func shutDown(_ reason: UInt32) {
    Lifecycle.drainConsole()
    var argument = reason
    call(.scheduler, HypercallOperation.shutdown, &argument)
  }

  /// Arms a watchdog of the domain, or feeds it. C name: `SCHEDOP_watchdog`.
  ///
  /// - Parameters:
  ///   - number: Which one; 0 for a new one.
  ///   - seconds: How long it waits; 0 to disarm it.
  /// - Returns: The number of a new one, 0 for one that was fed, or a negative error number.
  public static func watchdog(_ number: UInt32, seconds: UInt32) -> Int {
    var argument = (number, seconds)
    return unsafe withUnsafeMutableBytes(of: &argument) { bytes in
      call(.scheduler, 6, UInt64(UInt(bitPattern: bytes.baseAddress)))
    }
  }

  /// Wakes the other end of a port.
  public static func notify(_ port: EventChannelPort) {
    try? XenHypercalls().notify(port)
  }

  /// Sleeps until a port was notified, or for some milliseconds; may return early.
  public static func wait(for port: EventChannelPort, atMostMilliseconds limit: UInt64) {
    let calls = XenHypercalls()
    calls.wait(for: port, until: calls.now().advanced(byMilliseconds: limit))
    calls.clearPending(port)
  }

  /// The version: the major number, the minor one.
  public static var version: (major: Int, minor: Int) {
    let answer = call(.version, 0)
    return (answer >> 16, answer & 0xffff)
  }

  /// What stands behind the version's numbers, without a NUL, 15 bytes at most.
  /// C name: `XENVER_extraversion`.
  public static var extraVersion: [UInt8] {
    var text = [16 of UInt8](repeating: 0)
    _ = unsafe withUnsafeMutableBytes(of: &text) { bytes in
      call(.version, 1, UInt64(UInt(bitPattern: bytes.baseAddress)))
    }
    var result: [UInt8] = []
    for position in text.indices where text[position] != 0 && result.count == position {
      result.append(text[position])
    }
    return result
  }

  /// 32 of the features that Xen offers, as bits. C name: `XENVER_get_features`.
  ///
  /// - Parameter word: Which 32, from 0.
  /// - Returns: Nil if Xen has no such word.
  public static func features(_ word: UInt32) -> UInt32? {
    var argument = (word, UInt32(0))
    let answer = unsafe withUnsafeMutableBytes(of: &argument) { bytes in
      call(.version, 6, UInt64(UInt(bitPattern: bytes.baseAddress)))
    }
    return answer < 0 ? nil : argument.1
  }
}

/// The CPU, as the guest sees it.
public enum CPU {
  /// What CPUID answers, or Xen in its place: EAX, EBX, ECX, EDX.
  public static func identify(
    _ leaf: UInt32, _ subleaf: UInt32 = 0
  ) -> (eax: UInt32, ebx: UInt32, ecx: UInt32, edx: UInt32) {
    let answer = guest_cpuid(leaf, subleaf)
    return (answer.eax, answer.ebx, answer.ecx, answer.edx)
  }

  /// The time-stamp counter.
  public static var timestamp: UInt64 { guest_read_timestamp() }

  /// Writes a byte to an I/O port.
  public static func write(_ value: UInt8, toPort port: UInt16) { guest_write_port(port, value) }

  /// Reads a byte from an I/O port.
  public static func read(fromPort port: UInt16) -> UInt8 { guest_read_port(port) }

  /// Writes 16 bits to an I/O port.
  public static func write(_ value: UInt16, toPort port: UInt16) { guest_write_port16(port, value) }

  /// Reads a register of the CPU's model; faults if there is no such register.
  public static func modelRegister(_ number: UInt32) -> UInt64 { guest_read_msr(number) }
}
