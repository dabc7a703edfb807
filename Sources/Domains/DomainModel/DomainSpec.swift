// SPDX-License-Identifier: Apache-2.0

/// What somebody wants of a domain: a command line, a configuration file, an image's manifest. What it does not
/// say is nil.
public struct DomainSpec: Equatable, Sendable {
  /// The domain's name.
  public var name: String?
  /// The path of the image, on the side of pvh.
  public var image: String?
  /// The paths of the modules, on the side of pvh.
  public var modules: [String]?
  /// The command line passed to the guest.
  public var commandLine: String?
  /// Memory of the domain in KiB.
  public var memoryKiB: Int?
  /// Virtual processors of the domain.
  public var vcpuCount: Int?
  /// How the guest's reads of the time-stamp counter are served.
  public var timestampCounter: TimestampCounter?
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader?
  /// Whether the domain is started again.
  public var restart: RestartPolicy?
  /// What of the file has no effect, and why: sentences for people.
  public var remarks: [String] = []

  /// Says nothing yet.
  public init() {}

  /// The same, and where it says nothing what another one says.
  public func completed(by other: DomainSpec) -> DomainSpec {
    var result = self
    result.name = name ?? other.name
    result.image = image ?? other.image
    result.modules = modules ?? other.modules
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
  /// Never.
  case never = "no"
  /// After a crash; a triple fault counts as one.
  case onCrash = "on-crash"
  /// Whatever status it exits with.
  case always
}
