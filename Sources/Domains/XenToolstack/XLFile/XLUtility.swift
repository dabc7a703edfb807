// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
import DomainModel
import Glibc

/// libxlutil, loaded: the library with which `xl` reads its files. It needs no running Xen.
struct XLUtility {
  let functions: pvh_xlutil

  /// Loads the one that belongs to the libraries that this program was built for.
  init() throws(ToolstackError) {
    let name = "libxlutil.so.\(String(cString: pvh_library_version()))"
    var functions = pvh_xlutil()
    guard pvh_xlutil_load(&functions, name) else {
      let reason = dlerror().map { String(cString: $0) } ?? name
      throw ToolstackError(
        .xenUnavailable,
        "Xen's library libxlutil, which reads configurations of xl, cannot be loaded: \(reason)")
    }
    self.functions = functions
  }
}
