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

/// A private APT: the machine's sources and keys, but own lists, cache and an empty system.
///
/// Nothing of the machine's package state is read or changed, so no privilege is needed, and the
/// resolution includes every library, installed here or not.
struct AptConfiguration {
  let folder: FilePath

  var file: FilePath { folder.appending("apt.conf") }
  var archives: FilePath { folder.appending("archives") }

  var text: String {
    """
    Dir::State "\(quoted("state"))";
    Dir::State::Lists "\(quoted("lists"))";
    Dir::State::status "\(quoted("status"))";
    Dir::Cache "\(quoted("cache"))";
    Dir::Cache::pkgcache "pkgcache.bin";
    Dir::Cache::srcpkgcache "srcpkgcache.bin";
    APT::Architecture "amd64";
    APT::Install-Recommends "0";
    APT::Install-Suggests "0";
    APT::Sandbox::User "";
    Acquire::Languages "none";
    #clear APT::Architectures;
    APT::Architectures "amd64";
    #clear APT::Update::Pre-Invoke;
    #clear APT::Update::Post-Invoke;
    #clear APT::Update::Post-Invoke-Success;

    """
  }

  /// Makes the folders and files that APT expects.
  func write() throws(LabError) {
    for name in ["state", "lists/partial", "cache/archives/partial", "archives"] {
      try FileTree.makeFolder(folder.appending(name))
    }
    try FileTree.write([], to: folder.appending("status"))
    try FileTree.write(Array(text.utf8), to: file)
  }

  /// A run of `apt-get` or another APT tool under this configuration.
  func command(_ tool: Tool, _ arguments: [String], in directory: FilePath? = nil) -> Command {
    Command(
      tool: tool, arguments: arguments,
      environment: ["APT_CONFIG": file.string, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"],
      directory: directory)
  }

  private func quoted(_ name: String) -> String {
    // APT's configuration has no escape for a quote; other characters are taken as they are.
    folder.appending(name).string.filter { $0 != "\"" }
  }
}
