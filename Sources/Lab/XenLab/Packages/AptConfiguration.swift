// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// A private APT: the machine's keys, but own lists, cache and an empty system.
///
/// Nothing of the machine's package state is read or changed, so no privilege is needed, and the
/// resolution includes every library, installed here or not.
struct AptConfiguration {
  let folder: FilePath
  /// Where packages come from; nil for the machine's own sources.
  var sources: AptSources?

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

    """ + (sources == nil ? "" : ownSources)
  }

  /// The machine's sources and preferences are of its own release.
  private var ownSources: String {
    """
    Dir::Etc::SourceList "\(quoted("sources.list"))";
    Dir::Etc::SourceParts "/dev/null";
    Dir::Etc::Preferences "/dev/null";
    Dir::Etc::PreferencesParts "/dev/null";
    APT::Update::Error-Mode "any";

    """
  }

  /// Makes the folders and files that APT expects.
  func write() throws(LabError) {
    for name in ["state", "lists/partial", "cache/archives/partial", "archives"] {
      try FileTree.makeFolder(folder.appending(name))
    }
    try FileTree.write([], to: folder.appending("status"))
    if let sources {
      try FileTree.write(Array(sources.text.utf8), to: folder.appending("sources.list"))
    }
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

/// Lines of a `sources.list`. Source: sources.list(5).
struct AptSources: Equatable {
  private(set) var text: String

  /// Another release of Debian, out of the archives that the machine's own sources name; nil if they name
  /// none of Debian's.
  ///
  /// - Parameters:
  ///   - codename: the release.
  ///   - targets: a line for each list that APT has on this machine: URI, suite and component.
  ///   - own: the codename of this machine's release, if it is Debian's.
  init?(release codename: String, targets: String, own: String?) {
    var lines: [String] = []
    for target in targets.split(separator: "\n") {
      let fields = target.split(separator: " ")
      guard fields.count == 3, fields[2] == "main" else { continue }
      let parts = fields[1].split(separator: "-", maxSplits: 1)
      guard let name = parts.first.map(String.init),
        name == own || name == codename || Self.aliases.contains(name)
      else { continue }
      // Backports are of use to those who chose them for the release that they have.
      let pocket = parts.count > 1 ? parts[1] : ""
      guard ["", "updates", "security"].contains(pocket) else { continue }
      let suite = codename + (pocket.isEmpty ? "" : "-\(pocket)")
      let line = "deb [signed-by=\(Self.keys)] \(fields[0]) \(suite) main"
      if !lines.contains(line) { lines.append(line) }
    }
    guard !lines.isEmpty else { return nil }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The same with a folder of packages before them. Whoever names the folder vouches for it.
  func preceded(by folder: FilePath) -> AptSources {
    var sources = self
    sources.text = "deb [trusted=yes] copy:\(Self.escaped(folder.string)) ./\n" + text
    return sources
  }

  /// What `apt-get indextargets` is to print.
  static let targetQuery = [
    "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages",
  ]

  /// Names under which sources may have a release of Debian.
  private static let aliases: Set = ["stable", "oldstable", "oldoldstable", "testing", "unstable"]

  /// The keys of all releases, in the package debian-archive-keyring.
  private static let keys = "/usr/share/keyrings/debian-archive-keyring.gpg"

  private static func escaped(_ path: String) -> String {
    path.utf8.map { byte in
      let isPlain =
        byte > 0x20 && byte < 0x7f && !"%[]\"#".utf8.contains(byte)
      return isPlain
        ? String(UnicodeScalar(byte))
        : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
