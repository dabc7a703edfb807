// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// The packages that a Xen host is made of, found and fetched by APT.
struct DebianPackages {
  let configuration: AptConfiguration
  private(set) var all: [DebianPackage] = []

  /// Asks APT's sources what they offer today and resolves what `release` needs.
  ///
  /// - Parameters:
  ///   - release: which Xen.
  ///   - folder: for APT's lists and the packages.
  ///   - own: a folder of the user's with Xen's packages; nil to take Debian's.
  ///   - interrupts: what ends it early.
  /// - Throws: `LabError`; without a network, or for a package that is nowhere.
  init(
    for release: XenRelease, in folder: FilePath, own: PackageFolder?,
    _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    let sources = try Self.sources(of: release, in: folder, own: own, interrupts)
    configuration = AptConfiguration(folder: folder, sources: sources)
    try configuration.write()
    do throws(LabError) {
      _ = try configuration.command(.aptGet, ["update", "-qq"]).output(interrupts)
    } catch .commandFailed(_, _, let output) where sources != nil && own == nil {
      throw .releaseUnavailable(
        xen: release.version, codename: release.codename ?? "", output: output)
    }
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

  /// Where the packages of a Xen come from; nil for the machine's own sources as they are.
  private static func sources(
    of release: XenRelease, in folder: FilePath, own: PackageFolder?,
    _ interrupts: borrowing Interrupts
  ) throws(LabError) -> AptSources? {
    if own == nil, release == .ofThisMachine { return nil }
    // With a folder of the user's, all but Xen comes from the machine's own release.
    let wanted = own == nil ? release : .ofThisMachine
    guard let codename = wanted.codename else { throw .notInDebian(xen: release.version) }
    let query = Command(
      tool: .aptGet, arguments: AptSources.targetQuery, environment: ["LC_ALL": "C"])
    let targets = String(decoding: try query.output(interrupts), as: UTF8.self)
    let sources = AptSources(
      release: codename, targets: targets, own: DebianRelease.ofThisMachine)
    guard let sources else { throw .noDebianArchive(xen: wanted.version, codename: codename) }
    guard let own else { return sources }
    let archive = folder.appending("own")
    try own.makeArchive(at: archive, interrupts)
    return sources.preceded(by: archive)
  }

  private func resolve(
    _ release: XenRelease, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> [DebianPackage] {
    let arguments = ["install", "-qq", "--print-uris"] + release.rootPackages
    let lines: [UInt8]
    do throws(LabError) {
      lines = try configuration.command(.aptGet, arguments).output(interrupts)
    } catch .commandFailed(_, _, let output) {
      // "Unable to locate package x", "Package 'x' has no installation candidate".
      let text = output + "\n"
      let missing = release.rootPackages.first {
        text.contains(" \($0)\n") || text.contains("'\($0)'")
      }
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

/// One package that APT would install.
struct DebianPackage: Equatable {
  var name: String
  var version: String
  /// Bytes of the package file.
  var size: Int
  /// Name of the file that `apt-get download` makes.
  var file: String

  /// How APT is asked for exactly this one.
  var request: String { "\(name)=\(version)" }

  /// Reads a line of `apt-get install --print-uris`: `'URI' name_version_arch.deb size digest`.
  init?(uriLine: some StringProtocol) {
    guard uriLine.first == "'", let end = uriLine.dropFirst().firstIndex(of: "'") else {
      return nil
    }
    let fields = uriLine[end...].dropFirst().split(separator: " ")
    guard fields.count >= 2, let size = Int(fields[1]) else { return nil }
    let parts = fields[0].split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    name = String(parts[0])
    version = DebianPackage.unescaped(parts[1])
    file = String(fields[0])
    self.size = size
  }

  /// Replaces `%3a` and the like.
  private static func unescaped(_ text: some StringProtocol) -> String {
    let pieces = text.split(separator: "%", omittingEmptySubsequences: false)
    return pieces.dropFirst().reduce(String(pieces[0])) { result, piece in
      guard let code = UInt8(piece.prefix(2), radix: 16), piece.count >= 2 else {
        return result + "%" + piece
      }
      return result + String(UnicodeScalar(code)) + piece.dropFirst(2)
    }
  }

  /// Reads `Package` and `Section` of each paragraph of `apt-cache show`.
  static func sections(paragraphs: String) -> [String: String] {
    var result: [String: String] = [:]
    var name: String?
    for line in paragraphs.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { name = nil }
      if line.hasPrefix("Package: ") { name = String(line.dropFirst(9)) }
      if line.hasPrefix("Section: "), let name { result[name] = String(line.dropFirst(9)) }
    }
    return result
  }
}
