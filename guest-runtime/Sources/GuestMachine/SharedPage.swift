// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
public import XenABI
import XenFrontends
import XenRings

/// A page that the guest shares with a daemon, as bare memory: nothing is checked, and what is written
/// there is written.
@safe public struct SharedPage {
  private let base: UnsafeMutableRawPointer
  /// The channel on which the two wake each other.
  public let port: EventChannelPort

  /// The page of the console daemon; nil in a domain without one.
  public static var console: SharedPage? {
    guard Xen.isThere else { return nil }
    return unsafe SharedPage(XenPages.connection(.consoleFrame, .consolePort))
  }

  /// The page of xenstored; nil in a domain without one.
  public static var xenstore: SharedPage? {
    guard Xen.isThere else { return nil }
    return unsafe SharedPage(XenPages.connection(.storeFrame, .storePort))
  }

  private init?(_ connection: (page: UnsafeMutableRawPointer, port: EventChannelPort)?) {
    guard let connection = unsafe connection else { return nil }
    unsafe base = connection.page
    port = unsafe connection.port
  }

  /// The 32-bit word at an offset, a multiple of 4 below 4096.
  public subscript(word offset: Int) -> UInt32 {
    get { word(offset).load() }
    nonmutating set { word(offset).store(newValue) }
  }

  /// The byte at an offset, below 4096.
  public subscript(byte offset: Int) -> UInt8 {
    get {
      precondition(offset >= 0 && offset < PageLayout.size)
      return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }
    nonmutating set {
      precondition(offset >= 0 && offset < PageLayout.size)
      unsafe base.storeBytes(of: newValue, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Wakes the daemon.
  public func notify() { Xen.notify(port) }

  /// Sleeps until the daemon woke us, or for some milliseconds; may return early.
  public func wait(atMostMilliseconds limit: UInt64) {
    Xen.wait(for: port, atMostMilliseconds: limit)
  }

  private func word(_ offset: Int) -> SharedIndex {
    precondition(offset >= 0 && offset < PageLayout.size && offset % 4 == 0)
    // SAFETY: within the page, aligned.
    return unsafe SharedIndex(unsafeAddress: base + offset)
  }
}
