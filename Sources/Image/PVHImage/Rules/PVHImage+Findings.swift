// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Everything that can be said against booting the image, what prevents it first.
  public func problems() -> [Finding] {
    let rules = [Rule.file, Rule.entry, Rule.notes, Rule.segments, Rule.manifest].joined()
    let all = findingsWhileReading + findings(of: Array(rules))
    return all.filter(\.preventsBooting) + all.filter { !$0.preventsBooting }
  }

  /// What prevents booting the image: either the domain builder refuses it, or the guest does not
  /// run as linked.
  ///
  /// Empty for an image that boots.
  public func validateBoot() -> [Finding] {
    problems().filter(\.preventsBooting)
  }

  /// What distinguishes the image from one that this project's linker script makes: `problems()`,
  /// and the stricter rules of our own.
  ///
  /// Empty for an image fit to be handed out; read the image with `symbols: true` for it.
  public func validateBuilt() -> [Finding] {
    problems() + findings(of: Rule.noteAsLinked + Rule.linking + Rule.symbolsAsLinked)
  }

  /// What keeps the image and its modules from being built into a domain of this memory.
  ///
  /// - Parameters:
  ///   - memoryKiB: The domain's memory.
  ///   - moduleBytes: The modules' sizes. Up to Xen 4.19 a gzip module counts unpacked.
  ///   - commandLineBytes: The command line's length without its NUL.
  /// - Returns: One finding per reason, empty if it fits.
  public func validate(
    memoryKiB: UInt64, moduleBytes: [UInt64] = [], commandLineBytes: UInt64 = 0
  ) -> [Finding] {
    findings(
      of: Rule.domain,
      in: IntendedDomain(
        memoryKiB: memoryKiB, moduleBytes: moduleBytes, commandLineBytes: commandLineBytes))
  }

  /// Everything that can be said against starting the image with this launcher, what prevents it
  /// first.
  ///
  /// Read the image with its symbols if undefined ones shall be among it; give the domain's memory
  /// in KiB if it shall be checked that the image fits.
  public func findings(for launcher: Launcher, memoryKiB: UInt64? = nil) -> [LauncherFinding] {
    let all =
      problems() + findings(of: Rule.qemu + Rule.linking)
      + (memoryKiB.map { validate(memoryKiB: $0) } ?? roomFindings)
    let concerning = all.compactMap { finding in
      finding.rule.effect(for: launcher).map { LauncherFinding(finding, $0) }
    }
    return Severity.allCases.flatMap { severity in concerning.filter { $0.severity == severity } }
  }

  /// Whether there is room for start info behind the image, in a domain as large as can be.
  private var roomFindings: [Finding] {
    guard let extent, extent.end.rawValue <= Self.specialPages else { return [] }
    return validate(memoryKiB: .max)
  }

  /// Whether nothing is known that keeps the image from running as intended with this launcher.
  public func boots(with launcher: Launcher) -> Bool {
    findings(for: launcher).allSatisfy { !$0.effect.preventsBooting }
  }
}

extension PVHImage {
  /// Where the image breaks these rules.
  ///
  /// Rules that stand together in the list and look at program headers one by one go through the table
  /// together, so that all about one header stands together, too; the same holds for features.
  func findings(of rules: [Rule], in domain: IntendedDomain? = nil) -> [Finding] {
    var findings: [Finding] = []
    var rest = rules[...]
    while let first = rest.first {
      let run = rest.prefix { $0.check.goesTogether(with: first.check) }
      rest = rest.dropFirst(run.count)
      switch first.check {
      case .whileReading: break
      case .image, .domain: findings += run.flatMap { $0.findings(in: self, domain) }
      case .programHeader:
        for header in programHeaders { findings += run.compactMap { $0.finding(self, header) } }
      case .requiredFeature:
        for feature in requiredFeatures { findings += run.compactMap { $0.finding(feature) } }
      }
    }
    return findings
  }
}

extension Rule {
  fileprivate func findings(in image: PVHImage, _ domain: IntendedDomain?) -> [Finding] {
    switch check {
    case .image(let check): check(image).map { Finding(self, $0) }
    case .domain(let check): domain.map { check(image, $0).map { Finding(self, $0) } } ?? []
    default: []
    }
  }

  fileprivate func finding(_ image: PVHImage, _ header: ProgramHeader) -> Finding? {
    guard case .programHeader(let check) = check else { return nil }
    return check(image, header).map { Finding(self, $0) }
  }

  fileprivate func finding(_ feature: RequiredFeature) -> Finding? {
    guard case .requiredFeature(let check) = check else { return nil }
    return check(feature).map { Finding(self, $0) }
  }
}

extension Rule.Check {
  fileprivate func goesTogether(with other: Self) -> Bool {
    switch (self, other) {
    case (.programHeader, .programHeader), (.requiredFeature, .requiredFeature): true
    case (.image, .image), (.domain, .domain), (.whileReading, .whileReading): true
    default: false
    }
  }
}
