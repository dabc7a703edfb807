// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// What a configuration of `xl` says about a domain. Source: xl.cfg(5) and xl's `parse_config_data`.
///
/// Each setting is either understood or refused: one that has no effect would be a domain that is not
/// what its file says.
public struct XLConfiguration: Sendable, Equatable {
  /// The domain's name, if the file gives one.
  public var name: String?
  /// The path of the image, as the file has it.
  public var kernel: String
  /// The path of the first module.
  public var ramdisk: String?
  /// `cmdline`, or else `root` and `extra`.
  public var commandLine: String?
  /// `memory` or `maxmem`, which have to agree.
  public var memoryKiB: Int?
  public var vcpuCount: Int?
  /// Whether `tsc_mode` is "native", if the file says anything about it.
  public var nativeTimestampCounter: Bool?
  /// The disks, with paths as the file has them.
  public var disks: [DomainDisk]
  public var interfaces: [InterfaceSpec]
  /// What is to become of a domain whose guest has powered off.
  public var onPowerOff: OnEvent?
  /// What is to become of a domain whose guest wants to be rebooted.
  public var onReboot: OnEvent?
  /// What is to become of a domain whose guest has crashed.
  public var onCrash: OnEvent?
  /// What of the file has no effect, and why: sentences for people.
  public var remarks: [String]

  /// Reads a file's text with libxlutil; `file` is its name for messages.
  ///
  /// - Throws: `ToolstackError` of the kind `.badConfiguration` that names file, line and setting, or
  ///   has what libxlutil said.
  public init(parsing text: [UInt8], file: String) throws(ToolstackError) {
    let file = try XLFile(text, name: file)
    try file.checkType()
    try file.checkNames()
    name = try file.text("name")
    guard let kernel = try file.text("kernel") else {
      throw ToolstackError(
        .badConfiguration, "\(file.name) names no image: add kernel = \"FILE\"")
    }
    self.kernel = kernel
    ramdisk = try file.text("ramdisk")
    (commandLine, remarks) = try file.commandLine()
    memoryKiB = try file.memoryKiB()
    vcpuCount = try file.vcpuCount()
    nativeTimestampCounter = try file.nativeTimestampCounter()
    disks = try file.disks()
    interfaces = try file.interfaces()
    onPowerOff = try file.endAction("on_poweroff")
    onReboot = try file.endAction("on_reboot")
    onCrash = try file.endAction("on_crash")
    if onPowerOff == .restart, let onCrash, onCrash != .restart {
      throw file.bad(
        "on_poweroff",
        "is \"restart\", and on_crash is not: pvh starts such a guest again after a crash, too")
    }
  }
}

extension DomainConfiguration {
  /// What a file of xl describes, whose `kernel` and `ramdisk` are for the caller to read. Its disks are the
  /// control domain's.
  ///
  /// `name` and `memoryKiB` stand for what the file leaves out. Interfaces without a hardware address get one by
  /// chance.
  ///
  /// - Throws: `ToolstackError` of the kind `.badConfiguration` if its interfaces cannot be.
  public init(_ file: XLConfiguration, name: String, memoryKiB: Int = 16 << 10)
    throws(ToolstackError)
  {
    self.init(
      name: file.name ?? name, commandLine: file.commandLine ?? "",
      memoryKiB: file.memoryKiB ?? memoryKiB, vcpuCount: file.vcpuCount ?? 1,
      nativeTimestampCounter: file.nativeTimestampCounter ?? false, disks: file.disks,
      interfaces: try file.interfaces.settled())
  }
}

/// What becomes of a domain whose guest has ended. Source: xl.cfg(5), "EVENT ACTIONS".
public enum OnEvent: String, Sendable, Equatable, CaseIterable {
  /// The domain goes.
  case destroy
  /// The domain stays, to be looked at.
  case preserve
  /// The domain goes, and another of the same configuration is made.
  case restart
  case renameRestart = "rename-restart"
  case coredumpDestroy = "coredump-destroy"
  case coredumpRestart = "coredump-restart"
  case softReset = "soft-reset"
}

/// Words of a text that may be names of settings, each once, in the order of their first places.
///
/// libxlutil says whether a name is set but not which names are. So each word before a `=` or `+=` is
/// taken here, in comments and strings, too: no setting is missed, and it sorts out the rest. Names are
/// of its letters (`[a-z][a-z0-9_.]*`), and only blanks may come between name and sign.
struct XLKeys {
  let all: [String]

  init(in text: [UInt8]) {
    var names: [String] = []
    var seen: Set<String> = []
    var word = 0..<0
    for (index, byte) in text.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "."):
        word = (word.upperBound == index ? word.lowerBound : index)..<(index + 1)
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "+"): break
      case UInt8(ascii: "="):
        guard !word.isEmpty else { continue }
        let name = String(decoding: text[word], as: UTF8.self)
        if seen.insert(name).inserted { names.append(name) }
        word = 0..<0
      default: word = 0..<0
      }
    }
    all = names
  }
}
