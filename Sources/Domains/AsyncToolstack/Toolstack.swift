// SPDX-License-Identifier: Apache-2.0

import HostSystem
public import XenToolstack

/// The domains of this machine, driven by tasks: open one in a process of Xen's control domain.
///
/// It has one thread, on which all calls of Xen's libraries are made, one after the other, and which
/// watches all consoles and all that is waited for. Most calls take less than a millisecond or a few;
/// ``create(_:image:modules:loader:)`` and ``DomainHandle/destroy()`` take as long as Xen does, and
/// meanwhile everything else of this toolstack waits, but no other task does.
///
/// Handles keep their toolstack. With the last reference everything is closed; domains go on.
public actor Toolstack {
  private nonisolated let thread: PollThread
  private var opened: ControlDomain?
  /// xenstored's news, while anybody wants them.
  var news: DomainReleaseWatch?
  /// The news that were there at the last look.
  var newsCount = 0
  /// When to look though there are no news.
  var nextLook: MonotonicTime?
  var watches: [RequestID: DomainWatch] = [:]
  var consoles: [DomainUUID: ConsoleFollower<LiveMachine>] = [:]

  /// Opens Xen's libraries.
  ///
  /// - Throws: `ToolstackError` of the kind `.xenUnavailable` where there is no Xen, outside of its
  ///   control domain, and without root's rights.
  public init() async throws(ToolstackError) {
    thread = try PollThread()
    thread.serve(self)
    // On the thread: the actor is complete.
    opened = try ControlDomain()
  }

  deinit {
    thread.stop()
  }

  /// The toolstack's thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// The libraries' handles.
  func host() throws(ToolstackError) -> ControlDomain {
    if let opened { return opened }
    let host = try ControlDomain()
    opened = host
    return host
  }

  /// The version of the running Xen, such as "4.17.7".
  public var xenVersion: String {
    get throws(ToolstackError) { try host().xenVersion }
  }

  /// Memory in KiB that Xen has left for new domains.
  public var freeMemoryKiB: Int {
    get throws(ToolstackError) { try host().freeMemoryKiB }
  }

  /// All domains on the host; the first is the control domain.
  public func domains() throws(ToolstackError) -> [DomainInformation] {
    let host = try host()
    return try host.logging { () throws(ToolstackError) in try host.domains() }
  }

  /// Finds a domain, whoever made it, by its name or number.
  ///
  /// - Throws: `ToolstackError`, of the kind `.noSuchDomain` or `.ambiguousDomain`.
  public func domain(named name: String) throws(ToolstackError) -> DomainHandle {
    let host = try host()
    let found = try host.logging { () throws(ToolstackError) in try host.domain(called: name) }
    return DomainHandle(found.domain, name: found.name, toolstack: self, isOwn: false)
  }
}
