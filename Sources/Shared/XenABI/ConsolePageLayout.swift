// SPDX-License-Identifier: Apache-2.0

/// Offsets in the console page, which xenconsoled shares with the guest.
/// C name: `struct xencons_interface` in `xen/include/public/io/console.h`.
public enum ConsolePageLayout {
  /// Bytes typed by the user: written by xenconsoled. C name: `in`.
  public static var input: Range<Int> { 0..<1024 }
  /// Bytes printed: written by the guest. C name: `out`.
  public static var output: Range<Int> { 1024..<3072 }
  /// Advanced by the guest as it reads input. C name: `in_cons`.
  public static var inputConsumed: Int { 3072 }
  /// Advanced by xenconsoled as it writes input. C name: `in_prod`.
  public static var inputProduced: Int { 3076 }
  /// Advanced by xenconsoled as it reads output. C name: `out_cons`.
  public static var outputConsumed: Int { 3080 }
  /// Advanced by the guest as it writes output. C name: `out_prod`.
  public static var outputProduced: Int { 3084 }
}
