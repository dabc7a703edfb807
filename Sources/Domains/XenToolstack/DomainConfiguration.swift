// SPDX-License-Identifier: Apache-2.0
import DomainRules

/// What a domain is to be.
public struct DomainConfiguration: Sendable, Equatable, Encodable {
  /// Its name, which no other domain may have.
  public var name: String
  /// The command line passed to the guest.
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

  /// Refuses what Xen's libraries would refuse late, or not at all.
  public func validate() throws(ToolstackError) {
    let faults = [
      DomainRules.fault(name: name), DomainRules.fault(commandLine: commandLine),
      DomainRules.fault(memoryKiB: memoryKiB), DomainRules.fault(vcpuCount: vcpuCount),
    ]
    guard let fault = faults.compactMap(\.self).first else { return }
    throw ToolstackError(.badConfiguration, fault)
  }
}
