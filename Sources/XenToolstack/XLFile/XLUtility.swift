// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// libxlutil, loaded: the library with which `xl` reads its files. It needs no running Xen.
struct XLUtility {
  let functions: pvh_xlutil

  /// Loads the one that belongs to the libxenlight of this process.
  init() throws(ToolstackError) {
    let path = try Self.path()
    var functions = pvh_xlutil()
    guard pvh_xlutil_load(&functions, path) else {
      let reason = dlerror().map { String(cString: $0) } ?? path
      throw ToolstackError(
        .xenUnavailable,
        "Xen's library libxlutil, which reads configurations of xl, cannot be loaded: \(reason)")
    }
    self.functions = functions
  }

  /// Both libraries carry Xen's version in their names, and lie in one folder.
  private static func path() throws(ToolstackError) -> String {
    let name = "libxenlight"
    guard let known = pvh_libxenlight_path().map({ String(cString: $0) }),
      let start = known.utf8.lastIndex(of: UInt8(ascii: "/")).map({ known.utf8.index(after: $0) }),
      known[start...].hasPrefix(name)
    else {
      throw ToolstackError(
        .xenUnavailable, "libxenlight has no file name from which libxlutil's would follow")
    }
    return known[..<start] + "libxlutil" + known[start...].dropFirst(name.count)
  }
}
