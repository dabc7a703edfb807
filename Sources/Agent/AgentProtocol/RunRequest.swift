// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

/// One run: what the domain is to be, who builds it, and how long it may take.
public struct RunRequest: Equatable, Sendable {
  public var domain: DomainConfiguration
  /// Milliseconds from unpause after which the domain is destroyed; nil means never.
  public var timeLimitMilliseconds: Int?
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader
  /// Whether the agent reports what `xl list` says about the paused domain.
  public var verbose: Bool
  /// Whether the agent looks at the guest itself in its first moments, rather than wait for the
  /// daemons' news of it: for measurements.
  public var preciseTimings: Bool
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

  /// A run of a domain of which only this is said.
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

  /// The domain's name.
  public var name: String { domain.name }
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
    var modules: [Range<Int>] = []
    for object in try fields.objects("modules") {
      let offset = try object.count("offset")
      let (end, overflow) = offset.addingReportingOverflow(try object.count("byteCount"))
      modules.append(offset..<(overflow ? .max : end))
    }
    self.init(
      DomainConfiguration(
        name: try fields.string("name"), commandLine: try fields.string("commandLine"),
        memoryKiB: try fields.count("memoryKiB"), vcpuCount: try fields.count("vcpuCount"),
        nativeTimestampCounter: timestampCounter == .native, modules: modules),
      timeLimitMilliseconds: try fields.optionalCount("timeLimitMilliseconds"), loader: loader,
      verbose: try fields.flag("verbose"), preciseTimings: try fields.flag("preciseTimings"))
    kernelByteCount = try fields.count("kernelByteCount")
    moduleByteCount = try fields.optionalCount("moduleByteCount")
  }

  /// The members of the wire's messages, and of the supervisor's records.
  public var members: [JSONMember] {
    let counter: TimestampCounter = domain.nativeTimestampCounter ? .native : .automatic
    let modules = domain.modules.map { range in
      JSONValue.object([
        JSONMember("offset", .integer(range.lowerBound)),
        JSONMember("byteCount", .integer(range.count)),
      ])
    }
    return [
      JSONMember("name", .string(domain.name)),
      JSONMember("commandLine", .string(domain.commandLine)),
      JSONMember("memoryKiB", .integer(domain.memoryKiB)),
      JSONMember("vcpuCount", .integer(domain.vcpuCount)),
      JSONMember("timestampCounter", .string(counter.rawValue)),
      JSONMember("loader", .string(loader.rawValue)),
      JSONMember("verbose", .boolean(verbose)),
      JSONMember("preciseTimings", .boolean(preciseTimings)),
      JSONMember("kernelByteCount", .integer(kernelByteCount)),
      JSONMember("modules", .array(modules)),
    ]
      + JSONMember.optional("timeLimitMilliseconds", timeLimitMilliseconds)
      + JSONMember.optional("moduleByteCount", moduleByteCount)
  }

  func wireMessage(type: String, _ more: JSONMember...) -> Message {
    Message(type: type, members + more)
  }
}
