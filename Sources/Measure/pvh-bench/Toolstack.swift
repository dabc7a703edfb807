// SPDX-License-Identifier: Apache-2.0

/// A way to make domains from dom0's command line: ours with each loader, and the one they are
/// compared with.
enum Toolstack: String, CaseIterable {
  case xenguest
  case libxl
  case xl

  /// Whether it takes memory by the page; the others count whole MiB.
  var takesPages: Bool { self == .xenguest }

  /// A shell command that creates a domain from the guest that says when it runs.
  func create(_ name: String, memoryKiB: Int = 4096) -> String {
    let image = "\(ProgramHost.folder)/mark.pvh"
    switch self {
    case .xenguest, .libxl:
      return "\(ProgramHost.folder)/pvh create \(image) --name \(name) --memory \(memoryKiB)K "
        + "--vcpus 1 --loader \(rawValue) --on local"
    case .xl:
      // The file is read by xl, as theirs is by pvh: everything else is said on the command line.
      return #"xl create -q /dev/null name=\"\#(name)\" type=\"pvh\" kernel=\"\#(image)\" "#
        + "memory=\(memoryKiB / 1024) vcpus=1"
    }
  }

  /// A shell command that destroys domains.
  func destroy(_ names: [String]) -> String {
    self == .xl
      ? names.map { "xl destroy \($0)" }.joined(separator: " && ")
      : "\(ProgramHost.folder)/pvh destroy \(names.joined(separator: " ")) --on local"
  }
}
