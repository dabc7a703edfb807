// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
public import ArgumentParser
import XenDomainModel

/// What the domain is to be.
struct DomainOptions: ParsableArguments {
  @Option(
    help: "Memory of the domain: a number of MiB, or with a unit (256K, 2M, 1G).",
    transform: { (text: String) throws -> MemoryAmount in try MemoryAmount(text) })
  var memory: MemoryAmount?

  @Option(help: "Virtual CPUs of the domain.")
  var vcpus: Int?

  @Option(help: "Command line passed to the guest.")
  var cmdline: String?

  @Option(help: "A file to hand to the guest; may be given several times.", completion: .file())
  var module: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A raw file or block device for the guest as a disk, FILE[,NAME][,ro|,rw]; may be given several times. \
      The first is xvda, and so on. On this machine's own Xen the guest writes to the file itself; behind \
      ssh:// FILE is a file there; a lab gets a copy, which with rw comes back when the run ends.
      """, valueName: "file"), completion: .file(),
    transform: Self.disk)
  var disk: [DiskSpec] = []

  @Option(
    help: ArgumentHelp(
      """
      A network interface for the guest, [BRIDGE][,mac=MAC][,ip=ADDRESS/PREFIX]; may be given several times. \
      BRIDGE is one of the control domain's, by default xenbr0, which a lab makes; without ip the guest asks \
      by DHCP.
      """, valueName: "bridge"),
    transform: Self.interface)
  var net: [InterfaceSpec] = []

  @Option(help: "Name of the domain; default: the image's, with a number.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      """
      What builds the domain: libxl (as xl does) or xenguest (directly); default: \
      \(DomainLoader.standard.rawValue).
      """))
  var loader: DomainLoader?

  @Option(
    help: ArgumentHelp(
      """
      The guest's time-stamp counter: native (the processor's own) or default (Xen decides, and may \
      emulate it); default: native in the lab, whose emulated counter RDTSCP does not work with.
      """))
  var tsc: TimestampCounter?

  @Flag(help: "Go on with an image that pvh check finds fault with; what is overridden is said.")
  var force = false

  /// Reads a disk.
  static func disk(_ text: String) throws -> DiskSpec {
    do throws(ToolstackError) {
      return try DiskSpec(text)
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// The command line as the parser takes it: an option has a value, and `--net` alone the usual one.
  static func completed(_ words: [String]) -> [String] {
    guard let command = words.first, ["run", "create", "export"].contains(command) else {
      return words
    }
    let end = words.firstIndex(of: "--") ?? words.endIndex
    return words.enumerated().map { index, word in
      guard word == "--net", index < end else { return word }
      let next = index + 1 < end ? words[index + 1] : "-"
      return next.hasPrefix("-") ? "--net=\(DomainInterface.usualBridge)" : word
    }
  }

  private static func interface(_ text: String) throws -> InterfaceSpec {
    do throws(ToolstackError) {
      return try InterfaceSpec(text)
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// Refuses what no domain can be.
  func validate() throws {
    let faults = [
      ("--vcpus", vcpus.flatMap(DomainRules.fault(vcpuCount:))),
      ("--cmdline", cmdline.flatMap(DomainRules.fault(commandLine:))),
      ("--name", name.flatMap(DomainRules.fault(name:))),
    ]
    do throws(ToolstackError) {
      _ = try disk.named()
    } catch {
      throw ValidationError("--disk: \(error.message)")
    }
    do throws(ToolstackError) {
      _ = try net.settled()
    } catch {
      throw ValidationError("--net: \(error.message)")
    }
    for (option, fault) in faults {
      if let fault { throw ValidationError("\(option): \(fault)") }
    }
  }
}

/// Whether a guest is left to itself, and what becomes of it then.
struct DetachOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help:
      "Return when the guest runs; a supervisor keeps its output, and takes its domain away in the end."
  )
  var detach = false

  @Option(help: "With --detach, when to start the guest again: no, on-crash or always.")
  var restart: RestartPolicy?

  func validate() throws {
    if restart != nil, !detach {
      throw ValidationError("--restart requires --detach")
    }
  }
}

extension RestartPolicy: ExpressibleByArgument {}

/// How long a guest may run.
struct TimeLimitOption: ParsableArguments {
  @Option(help: "Seconds after which the domain is destroyed.")
  var timeout: Double?

  /// Refuses what is no time.
  func validate() throws {
    if let timeout { try Seconds.check(timeout) }
  }
}

/// A number of seconds on the command line.
enum Seconds {
  /// Refuses what is no time to wait.
  static func check(_ seconds: Double) throws {
    guard seconds > 0, seconds <= 1e6 else {
      throw ValidationError(
        "--timeout \(seconds): give a number of seconds above 0, and at most 1000000")
    }
  }
}

extension DomainLoader: ExpressibleByArgument {}

extension TimestampCounter: ExpressibleByArgument {}

extension DomainState: ExpressibleByArgument {}
