// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import DomainRules

/// What the domain is to be.
struct DomainOptions: ParsableArguments {
  @Option(help: "Memory of the domain: a number of MiB, or with a unit (256K, 2M, 1G).")
  var memory: MemoryAmount?

  @Option(help: "Virtual CPUs of the domain.")
  var vcpus: Int?

  @Option(help: "What the guest finds as its command line.")
  var cmdline: String?

  @Option(help: "A file to hand to the guest; may be given several times.", completion: .file())
  var module: [String] = []

  @Option(help: "Name of the domain; default: the image's, with a number.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      """
      What builds the domain: libxl (as xl does) or xenguest (directly); default: \
      \(DomainLoader.standard.rawValue).
      """))
  var loader: DomainLoader?

  /// Refuses what no domain can be.
  func validate() throws {
    let faults = [
      ("--vcpus", vcpus.flatMap(DomainRules.fault(vcpuCount:))),
      ("--cmdline", cmdline.flatMap(DomainRules.fault(commandLine:))),
      ("--name", name.flatMap(DomainRules.fault(name:))),
    ]
    for (option, fault) in faults {
      if let fault { throw ValidationError("\(option): \(fault)") }
    }
  }
}

/// An amount of memory in whole pages.
struct MemoryAmount: ExpressibleByArgument, Equatable, CustomStringConvertible {
  let kibibytes: Int

  /// The same in MiB, rounded up.
  var mebibytes: Int { (kibibytes + 1023) / 1024 }

  /// The amount with its unit.
  var description: String {
    isWholeMebibytes ? "\(kibibytes / 1024) MiB" : "\(kibibytes) KiB"
  }

  /// Whether libxl, which counts a PVH domain's memory in MiB, can give it.
  var isWholeMebibytes: Bool { kibibytes % 1024 == 0 }

  init(kibibytes: Int) { self.kibibytes = kibibytes }

  init(mebibytes: Int) { kibibytes = mebibytes * 1024 }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber }
    guard let number = Int(digits), number > 0, number < 1 << 24 else { return nil }
    switch argument.dropFirst(digits.count).uppercased() {
    case "", "M", "MIB": kibibytes = number * 1024
    case "G", "GIB": kibibytes = number * 1024 * 1024
    case "K" where number % 4 == 0, "KIB" where number % 4 == 0: kibibytes = number
    default: return nil
    }
  }
}
