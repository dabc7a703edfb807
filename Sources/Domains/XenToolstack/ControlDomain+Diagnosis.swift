// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel

extension ControlDomain {
  /// What a failed creation means, told from the libraries' own lines: their error numbers say
  /// little, and the errno text beside them is often left over from something else.
  ///
  /// `what` is what failed, where the lines do not tell.
  func diagnosis(of configuration: DomainConfiguration, _ what: String) -> ToolstackError {
    let size = "\(configuration.memoryKiB) KiB"
    let (kind, message): (ToolstackError.Kind, String)
    if log.complains(of: "already exists") {
      kind = .nameTaken
      message = "another domain was named \"\(configuration.name)\" meanwhile: choose another name"
    } else if log.complains(of: "segment kernel too large") {
      kind = .imageRejected
      message =
        "the image does not fit into \(size) of memory, counted from address 0: give the domain "
        + "more memory, or link the image lower"
    } else if log.complains(of: "too large") {
      kind = .badConfiguration
      message = "image and module do not fit into \(size) of memory: give the domain more"
    } else if log.complains(of: "console tty") {
      kind = .consoleUnavailable
      message = "the domain got no console: is xenconsoled running, and devpts mounted?"
    } else if log.complains(of: "paging mempool") || log.complains(of: "allocate")
      || log.complains(of: "mem_init")
    {
      kind = .outOfMemory
      message =
        "Xen could not give the domain \(size) and what it needs besides; \(freeMemoryKiB) "
        + "KiB are free: ask for less, or make room with 'xl mem-set 0' in "
        + "the control domain"
    } else if log.complains(of: "xc_dom_") {
      kind = .imageRejected
      message = "Xen's loader refuses the image (\(lastWords)); is it a PVH image?"
    } else {
      kind = .other
      message = "\(what): \(lastWords)"
    }
    return ToolstackError(kind, message, log: log.text)
  }

  /// What libxenctrl, or if it was silent libxenlight, gave as the reason.
  private var lastWords: String {
    log.lastComplaint(from: "xc") ?? log.lastComplaint(from: "libxl") ?? "no reason given"
  }
}
