// SPDX-License-Identifier: Apache-2.0
import CXenLight

extension ControlDomain {
  /// Refuses a name that some domain has, whoever made it.
  func refuseTakenName(_ name: String) throws(ToolstackError) {
    var holder: UInt32 = 0
    guard libxl_name_to_domid(libxl, name, &holder) == 0 else { return }
    throw ToolstackError(
      .nameTaken,
      "domain \(holder) is named \"\(name)\" already: choose another name, or "
        + "remove that domain with 'xl destroy \(holder)'")
  }
}
