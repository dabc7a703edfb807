// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import SystemPackage

/// `pvh export`: what starts an image elsewhere.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Prints the configuration or command line that starts an image elsewhere.",
    discussion: """
      What the options do not say is taken from the image's manifest.

      Examples:
        pvh export web.pvh --format xl > web.cfg && xl create web.cfg
        pvh export web.pvh --format libvirt > web.xml && virsh define web.xml
        sh -c "$(pvh export kernel.pvh --format qemu)"
        pvh export web.pvh --format json > web.json && pvh create web.json
      """)

  @Argument(help: "The image.", completion: .file())
  var image: String

  @Option(help: "For whom: xl, libvirt, qemu, or json for pvh itself.")
  var format: ExportFormat

  @OptionGroup var domain: DomainOptions

  func validate() throws { try domain.validate() }

  func run() throws {
    let image = try PVHImage.read(FilePath(image))
    let errors = image.findings(for: format.launcher).filter { $0.severity == .error }
    guard errors.isEmpty else { throw Problem(errors.map(\.finding), file: image.file) }
    guard domain.module.count <= 1 || format == .json else {
      throw Problem(
        "--module is given \(domain.module.count) times: a domain of \(format.rawValue) gets one module; "
          + "pack the files into one", status: .usage)
    }
    try Terminal.write(Array(try format.text(ExportedDomain(image, domain)).utf8))
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
