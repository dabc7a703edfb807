// SPDX-License-Identifier: Apache-2.0

/// The settings that a command line, a configuration file, or an image's manifest asks for; nil where it does not.
public struct DomainSpec: Equatable, Sendable {
  public var name: String?
  /// The path of the image, on the side of pvh.
  public var image: String?
  /// The paths of the modules, on the side of pvh.
  public var modules: [String]?
  public var disks: [DiskSpec]?
  public var interfaces: [InterfaceSpec]?
  public var commandLine: String?
  public var memoryKiB: Int?
  public var vcpuCount: Int?
  /// How the guest's reads of the time-stamp counter are served.
  public var timestampCounter: TimestampCounter?
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader?
  /// Whether the domain is started again.
  public var restart: RestartPolicy?
  /// What of the file has no effect, and why: sentences for people.
  public var remarks: [String] = []

  public init() {}

  /// The same, with the settings of another one where it has none.
  public func completed(by other: DomainSpec) -> DomainSpec {
    var result = self
    result.name = name ?? other.name
    result.image = image ?? other.image
    result.modules = modules ?? other.modules
    result.disks = disks ?? other.disks
    result.interfaces = interfaces ?? other.interfaces
    result.commandLine = commandLine ?? other.commandLine
    result.memoryKiB = memoryKiB ?? other.memoryKiB
    result.vcpuCount = vcpuCount ?? other.vcpuCount
    result.timestampCounter = timestampCounter ?? other.timestampCounter
    result.loader = loader ?? other.loader
    result.restart = restart ?? other.restart
    result.remarks += other.remarks
    return result
  }
}

/// Which of Xen's libraries build a domain.
public enum DomainLoader: String, Equatable, Sendable, CaseIterable {
  /// libxenlight, as `xl` does it.
  case libxl
  /// libxenguest reads the image, and libxenctrl makes the domain, directly.
  case xenguest

  /// What builds a domain unless something else is asked for.
  public static var standard: DomainLoader { .xenguest }
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

/// When the guest of a supervised domain is started again after it has ended.
///
/// A guest that asks for a reboot gets it under each of them.
public enum RestartPolicy: String, Equatable, Sendable, CaseIterable {
  case never = "no"
  /// After a crash; a triple fault counts as one.
  case onCrash = "on-crash"
  /// Whatever status it exits with.
  case always
}
