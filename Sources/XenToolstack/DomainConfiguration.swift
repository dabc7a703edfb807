// SPDX-License-Identifier: Apache-2.0

/// What a domain is to be.
public struct DomainConfiguration: Sendable, Equatable, Encodable {
  /// Its name, which no other domain may have.
  public var name: String
  /// What the guest finds as its command line.
  public var commandLine: String
  /// Its memory in KiB.
  public var memoryKiB: Int
  /// Its virtual processors.
  public var vcpuCount: Int
  /// Whether the guest reads the processor's own time-stamp counter, whatever Xen would choose.
  public var nativeTimestampCounter: Bool
  /// The parts of the image's module file that are a module each, from a page boundary on; none means
  /// that the whole file is one.
  public var modules: [Range<Int>]

  /// Describes a domain.
  public init(
    name: String, commandLine: String = "", memoryKiB: Int, vcpuCount: Int = 1,
    nativeTimestampCounter: Bool = false, modules: [Range<Int>] = []
  ) {
    self.name = name
    self.commandLine = commandLine
    self.memoryKiB = memoryKiB
    self.vcpuCount = vcpuCount
    self.nativeTimestampCounter = nativeTimestampCounter
    self.modules = modules
  }

  /// Bytes that the domain builder leaves for a command line, its end marker not counted.
  public static var commandLineLimit: Int { 1023 }
  /// Virtual processors that Xen gives a PVH domain (C name: `HVM_MAX_VCPUS`).
  public static var vcpuLimit: Int { 128 }
  /// Memory in KiB that a domain may have here: 16 TiB, the reach of Xen's 44-bit guests.
  public static var memoryLimitKiB: Int { 16 << 30 }

  /// Refuses what Xen's libraries would refuse late, or not at all.
  public func validate() throws(ToolstackError) {
    guard !name.isEmpty, name.utf8.count <= 63 else {
      throw bad("the name \"\(name)\" has \(name.utf8.count) bytes: use 1 to 63")
    }
    // The name becomes part of what `xl list` prints and of arguments that people type.
    guard let first = name.utf8.first, Self.isLetterOrDigit(first),
      name.utf8.allSatisfy({ Self.isLetterOrDigit($0) || "-_.".utf8.contains($0) })
    else {
      throw bad(
        "the name \"\(name)\" is not usable: letters, digits, '-', '_' and '.' only, "
          + "a letter or digit first")
    }
    guard !name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      throw bad("the name \"\(name)\" would be read as a domain's number: add a letter")
    }
    guard commandLine.utf8.count <= Self.commandLineLimit, !commandLine.utf8.contains(0) else {
      throw bad(
        "the command line has \(commandLine.utf8.count) bytes: at most "
          + "\(Self.commandLineLimit), none of them zero")
    }
    guard memoryKiB > 0, memoryKiB <= Self.memoryLimitKiB, memoryKiB % 4 == 0 else {
      throw bad("\(memoryKiB) KiB of memory: use a positive multiple of 4, the size of a page")
    }
    guard (1...Self.vcpuLimit).contains(vcpuCount) else {
      throw bad("\(vcpuCount) vCPUs: use 1 to \(Self.vcpuLimit)")
    }
  }

  private func bad(_ message: String) -> ToolstackError {
    ToolstackError(.badConfiguration, message)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
