// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel
import Glibc

/// A guest's console page, mapped for reading.
///
/// As long as it is mapped, Xen cannot forget the domain.
public final class ConsoleRing {
  private let memory: OpaquePointer
  private var page: UnsafeMutableRawPointer?
  private var last = ConsoleIndices(produced: 0, consumed: 0)

  init(of domain: Domain, control: OpaquePointer, log: LibraryLog) throws(ToolstackError) {
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
    let consumed = pvh_console_consumed(page)
    last = ConsoleIndices(produced: pvh_console_produced(page), consumed: consumed)
    return last
  }
}
