// SPDX-License-Identifier: Apache-2.0

/// The limits of a domain's settings. The command line checks them before there is a connection to a control
/// domain, and the builders check them again.
///
/// A rule that is broken is a fact for people, with what to change; nil if all is well.
public enum DomainRules {
  /// Bytes that a name may have.
  public static var nameLimit: Int { 63 }
  /// Bytes that the domain builder leaves for a command line, its end marker not counted.
  public static var commandLineLimit: Int { 1023 }
  /// Virtual processors that Xen gives a PVH domain (C name: `HVM_MAX_VCPUS`).
  public static var vcpuLimit: Int { 128 }
  /// Memory in KiB that a domain may have here: 16 TiB, the reach of Xen's 44-bit guests.
  public static var memoryLimitKiB: Int { 16 << 30 }
  /// What xl calls the control domain.
  private static var controlDomainName: String { "Domain-0" }

  /// What is wrong with a name, which becomes part of what `xl list` prints and of arguments that
  /// people type.
  public static func fault(name: String) -> String? {
    let count = name.utf8.count
    guard (1...nameLimit).contains(count) else {
      let start = count > nameLimit ? "\(name.prefix(16))…" : name
      return "the name \"\(start)\" has \(count) bytes: use 1 to \(nameLimit)"
    }
    guard let first = name.utf8.first, isLetterOrDigit(first),
      name.utf8.allSatisfy({ isLetterOrDigit($0) || "-_.".utf8.contains($0) })
    else {
      return "the name \"\(name)\" is not usable: letters, digits, '-', '_' and '.' only, "
        + "a letter or digit first"
    }
    guard !name.utf8.allSatisfy(isDigit) else {
      return "the name \"\(name)\" would be read as a domain's number: add a letter"
    }
    guard !name.utf8.elementsEqual(controlDomainName.utf8) else {
      return "\"\(name)\" is the control domain: choose another name"
    }
    return nil
  }

  /// What is wrong with a command line.
  public static func fault(commandLine: String) -> String? {
    guard !commandLine.utf8.contains(0) else {
      return "the command line contains a zero byte, at which it would end: leave it out"
    }
    let count = commandLine.utf8.count
    guard count <= commandLineLimit else {
      return "the command line has \(count) bytes: at most \(commandLineLimit) reach a guest"
    }
    return nil
  }

  /// What is wrong with an amount of memory.
  public static func fault(memoryKiB: Int) -> String? {
    guard memoryKiB > 0, memoryKiB % 4 == 0 else {
      return "\(memoryKiB) KiB of memory: use a positive multiple of 4, the size of a page"
    }
    guard memoryKiB <= memoryLimitKiB else {
      return "\(memoryKiB) KiB of memory: a domain has at most \(memoryLimitKiB) (16 TiB)"
    }
    return nil
  }

  /// What is wrong with a number of virtual processors.
  public static func fault(vcpuCount: Int) -> String? {
    (1...vcpuLimit).contains(vcpuCount)
      ? nil : "\(vcpuCount) virtual CPUs: a domain has 1 to \(vcpuLimit)"
  }

  /// Why a text is no name of a disk.
  public static func fault(diskName: String) -> String {
    "the disk's name \"\(diskName)\" is not usable: use xvda to xvdp, or one of their numbers, 51712 to "
      + "51952 in steps of 16"
  }

  /// Bytes that the path of a disk may have, so that it fits into a message of xenstore.
  public static var diskPathLimit: Int { 1024 }

  /// What is wrong with disks.
  public static func fault(disks: [DomainDisk]) -> String? {
    for (index, disk) in disks.enumerated() {
      if let other = disks[..<index].first(where: { $0.name == disk.name }) {
        return "\(other.path) and \(disk.path) are both to be \(disk.name): give one another name"
      }
      guard !disk.path.isEmpty, !disk.path.utf8.contains(0) else {
        return "the file of the disk \(disk.name) has no usable name: name a file or block device"
      }
      let count = disk.path.utf8.count
      guard count <= diskPathLimit else {
        return "the path of the disk \(disk.name) has \(count) bytes: use at most \(diskPathLimit)"
      }
    }
    return nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    // Bit 5 tells a letter's case.
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
