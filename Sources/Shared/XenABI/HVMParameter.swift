// SPDX-License-Identifier: Apache-2.0

/// A per-domain value kept by Xen, the way a PVH guest finds its console and xenstore.
/// C names: `HVM_PARAM_*` in `xen/include/public/hvm/params.h`.
public struct HVMParameter: RawRepresentable, Hashable, Sendable {
  /// The parameter's index.
  public var rawValue: UInt32

  /// Wraps a parameter index.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// How Xen tells the domain of events. C name: `HVM_PARAM_CALLBACK_IRQ`.
  public static var callback: HVMParameter { HVMParameter(rawValue: 0) }
  /// Frame of the xenstore page. C name: `HVM_PARAM_STORE_PFN`.
  public static var storeFrame: HVMParameter { HVMParameter(rawValue: 1) }
  /// Local port of xenstored's channel. C name: `HVM_PARAM_STORE_EVTCHN`.
  public static var storePort: HVMParameter { HVMParameter(rawValue: 2) }
  /// Frame of the console page. C name: `HVM_PARAM_CONSOLE_PFN`.
  public static var consoleFrame: HVMParameter { HVMParameter(rawValue: 17) }
  /// Local port of the console daemon's channel. C name: `HVM_PARAM_CONSOLE_EVTCHN`.
  public static var consolePort: HVMParameter { HVMParameter(rawValue: 18) }
}
