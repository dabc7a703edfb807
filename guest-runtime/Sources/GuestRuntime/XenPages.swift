// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenFrontends

/// The pages that the domain builder prepared for talking to dom0.
enum XenPages {
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

  private static func connection(
    _ frame: HVMParameter, _ port: HVMParameter
  ) -> (page: UnsafeMutableRawPointer, port: EventChannelPort)? {
    guard
      let frame = XenHypercalls.parameter(frame), let port = Self.port(port),
      let page = unsafe GuestFrameNumber(rawValue: frame).mappedPage
    else { return nil }
    return unsafe (page, port)
  }

  /// The local port of a daemon's channel; nil in a domain without it.
  static func port(_ parameter: HVMParameter) -> EventChannelPort? {
    XenHypercalls.parameter(parameter).map {
      EventChannelPort(rawValue: UInt32(truncatingIfNeeded: $0))
    }
  }
}
