// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
public import HostSystem
import XenDomainModel

/// A guest's console page, mapped for reading.
///
/// Xen keeps a domain as long as this is mapped.
public final class ConsoleRing {
  private let memory: OpaquePointer
  private var page: UnsafeMutableRawPointer?
  /// The index with which the ring began.
  private let start: UInt32
  private var last = ConsoleIndices(produced: 0, consumed: 0)

  init(of domain: Domain, startingAt start: UInt32 = 0, control: OpaquePointer, log: LibraryLog)
    throws(ToolstackError)
  {
    self.start = start
    var frame: UInt64 = 0
    let parameter = UInt32(HVM_PARAM_CONSOLE_PFN)
    guard xc_hvm_param_get(control, domain.id.rawValue, parameter, &frame) == 0, frame != 0 else {
      throw ToolstackError(
        .consoleUnavailable, "domain \(domain.id) has no console page", log: log.text)
    }
    guard let memory = xenforeignmemory_open(log.logger, 0) else {
      throw ToolstackError(call: "opening Xen's interface for mapping memory")
    }
    var frames: [xen_pfn_t] = [xen_pfn_t(frame)]
    guard let page = xenforeignmemory_map(memory, domain.id.rawValue, PROT_READ, 1, &frames, nil)
    else {
      let error = ToolstackError(call: "mapping the console page of domain \(domain.id)")
      xenforeignmemory_close(memory)
      throw error
    }
    self.memory = memory
    self.page = page
  }

  deinit {
    unmap()
    xenforeignmemory_close(memory)
  }

  /// Gives the page back; the indices stay as they were seen last.
  public func unmap() {
    guard let page else { return }
    xenforeignmemory_unmap(memory, page, 1)
    self.page = nil
  }

  /// The indices as they are at this moment.
  public var indices: ConsoleIndices {
    guard let page else { return last }
    // The consumer's first: it never passes a producer that is read after it.
    let consumed = pvh_console_consumed(page) &- start
    last = ConsoleIndices(produced: pvh_console_produced(page) &- start, consumed: consumed)
    return last
  }
}

/// How far a guest's console output has come, both counted since the domain was built.
///
/// The indices run freely and wrap at 2³². A guest that scribbles over its ring can make them
/// anything at all.
public struct ConsoleIndices: Equatable, Sendable {
  /// Bytes that the guest put into the ring (C name: `out_prod`).
  public var produced: UInt32
  /// Bytes that xenconsoled took out of it (C name: `out_cons`).
  public var consumed: UInt32

  /// Puts two indices together.
  public init(produced: UInt32, consumed: UInt32) {
    self.produced = produced
    self.consumed = consumed
  }

  /// Bytes that the ring can hold.
  public static var capacity: UInt32 { 2048 }

  /// Whether xenconsoled serves a ring with these indices; it ignores impossible ones for ever.
  public var isServed: Bool { produced &- consumed <= Self.capacity }
}

/// Decides, after a guest has stopped, when all of its console output has arrived.
///
/// Pure arithmetic on what the guest left behind and on what came through the terminal.
public struct ConsoleDrain: Sendable {
  /// What to do now.
  public enum Verdict: Equatable, Sendable {
    /// More will come, or may come until the patience ends.
    case waiting
    /// Every byte is here.
    case complete
    /// So many bytes never arrived.
    case missing(UInt32)
    /// The guest left indices from which nothing can be counted.
    case uncountable
  }

  /// More than this cannot be between the ring and us, not even with xenconsoled's buffer full.
  static let plausibleBacklog: UInt32 = 4 << 20
  /// Milliseconds to wait when the indices say nothing: xenconsoled's rate limit is 200.
  static let uncountablePatience = 500

  private let patience: Int
  private var last: (indices: ConsoleIndices, received: UInt64)?
  private var quietSince = MonotonicTime(nanoseconds: 0)

  /// Gives up when nothing has moved for so many milliseconds.
  public init(patience: Int) {
    self.patience = patience
  }

  /// Judges the indices as they are now against the bytes received in all.
  ///
  /// `isClosed` says that nothing can come any more.
  public mutating func judge(
    _ indices: ConsoleIndices, received: UInt64, isClosed: Bool = false, now: MonotonicTime
  ) -> Verdict {
    let missing = indices.produced &- UInt32(truncatingIfNeeded: received)
    let isCountable = indices.isServed && missing <= Self.plausibleBacklog
    if isCountable, missing == 0 { return .complete }
    let final: Verdict = isCountable ? .missing(missing) : .uncountable
    if isClosed { return final }
    if let last, last.indices == indices, last.received == received {
      let patience = isCountable ? patience : min(patience, Self.uncountablePatience)
      return now >= quietSince.adding(milliseconds: patience) ? final : .waiting
    }
    last = (indices, received)
    quietSince = now
    return .waiting
  }

  /// Starts the patience anew: the delay is our own, not the peer's.
  public mutating func excuse() {
    last = nil
  }
}
