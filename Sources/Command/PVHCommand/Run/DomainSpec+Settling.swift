// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import PVHImage
import XenDomainModel

extension DomainSpec {
  /// Modules whose list still fits where an image's need of memory leaves room for it.
  private static let moduleLimit = 32

  /// What the domain is to be: as it is wanted, where that says nothing as the image's manifest has it, and where
  /// that says nothing, too, as usual.
  ///
  /// - Throws: A `Problem` if no domain can be like that, or the image would not boot in it.
  func settled(
    for image: PVHImage, named name: String, _ pack: ModulePack?, force: Bool
  ) throws(Problem) -> DomainConfiguration {
    let manifest = try image.checkedManifest()
    if manifest?.devices?.contains(Manifest.disk) == true, disks?.isEmpty ?? true {
      throw Problem(
        "\(image.file) needs a disk; give it one: --disk FILE", status: .cannotBoot)
    }
    if manifest?.devices?.contains(Manifest.network) == true, interfaces?.isEmpty ?? true {
      throw Problem(
        "\(image.file) needs a network; give it one: --net \(DomainInterface.usualBridge)",
        status: .cannotBoot)
    }
    let modules = pack?.sizes ?? []
    var domain = DomainConfiguration(
      name: name, commandLine: commandLine ?? manifest?.commandLine ?? "", memoryKiB: 0,
      vcpuCount: vcpuCount ?? manifest?.vcpus ?? 1,
      nativeTimestampCounter: timestampCounter == .native, modules: pack?.modules ?? [])
    let loader = loader ?? .standard
    let bytes = UInt64(domain.commandLine.utf8.count)
    let usual = image.usualMemory(moduleBytes: modules, commandLineBytes: bytes)
    domain.memoryKiB = memoryKiB ?? MemoryAmount(mebibytes: Int(clamping: usual)).kibibytes
    do throws(ToolstackError) {
      domain.disks = try (disks ?? []).named()
      domain.interfaces = try (interfaces ?? []).settled()
      try domain.validate()
    } catch {
      throw Problem(error.message, status: .usage)
    }
    let memory = MemoryAmount(kibibytes: domain.memoryKiB)
    let kibibytes = UInt64(domain.memoryKiB)
    guard memory.isWholeMebibytes || loader == .xenguest else {
      throw Problem(
        "\(kibibytes)K of memory: libxl counts a domain's memory in whole MiB; give it "
          + "\(memory.mebibytes)M, or build the domain with the loader xenguest", status: .usage)
    }
    if let least = manifest?.leastMemoryKiB, kibibytes < least {
      throw Problem(
        "\(image.file) says that it does not work with less than \(least) KiB of memory, "
          + "and the domain is to have \(kibibytes) KiB", status: .cannotBoot)
    }
    guard modules.count <= (loader == .libxl ? 1 : Self.moduleLimit) else {
      throw Problem(
        "\(modules.count) modules: libxl gives a domain one, the loader xenguest up to "
          + "\(Self.moduleLimit); pack them into one", status: .usage)
    }
    // How many libxenguest would hand over by itself does not matter to the loader of that name.
    let findings = image.validate(
      memoryKiB: kibibytes, moduleBytes: modules, commandLineBytes: bytes
    ).filter { $0.rule != .tooManyModules }
    try Problem.refuse(findings, file: image.file, unless: force)
    return domain
  }
}

extension PVHImage {
  /// The manifest, if there is one and this pvh can do what it asks for.
  fileprivate func checkedManifest() throws(Problem) -> Manifest? {
    switch manifest {
    case .absent: return nil
    case .damaged: throw Problem(problems().filter { $0.rule == .damagedManifest }, file: file)
    case .present(let manifest):
      if let abi = manifest.abi, abi > Manifest.knownABI {
        throw Problem(
          "\(file) was built for version \(abi) of the interface between guest and pvh, this pvh "
            + "has version \(Manifest.knownABI); use a newer pvh", status: .cannotBoot)
      }
      let missing = (manifest.devices ?? []).filter { !Manifest.knownDevices.contains($0) }
      guard missing.isEmpty else {
        throw Problem(
          "\(file) needs \(missing.joined(separator: ", ")), and pvh run gives a domain only "
            + Manifest.knownDevices.joined(separator: ", "), status: .cannotBoot)
      }
      let memory = max(manifest.leastMemoryKiB ?? 0, manifest.wishedMemoryKiB ?? 0)
      guard memory <= UInt64(DomainRules.memoryLimitKiB) else {
        throw Problem(
          "\(file) wants \(memory) KiB of memory, a domain has at most "
            + "\(DomainRules.memoryLimitKiB)", status: .cannotBoot)
      }
      guard DomainRules.fault(vcpuCount: manifest.vcpus ?? 1) == nil else {
        throw Problem(
          "\(file) wants \(manifest.vcpus ?? 0) virtual CPUs, a domain has 1 to \(DomainRules.vcpuLimit)",
          status: .cannotBoot)
      }
      return manifest
    }
  }
}
