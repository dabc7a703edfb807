// SPDX-License-Identifier: Apache-2.0
public import XenToolstack

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
