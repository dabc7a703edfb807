// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// One run: what the domain is to be, who builds it, and how long it may take.
public struct RunRequest: Equatable, Sendable {
  public var domain: DomainConfiguration
  /// Milliseconds from unpause after which the domain is destroyed; nil means never.
  public var timeLimitMilliseconds: Int?
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader
  /// Whether the agent reports what `xl list` says about the paused domain.
  public var verbose: Bool
  /// Whether an agent that can look at the guest itself in its first moments does so, rather than wait for the
  /// daemons' news of it. That of the benchmarks can.
  public var preciseTimings: Bool
  /// Whether the domain stays paused until a debugger lets it go on; see ``Request/debug(_:)``.
  public var isDebugged = false
  /// What is odd about the launch, if it is to be; for the loader xenguest.
  public var variation: LaunchVariation?
  /// Where the guest notes its moments, a physical address, if somebody wants to know them.
  public var markAddress: Int?
  /// Bytes that were attached as kernel, so that both sides agree on where it ends.
  public var kernelByteCount = 0
  /// Bytes that were attached as module; nil means that the guest gets none.
  public var moduleByteCount: Int?

  /// The byte counts are filled in by ``AgentClient``.
  public init(
    _ domain: DomainConfiguration, timeLimitMilliseconds: Int? = nil,
    loader: DomainLoader = .standard, verbose: Bool = false, preciseTimings: Bool = false
  ) {
    self.domain = domain
    self.timeLimitMilliseconds = timeLimitMilliseconds
    self.loader = loader
    self.verbose = verbose
    self.preciseTimings = preciseTimings
  }

  /// A run of a domain whose other settings are the usual ones.
  public init(
    name: String, commandLine: String = "", memoryKiB: Int, vcpuCount: Int = 1,
    timeLimitMilliseconds: Int? = nil, loader: DomainLoader = .standard, verbose: Bool = false,
    preciseTimings: Bool = false
  ) {
    self.init(
      DomainConfiguration(
        name: name, commandLine: commandLine, memoryKiB: memoryKiB, vcpuCount: vcpuCount),
      timeLimitMilliseconds: timeLimitMilliseconds, loader: loader, verbose: verbose,
      preciseTimings: preciseTimings)
  }

  public var name: String { domain.name }
}

extension RunRequest: WireValue {
  static var blank: RunRequest { RunRequest(name: "", memoryKiB: 0) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("name", &domain.name, .text)
    try fields.pass("commandLine", &domain.commandLine, .text)
    try fields.pass("memoryKiB", &domain.memoryKiB, .count)
    try fields.pass("vcpuCount", &domain.vcpuCount, .count)
    try fields.pass("timestampCounter", &domain.timestampCounter, .choice)
    try fields.pass("loader", &loader, .choice)
    try fields.pass("verbose", &verbose, .flag)
    try fields.pass("preciseTimings", &preciseTimings, .flag)
    // Left out as a rule: records of earlier versions do not have it.
    var debugged: Bool? = isDebugged ? true : nil
    try fields.pass("debugged", &debugged, .flag)
    isDebugged = debugged ?? false
    try fields.pass("variation", &variation, .choice)
    try fields.pass("markAddress", &markAddress, .count)
    try fields.pass("kernelByteCount", &kernelByteCount, .count)
    try fields.pass("modules", &domain.modules)
    try fields.pass("timeLimitMilliseconds", &timeLimitMilliseconds, .count)
    try fields.pass("moduleByteCount", &moduleByteCount, .count)
  }
}

extension DomainConfiguration {
  /// The same choice in the words of the wire.
  fileprivate var timestampCounter: TimestampCounter {
    get { nativeTimestampCounter ? .native : .automatic }
    set { nativeTimestampCounter = newValue == .native }
  }
}
