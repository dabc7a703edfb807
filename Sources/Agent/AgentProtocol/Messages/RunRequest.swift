// SPDX-License-Identifier: Apache-2.0

public import JSON

/// One run: what the domain is to be, and how long it may take.
public struct RunRequest: Equatable, Sendable {
  /// The name that `xl list` will show.
  public var name: String
  /// The command line passed to the guest.
  public var commandLine: String
  /// Memory of the domain in KiB.
  public var memoryKiB: Int
  /// Virtual processors of the domain.
  public var vcpuCount: Int
  /// Milliseconds from unpause after which the domain is destroyed; nil means never.
  public var timeLimitMilliseconds: Int?
  /// How the guest's reads of the time-stamp counter are served.
  public var timestampCounter: TimestampCounter
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader
  /// Whether the agent reports what `xl list` says about the paused domain.
  public var verbose: Bool
  /// Whether the agent looks at the guest itself in its first moments, rather than wait for the
  /// daemons' news of it: for measurements.
  public var preciseTimings: Bool
  /// Bytes that were attached as kernel, so that both sides agree on where it ends.
  public var kernelByteCount: Int
  /// Bytes that were attached as module; nil means that the guest gets none.
  public var moduleByteCount: Int?
  /// The parts of them that are a module each, from a page boundary on; none means that all are one.
  public var modules: [AttachedModule]

  /// Describes a run; the byte counts are filled in by ``AgentClient``.
  public init(
    name: String, commandLine: String = "", memoryKiB: Int, vcpuCount: Int = 1,
    timeLimitMilliseconds: Int? = nil, timestampCounter: TimestampCounter = .automatic,
    loader: DomainLoader = .standard, verbose: Bool = false, preciseTimings: Bool = false,
    kernelByteCount: Int = 0,
    moduleByteCount: Int? = nil, modules: [AttachedModule] = []
  ) {
    self.name = name
    self.commandLine = commandLine
    self.memoryKiB = memoryKiB
    self.vcpuCount = vcpuCount
    self.timeLimitMilliseconds = timeLimitMilliseconds
    self.timestampCounter = timestampCounter
    self.loader = loader
    self.verbose = verbose
    self.preciseTimings = preciseTimings
    self.kernelByteCount = kernelByteCount
    self.moduleByteCount = moduleByteCount
    self.modules = modules
  }
}

/// How Xen serves a guest's reads of the time-stamp counter.
///
/// The xl.cfg name is `tsc_mode`.
public enum TimestampCounter: String, Equatable, Sendable, CaseIterable {
  /// Xen decides: native where the counter is reliable, emulated elsewhere.
  case automatic = "default"
  /// The guest reads the processor's own counter.
  case native
}

extension RunRequest {
  init(_ fields: HeadFields) throws(ProtocolError) {
    let timestampCounter = TimestampCounter(rawValue: try fields.string("timestampCounter"))
    guard let timestampCounter else {
      throw fields.wrong("timestampCounter", "\"default\" or \"native\"")
    }
    guard let loader = DomainLoader(rawValue: try fields.string("loader")) else {
      throw fields.wrong("loader", "\"libxl\" or \"xenguest\"")
    }
    self.init(
      name: try fields.string("name"),
      commandLine: try fields.string("commandLine"),
      memoryKiB: try fields.count("memoryKiB"),
      vcpuCount: try fields.count("vcpuCount"),
      timeLimitMilliseconds: try fields.optionalCount("timeLimitMilliseconds"),
      timestampCounter: timestampCounter,
      loader: loader,
      verbose: try fields.flag("verbose"),
      preciseTimings: try fields.flag("preciseTimings"),
      kernelByteCount: try fields.count("kernelByteCount"),
      moduleByteCount: try fields.optionalCount("moduleByteCount"),
      modules: try AttachedModule.all(fields))
  }

  /// The members of the wire's messages, and of the supervisor's records.
  public var members: [JSONMember] {
    [
      JSONMember("name", .string(name)),
      JSONMember("commandLine", .string(commandLine)),
      JSONMember("memoryKiB", .integer(memoryKiB)),
      JSONMember("vcpuCount", .integer(vcpuCount)),
      JSONMember("timestampCounter", .string(timestampCounter.rawValue)),
      JSONMember("loader", .string(loader.rawValue)),
      JSONMember("verbose", .boolean(verbose)),
      JSONMember("preciseTimings", .boolean(preciseTimings)),
      JSONMember("kernelByteCount", .integer(kernelByteCount)),
      JSONMember("modules", .array(modules.map(\.json))),
    ]
      + JSONMember.optional("timeLimitMilliseconds", timeLimitMilliseconds)
      + JSONMember.optional("moduleByteCount", moduleByteCount)
  }

  func wireMessage(type: String, _ more: JSONMember...) -> Message {
    Message(type: type, members + more)
  }
}
