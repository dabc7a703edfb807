// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Synchronization
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

  /// Finds any domain of the host by its name or number.
  ///
  /// - Throws: `ToolstackError`, of the kind `.noSuchDomain` or `.ambiguousDomain`.
  public func domain(named name: String) throws(ToolstackError) -> DomainHandle {
    let host = try host()
    let found = try host.logging { () throws(ToolstackError) in try host.domain(called: name) }
    return DomainHandle(found.domain, name: found.name, toolstack: self, isOwn: false)
  }
}

extension Toolstack {
  /// What builds a domain.
  public enum Loader: Sendable {
    /// Directly, by some twenty hypercalls; see ``XenguestBuilder``.
    case xenguest
    /// As xl does, which takes several times as long, and a handler of SIGCHLD in this process; see
    /// ``LibxlBuilder``.
    case libxl
  }

  /// Builds a PVH domain and leaves it paused, before its first instruction.
  ///
  /// The domain stays until somebody destroys it, whatever becomes of the handle and of this process:
  /// ``withDomain(_:image:modules:loader:isolation:_:)`` is for domains that shall not. Modules are
  /// what the guest finds beside its image; libxl takes one at most. In a task that has been
  /// cancelled no domain is made.
  ///
  /// - Throws: `ToolstackError` with the libraries' own lines, when nothing of the domain is left.
  public func create(
    _ configuration: DomainConfiguration, image: ImageContent, modules: [ImageContent] = [],
    loader: Loader = .xenguest
  ) throws(ToolstackError) -> DomainHandle {
    guard !Task.isCancelled else {
      throw ToolstackError(
        .cancelled, "the task that wanted \"\(configuration.name)\" is cancelled")
    }
    let host = try host()
    let builder: any DomainBuilder =
      switch loader {
      case .xenguest: XenguestBuilder(host: host)
      case .libxl: LibxlBuilder(host: host)
      }
    var configuration = configuration
    let image = try DomainImage(image, modules: modules, &configuration)
    let domain = try builder.create(configuration, image: image, uuid: .random())
    do throws(ToolstackError) {
      try host.logging { () throws(ToolstackError) in
        try host.reportTripleFaultsAsCrash(of: domain)
      }
    } catch let error {
      do throws(ToolstackError) {
        try builder.destroy(domain)
      } catch let second {
        throw error.and(second)
      }
      throw error
    }
    return DomainHandle(domain, name: configuration.name, toolstack: self, isOwn: true)
  }

  /// Builds a domain, hands it to `body`, still paused, and destroys it when `body` returns, throws or
  /// is cancelled.
  ///
  /// - Throws: what `body` throws, and `ToolstackError` when the domain cannot be built or destroyed.
  public func withDomain<Result>(
    _ configuration: DomainConfiguration, image: ImageContent, modules: [ImageContent] = [],
    loader: Loader = .xenguest, isolation: isolated (any Actor)? = #isolation,
    _ body: (DomainHandle) async throws -> Result
  ) async throws -> Result {
    let domain = try await create(configuration, image: image, modules: modules, loader: loader)
    let result: Result
    do {
      result = try await body(domain)
    } catch let error {
      do throws(ToolstackError) {
        try await domain.destroy()
      } catch let second {
        throw (error as? ToolstackError)?.and(second) ?? error
      }
      throw error
    }
    try await domain.destroy()
    return result
  }
}

extension ToolstackError {
  /// The same error, which also says what then went wrong.
  func and(_ second: ToolstackError) -> ToolstackError {
    ToolstackError(kind, "\(message); and then: \(second.message)", log: log + second.log)
  }
}

/// Tells apart those who wait for something; none is given out twice.
struct RequestID: Hashable, Sendable {
  private static let last = Atomic<UInt64>(0)
  private let number = last.wrappingAdd(1, ordering: .relaxed).newValue
}
