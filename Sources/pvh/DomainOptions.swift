// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// What the domain is to be.
struct DomainOptions: ParsableArguments {
  @Option(help: "Memory of the domain: a number of MiB, or with a unit (2M, 1G).")
  var memory: MemoryAmount?

  @Option(help: "Virtual CPUs of the domain.")
  var vcpus: Int?

  @Option(help: "What the guest finds as its command line.")
  var cmdline: String?

  @Option(help: "A file to hand to the guest.", completion: .file())
  var module: String?

  @Option(help: "Name of the domain; default: the image's, with a number.")
  var name: String?

  @Option(help: "What builds the domain: libxl (as xl does) or xenguest (directly).")
  var loader: DomainLoader = .libxl

  @Option(help: "Seconds after which the domain is destroyed.")
  var timeout: Double?

  /// Refuses what no domain can be.
  func validate() throws {
    if let vcpus, !(1...128).contains(vcpus) {
      throw ValidationError("--vcpus \(vcpus): a domain has 1 to 128 virtual CPUs")
    }
    if let timeout, !(timeout > 0 && timeout < 1e6) {
      throw ValidationError("--timeout \(timeout): give a number of seconds above 0")
    }
    if let cmdline, cmdline.utf8.contains(0) {
      throw ValidationError("--cmdline: a command line cannot contain a NUL byte")
    }
  }
}

/// An amount of memory in whole MiB, which is how libxl counts a PVH domain's.
struct MemoryAmount: ExpressibleByArgument, Equatable {
  let mebibytes: Int

  init(mebibytes: Int) { self.mebibytes = mebibytes }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber }
    guard let number = Int(digits), number > 0, number < 1 << 24 else { return nil }
    switch argument.dropFirst(digits.count).uppercased() {
    case "", "M", "MIB": mebibytes = number
    case "G", "GIB": mebibytes = number * 1024
    case "K" where number % 1024 == 0, "KIB" where number % 1024 == 0: mebibytes = number / 1024
    default: return nil
    }
  }
}
