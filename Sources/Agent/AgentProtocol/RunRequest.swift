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
  /// Where the guest notes its moments, a physical address, if somebody wants to know them.
  public var markAddress: Int?
  /// What is odd about the launch, if it is to be; for the loader xenguest.
  public var variation: LaunchVariation?
  /// Bytes that were attached as kernel, so that both sides agree on where it ends.
  public var kernelByteCount = 0
  /// Bytes that were attached as module; nil means that the guest gets none.
  public var moduleByteCount: Int?
  /// The disks whose content is sent along, see ``Request/disk(_:)``; the others are files or block devices
  /// of the control domain.
  public var carriedDisks: [CarriedDisk] = []

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
    try fields.pass("markAddress", &markAddress, .count)
    try fields.pass("variation", &variation, .choice)
    try fields.pass("kernelByteCount", &kernelByteCount, .count)
    try fields.pass("modules", &domain.modules)
    try fields.pass("timeLimitMilliseconds", &timeLimitMilliseconds, .count)
    try fields.pass("moduleByteCount", &moduleByteCount, .count)
    // As a rule there are none, and records of earlier versions do not have them.
    var disks: [DomainDisk]? = domain.disks.isEmpty ? nil : domain.disks
    try fields.pass("disks", &disks)
    domain.disks = disks ?? []
    var interfaces: [DomainInterface]? = domain.interfaces.isEmpty ? nil : domain.interfaces
    try fields.pass("interfaces", &interfaces)
    domain.interfaces = interfaces ?? []
    var carried: [CarriedDisk]? = carriedDisks.isEmpty ? nil : carriedDisks
    try fields.pass("carriedDisks", &carried)
    carriedDisks = carried ?? []
  }
}

/// A disk whose content pvh sends.
public struct CarriedDisk: Equatable, Sendable {
  /// Its place among the domain's disks.
  public var index: Int
  /// Bytes of the disk.
  public var byteCount: Int
  /// Whether pvh gets its content when the run is over, see ``Event/disk(_:)``.
  public var comesBack: Bool

  public init(index: Int, byteCount: Int, comesBack: Bool) {
    self.index = index
    self.byteCount = byteCount
    self.comesBack = comesBack
  }
}

extension CarriedDisk: WireValue {
  static var blank: CarriedDisk { CarriedDisk(index: 0, byteCount: 0, comesBack: false) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("index", &index, .count)
    try fields.pass("byteCount", &byteCount, .count)
    try fields.pass("comesBack", &comesBack, .flag)
  }
}

/// Some of the bytes of a carried disk; what no part has reads as zeros.
public struct DiskPart: Equatable, Sendable {
  /// The disk's place among the domain's disks.
  public var disk: Int
  /// Bytes before it.
  public var offset: Int
  public var bytes: [UInt8]

  public init(disk: Int, offset: Int, bytes: [UInt8]) {
    self.disk = disk
    self.offset = offset
    self.bytes = bytes
  }
}

extension DiskPart: WireValue {
  static var blank: DiskPart { DiskPart(disk: 0, offset: 0, bytes: []) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("disk", &disk, .count)
    try fields.pass("offset", &offset, .count)
    bytes = fields.passed(body: bytes)
  }
}

extension DomainConfiguration {
  /// The same choice in the words of the wire.
  fileprivate var timestampCounter: TimestampCounter {
    get { nativeTimestampCounter ? .native : .automatic }
    set { nativeTimestampCounter = newValue == .native }
  }
}
