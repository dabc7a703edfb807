// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import PVHTargets
import RunningLabs
import SystemPackage
import XenDomainModel
import XenLab

extension Target {
  /// What an agent is wanted for.
  enum Purpose {
    /// A domain that ends with the command.
    case attended
    /// Domains that stay, or that are there already.
    case lasting
    /// A domain that will stay: where no lab is up for it, one is started.
    case creating
  }

  /// Whether an agent can be started here, without a control domain being started first.
  func isUp(for purpose: Purpose) throws(Problem) -> Bool {
    switch self {
    case .qemu: false
    case .local, .namedLab, .ssh: true
    case .auto where Target.thisMachineIsControlDomain: true
    // A domain that ends with the command has a lab that does.
    case .auto, .lab: purpose == .attended ? false : try RunningLab.find(.standard) != nil
    }
  }

  /// Whether it is the control domain that this process runs in.
  var isHere: Bool {
    switch self {
    case .local: true
    case .auto: Target.thisMachineIsControlDomain
    case .lab, .namedLab, .ssh, .qemu: false
    }
  }

  /// Whether domains here are made in a lab.
  var isLab: Bool {
    switch self {
    case .lab, .namedLab: true
    case .auto: !Target.thisMachineIsControlDomain
    case .local, .ssh, .qemu: false
    }
  }

  /// Starts an agent on this target, which is to build a domain with `loader`, if any.
  ///
  /// - Throws: A `Problem` if it cannot be started, or the target has no control domain.
  func connect(
    for purpose: Purpose, loader: DomainLoader = .xenguest
  ) throws(Problem) -> AgentConnection {
    guard let connection = try connectIfUp(for: purpose, loader: loader) else {
      throw Problem(
        "no lab is up, so there are no domains; start one: pvh lab start, or pvh create IMAGE")
    }
    return connection
  }

  /// Starts an agent on this target; nil if the target is the standard lab, which is not up.
  ///
  /// - Throws: A `Problem` if it cannot be started, or the target has no control domain.
  func connectIfUp(
    for purpose: Purpose, loader: DomainLoader = .xenguest
  ) throws(Problem) -> AgentConnection? {
    let agent = try AgentProgram.beside()
    switch self {
    case .qemu:
      throw Problem(
        "QEMU without Xen has no domains beside the one of pvh run; use --on lab", status: .usage)
    case .local: return try AgentConnection(local: agent, loader: loader)
    case .auto where Target.thisMachineIsControlDomain:
      return try AgentConnection(local: agent, loader: loader)
    case .auto: return try connect(toLabWith: nil, for: purpose, agent)
    case .lab(let xen): return try connect(toLabWith: xen, for: purpose, agent)
    case .namedLab(let name):
      return try AgentConnection(RunningLab.named(name), agent: agent)
    case .ssh(let destination):
      return try AgentConnection(
        RemoteAgent(destination, agent: agent).start(), destination.description)
    }
  }
}

extension Target {
  /// Starts an agent in a lab: a private one, or the standard one; nil if that is not up.
  private func connect(
    toLabWith xen: XenRelease?, for purpose: Purpose, _ agent: FilePath
  ) throws(Problem) -> AgentConnection? {
    if purpose == .attended { return try AgentConnection(labWith: xen, agent: agent) }
    if purpose == .creating, try LabStarter(.standard, xen).start() {
      Terminal.complain("pvh: started the lab \(LabName.standard); pvh lab stop ends it")
    }
    return try RunningLab.find(.standard).map { (lab) throws(Problem) in
      try lab.check(xen)
      return try AgentConnection(lab, agent: agent)
    }
  }
}

extension Target {
  /// Whether this machine is a control domain: Linux says so where xenfs is mounted.
  /// Source: Linux, `drivers/xen/xenfs/super.c`.
  static var thisMachineIsControlDomain: Bool {
    let file: FilePath = "/proc/xen/capabilities"
    guard File.exists(file), let content = try? File.read(file, limit: 4096) else { return false }
    return String(decoding: content, as: UTF8.self).contains("control_d")
  }
}

/// Where to do it.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where: local (this control domain), lab (Xen in QEMU), lab:NAME (one that stays up), \
      ssh://[user@]host[:port] (another control domain), qemu (no Xen), or auto.
      """, valueName: "target"),
    completion: .list(["auto", "local", "lab", "lab:", "ssh://", "qemu"]),
    transform: { (text: String) throws -> Target in try Target(argument: text) })
  private var on: Target = .auto

  @Option(
    name: .customLong("xen"),
    help: ArgumentHelp(
      """
      The version of Xen in the lab (default: that of PVHKIT_LAB_XEN, or of this machine's Debian \
      release).
      """, valueName: "version"),
    completion: .list(XenRelease.versions), transform: XenRelease.init(argument:))
  private var xen: XenRelease?

  func validate() throws {
    switch on {
    case _ where xen == nil: break
    case .auto, .lab: break
    case .namedLab(let name):
      throw ValidationError(
        "--xen: the lab \(name) has its own already; another one: pvh lab start NAME --xen …")
    case .local, .ssh, .qemu:
      throw ValidationError("--xen chooses the Xen of a lab, and \(on) is none; use --on lab")
    }
  }

  /// Where, with the version of Xen if that matters.
  var place: Target { xen.map { .lab(xen: $0) } ?? on }
}

extension XenRelease {
  /// Reads a version from the command line.
  init(argument: String) throws {
    do throws(LabError) {
      self = try XenRelease(named: argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

extension Target {
  /// Reads a target from the command line.
  fileprivate init(argument: String) throws {
    do throws(TargetError) {
      self = try Target(argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
