// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import PVHImage
import PVHTargets
import SystemPackage
import XenDomainModel

/// `pvh export`: what starts an image elsewhere.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Prints the configuration or command line that starts an image elsewhere.",
    discussion: """
      Instead of an image, pass a configuration file in xl.cfg or JSON format. What neither the \
      options nor the configuration say is taken from the image's manifest. A command line for QEMU uses \
      KVM where this machine's processor has virtualisation.

      Examples:
        pvh export web.pvh --format xl > web.cfg && xl create web.cfg
        pvh export web.pvh --format libvirt > web.xml && virsh define web.xml
        sh -c "$(pvh export kernel.pvh --format qemu)"
        pvh export web.pvh --format json > web.json && pvh create web.json
      """)

  @Argument(help: "The image or configuration.", completion: .file())
  var image: String

  @Option(help: "For whom: xl, libvirt, qemu, or json for pvh itself.")
  var format: ExportFormat

  @OptionGroup var domain: DomainOptions

  func validate() throws { try domain.validate() }

  func run() throws {
    let agent = TargetAgent(.auto, for: .lasting)
    defer { agent.close() }
    let source = try DomainSource(
      FilePath(image), domain, startsNothing: true, readBy: agent)
    let image = try source.file.image()
    let errors = image.findings(for: format.launcher).filter { $0.severity == .error }
    try Problem.refuse(errors.map(\.finding), file: image.file, unless: domain.force)
    let modules = source.spec.modules ?? []
    guard modules.count <= 1 || format == .json else {
      throw Problem(
        "\(modules.count) modules: a domain of \(format.rawValue) gets one; pack the files into one",
        status: .usage)
    }
    let exported = try ExportedDomain(image, source.spec, force: domain.force)
    if format == .qemu, exported.restart != .never {
      Terminal.complain(
        "pvh: QEMU starts no guest again; restart \"\(exported.restart.rawValue)\" is left out")
    }
    if format == .qemu, !exported.domain.disks.isEmpty {
      Terminal.complain("pvh: QEMU has no disks of Xen's kind; they are left out")
    }
    if format == .qemu, !exported.domain.interfaces.isEmpty {
      Terminal.complain("pvh: QEMU has no network of Xen's kind; the interfaces are left out")
    }
    try Terminal.write(Array(try format.text(exported).utf8))
  }
}

/// For whom an image is exported.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
  case xl
  case libvirt
  case qemu
  case json

  /// Whose rules the image must keep.
  var launcher: Launcher { self == .qemu ? .qemu : .xl }

  /// What is printed.
  func text(_ domain: ExportedDomain) throws -> String {
    switch self {
    case .xl: domain.xlConfiguration
    case .libvirt: domain.libvirtDocument
    case .qemu: domain.qemuCommand
    case .json: try domain.jsonConfiguration()
    }
  }
}
