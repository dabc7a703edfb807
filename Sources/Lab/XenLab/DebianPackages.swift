// SPDX-License-Identifier: Apache-2.0
import SystemPackage

/// The packages that a Xen host is made of, found and fetched by APT.
struct DebianPackages {
  let configuration: AptConfiguration
  private(set) var all: [DebianPackage] = []

  /// Asks APT's sources what they offer today and resolves what `release` needs.
  init(
    for release: XenRelease, in folder: FilePath, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    configuration = AptConfiguration(folder: folder)
    try configuration.write()
    _ = try configuration.command(.aptGet, ["update", "-qq"]).output(interrupts)
    let resolved = try resolve(release, interrupts)
    // Programs of the dependencies (shells, Python, udev) have no place in dom0; their libraries,
    // and the kernel behind its metapackage, do.
    let show = try configuration.command(.aptCache, ["show"] + resolved.map(\.request))
      .output(interrupts)
    let sections = DebianPackage.sections(paragraphs: String(decoding: show, as: UTF8.self))
    let roots = Set(release.rootPackages)
    all = resolved.filter { package in
      roots.contains(package.name) || ["libs", "kernel"].contains(sections[package.name])
    }
  }

  /// The version of a package of the set.
  func version(of name: String) -> String? { all.first { $0.name == name }?.version }

  /// The kernel's package, which its metapackage names.
  var kernel: DebianPackage? {
    all.first { $0.name.hasPrefix("linux-image-") && $0.name != "linux-image-amd64" }
  }

  /// Where a downloaded package is.
  func path(of package: DebianPackage) -> FilePath {
    configuration.archives.appending(package.file)
  }

  /// Downloads what is not there yet; APT checks the digest of each file, old or new.
  func download(
    _ interrupts: borrowing Interrupts, progress: (PreparationProgress) -> Void
  ) throws(LabError) {
    let total = all.reduce(0) { $0 + $1.size }
    progress(.init(step: .downloading, fraction: 0, bytesDone: 0, bytesTotal: total))
    let arguments = ["download", "-qq", "-o", "APT::Status-Fd=1"] + all.map(\.request)
    let command = configuration.command(.aptGet, arguments, in: configuration.archives)
    try command.run(interrupts) { (line: Substring) in
      // dlstatus:number:percent:text
      let fields = line.split(separator: ":")
      guard fields.count >= 3, fields[0] == "dlstatus", let percent = Double(fields[2]) else {
        return
      }
      let done = Int(Double(total) * percent / 100)
      progress(
        .init(
          step: .downloading, fraction: percent / 100, bytesDone: done, bytesTotal: total))
    }
    try removeOutdated()
  }

  private func resolve(
    _ release: XenRelease, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> [DebianPackage] {
    let arguments = ["install", "-qq", "--print-uris"] + release.rootPackages
    let lines: [UInt8]
    do throws(LabError) {
      lines = try configuration.command(.aptGet, arguments).output(interrupts)
    } catch .commandFailed(_, _, let output) {
      let missing = release.rootPackages.first { output.contains(" \($0)\n") }
      throw .packageUnavailable(name: missing ?? release.hypervisorPackage, output: output)
    }
    return String(decoding: lines, as: UTF8.self).split(separator: "\n")
      .compactMap { DebianPackage(uriLine: $0) }
  }

  /// Removes package files that this set has no more use for.
  private func removeOutdated() throws(LabError) {
    let wanted = Set(all.map(\.file))
    for name in FileTree.names(in: configuration.archives) where !wanted.contains(name) {
      try FileTree.remove(configuration.archives.appending(name))
    }
  }
}
