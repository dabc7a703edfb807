// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem
public import XenDomainModel

/// This process's handles to Xen: it runs in the control domain and drives the others.
public final class ControlDomain {
  let log: LibraryLog
  /// C name: `xc_interface`.
  let control: OpaquePointer
  /// C name: `xenforeignmemory_handle`.
  let memory: OpaquePointer
  let store: XenstoreConnection
  private var library: Libxl?
  /// Destroys a domain with devices in another process, where this one cannot load libxenlight.
  package var destroyElsewhere: ((Domain) throws(ToolstackError) -> Void)?
  private weak var news: DomainReleaseWatch?

  /// Opens the libraries; fails in a domain that is not the control domain, without Xen, or with a Xen
  /// whose privileged interface is none that this program knows.
  public init() throws(ToolstackError) {
    let log = LibraryLog()
    guard access("/dev/xen/privcmd", R_OK | W_OK) == 0 || access("/proc/xen/privcmd", R_OK) == 0
    else {
      throw ToolstackError(
        .xenUnavailable,
        "/dev/xen/privcmd cannot be opened (\(String(cString: strerror(errno)))): "
          + "run this as root in Xen's control domain")
    }
    guard let control = xc_interface_open(log.logger, log.logger, 0) else {
      throw ToolstackError(.xenUnavailable, "libxenctrl cannot reach Xen", log: log.text)
    }
    do throws(ToolstackError) {
      try InterfaceCheck.run(control, log)
    } catch {
      xc_interface_close(control)
      throw error
    }
    guard let memory = xenforeignmemory_open(log.logger, 0) else {
      xc_interface_close(control)
      throw ToolstackError(
        .xenUnavailable, "Xen's interface for mapping memory cannot be opened", log: log.text)
    }
    do {
      store = try XenstoreConnection()
    } catch {
      xenforeignmemory_close(memory)
      xc_interface_close(control)
      throw error
    }
    self.log = log
    self.control = control
    self.memory = memory
  }

  deinit {
    // While there is a log, into which it may want to write.
    library = nil
    xenforeignmemory_close(memory)
    xc_interface_close(control)
  }

  /// libxenlight, opened when it is wanted first, which takes a while.
  func libxl() throws(ToolstackError) -> Libxl {
    // It has a connection to xenstored of its own, and waits without end when xenstored has died.
    _ = try store.read("/local/domain/0/domid")
    if let library { return library }
    let opened = try Libxl(version: InterfaceCheck.runningRelease ?? "", log: log)
    library = opened
    return opened
  }

  /// xenstored's news, for as long as somebody wants them.
  package func releaseNews() throws(ToolstackError) -> DomainReleaseWatch {
    if let news { return news }
    let opened = try DomainReleaseWatch(store)
    news = opened
    return opened
  }

  /// The version of the running Xen, such as "4.17.7".
  public var xenVersion: String { InterfaceCheck.xenVersion(control) }

  /// Memory in KiB that Xen has left for new domains.
  public var freeMemoryKiB: Int { askFreeMemoryKiB() ?? 0 }

  /// The same; nil, and errno is set, if Xen does not say.
  func askFreeMemoryKiB() -> Int? {
    var information = xc_physinfo_t()
    guard xc_physinfo(control, &information) == 0 else { return nil }
    return Int(clamping: information.free_pages + information.scrub_pages) * 4
  }

  /// Lets a paused domain run.
  public func unpause(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_unpause(control, domain.id.rawValue) == 0 else {
      throw ToolstackError(call: "unpausing domain \(domain.id)")
    }
  }

  /// Stops a domain's vCPUs where they are.
  public func pause(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_pause(control, domain.id.rawValue) == 0 else {
      throw ToolstackError(call: "pausing domain \(domain.id)")
    }
  }

  /// Makes Xen report a triple fault as a crash; by itself it takes it for a wish to reboot.
  public func reportTripleFaultsAsCrash(of domain: Domain) throws(ToolstackError) {
    let reason = UInt64(SHUTDOWN_crash)
    let parameter = UInt32(HVM_PARAM_TRIPLE_FAULT_REASON)
    guard xc_hvm_param_set(control, domain.id.rawValue, parameter, reason) == 0 else {
      throw ToolstackError(call: "setting the triple fault reason of domain \(domain.id)")
    }
  }
}

extension ControlDomain {
  /// How a guest ended; ask before destroying its domain.
  public func outcome(of domain: Domain, _ ending: RunEnding) throws(ToolstackError) -> Outcome {
    switch ending {
    case .timedOut: .timedOut
    case .stopped: .stopped
    case .destroyedFromOutside: .destroyedFromOutside
    case .shutDown(.crash): .crashed
    case .shutDown(.reboot): .rebootRequested
    case .shutDown(.powerOff):
      Outcome(exitStatusNode: try store.read("/local/domain/\(domain.id)/data/exit-status"))
    case .shutDown(let reason): .otherShutdown(reason: Int(reason.rawValue))
    }
  }

  /// How a domain's guest has ended; nil while it has not.
  public func outcome(of domain: Domain) throws(ToolstackError) -> Outcome? {
    switch try state(of: domain) {
    case .running, .blocked, .paused: nil
    case .shutDown(let reason): try outcome(of: domain, .shutDown(reason))
    case .dying, .gone, .waiting, .ended: .destroyedFromOutside
    }
  }
}

extension ControlDomain {
  /// Attaches the console of a domain that exists: what its guest has printed while nobody
  /// listened, as much as xenconsoled has kept of it, comes first.
  ///
  /// The domain's console page is mapped meanwhile, so that nothing is lost at its end; it cannot
  /// be forgotten before the run is. `receivedByteCount` is what has been received of it already, if that
  /// is known.
  public func attach(to domain: Domain, receivedByteCount: UInt64? = nil) throws(ToolstackError)
    -> DomainRun<LiveMachine>
  {
    DomainRun(
      machine: try LiveMachine(host: self, domain: domain),
      terminal: try ConsoleTerminal.attach(to: domain, store: store), start: .now,
      receivedByteCount: receivedByteCount)
  }
}

extension ControlDomain {
  /// Does something whose error is to carry what the libraries said meanwhile.
  package func logging<Result>(_ body: () throws(ToolstackError) -> Result)
    throws(ToolstackError) -> Result
  {
    log.clear()
    do throws(ToolstackError) {
      return try body()
    } catch {
      throw ToolstackError(
        error.kind, error.message, log: error.log.isEmpty ? log.text : error.log)
    }
  }
}

/// What a guest can be asked for through xenstore.
public enum GuestRequest: String, Sendable {
  /// To end.
  case powerOff = "poweroff"
  /// To end, and to be started again.
  case reboot
}

extension ControlDomain {
  /// Asks a guest for something; whether it does it is its own affair.
  public func request(_ request: GuestRequest, of domain: Domain) throws(ToolstackError) {
    try store.write("/local/domain/\(domain.id)/control/shutdown", request.rawValue)
  }

  /// Memory in KiB that Xen keeps for a domain's page tables; nil if it does not say.
  public func pagingPoolKiB(of domain: Domain) -> Int? {
    var bytes: UInt64 = 0
    guard xc_get_paging_mempool_size(control, domain.id.rawValue, &bytes) == 0 else { return nil }
    return Int(clamping: bytes / 1024)
  }

  /// The terminal of a domain's console, if xenconsoled has opened one.
  public func terminal(of domain: Domain) throws(ToolstackError) -> String? {
    try store.read("/local/domain/\(domain.id)/console/tty").map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
