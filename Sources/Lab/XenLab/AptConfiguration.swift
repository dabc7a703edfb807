// SPDX-License-Identifier: Apache-2.0
import SystemPackage

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
