// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Looks whether guests can be built.
struct BuildDoctor<Probe: HostProbe> {
  private let machine: Probe

  init(_ machine: Probe) { self.machine = machine }

  var diagnoses: [Diagnosis] { [swift, library, cLibrary, tools, kit, packages] }

  /// What the package manifest and the Embedded mode of guests ask for.
  private static var oldestSwift: (major: Int, minor: Int) { (6, 3) }
  /// The triple of guests; its library is the one that has the runtime of tasks.
  private static var guestTriple: String { "x86_64-unknown-linux-gnu" }

  private static var remedy: String {
    "install a Swift \(oldestSwift.major).\(oldestSwift.minor) toolchain from swift.org, "
      + "and put its usr/bin into PATH"
  }

  private var swift: Diagnosis {
    guard let path = machine.program("swift") else {
      return .broken("Swift", "swift is not in PATH", remedy: Self.remedy)
    }
    // "Swift version 6.3.1 (swift-6.3.1-RELEASE)"; Apple's compiler has more in front.
    guard let text = machine.output("swift", ["--version"]),
      let version = text.firstRange(of: "Swift version ").map({ text[$0.upperBound...] })?
        .prefix(while: { $0.isNumber || $0 == "." })
    else {
      return .broken("Swift", "\(path) does not say its version", remedy: Self.remedy)
    }
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    let isNewEnough =
      numbers.count >= 2
      && (numbers[0], numbers[1]) >= (Self.oldestSwift.major, Self.oldestSwift.minor)
    guard isNewEnough else {
      return .broken("Swift", "version \(version) is too old", remedy: Self.remedy)
    }
    return .works("Swift", "\(version), \(path)")
  }

  /// The toolchain's `usr`, whatever `PATH` links to it.
  private var toolchain: FilePath? {
    machine.program("swift")?.removingLastComponent().removingLastComponent()
  }

  private var library: Diagnosis {
    let topic = "Embedded Swift"
    guard let toolchain else {
      return .broken(topic, "there is no toolchain to look into", remedy: Self.remedy)
    }
    let folder = toolchain.appending("lib").appending("swift").appending("embedded")
    let module = folder.appending("Swift.swiftmodule")
      .appending("\(Self.guestTriple).swiftmodule")
    let tasks = folder.appending(Self.guestTriple).appending("libswift_Concurrency.a")
    for file in [module, tasks] where !machine.exists(file) {
      return .broken(topic, "\(file) is missing", remedy: Self.remedy)
    }
    return .works(topic, "standard library and tasks for \(Self.guestTriple)")
  }

  /// What the Swift SDK's links lead to.
  private var cLibrary: Diagnosis {
    let archive: FilePath = "/usr/lib/x86_64-linux-musl/libc.a"
    guard machine.exists(archive) else {
      return .broken(
        "C library", "\(archive) is missing, which guests are linked with",
        remedy: "apt-get install musl-dev")
    }
    return .works("C library", "\(archive)")
  }

  private var tools: Diagnosis {
    let names = ["clang", "ld.lld", "llvm-objcopy"]
    guard let folder = toolchain?.appending("bin") else {
      return .broken("linker", "there is no toolchain to look into", remedy: Self.remedy)
    }
    let missing = names.filter { !machine.exists(folder.appending($0)) }
    guard missing.isEmpty else {
      return .broken(
        "linker", "\(folder) lacks \(missing.joined(separator: ", "))", remedy: Self.remedy)
    }
    return .works("linker", names.joined(separator: ", "))
  }

  private var kit: Diagnosis {
    guard let kit = machine.kit else {
      return .optional(
        "PVHKit", "this pvh lies in no checkout; a guest's package must bring its own",
        remedy: "depend on PVHKit's URL in Package.swift, or use the pvh of a checkout")
    }
    return .works("PVHKit", kit.string)
  }

  /// As `tools/common.sh` installs them.
  private static var developmentPackages: [String] {
    [
      "libelf-dev", "liblz4-dev", "liblzma-dev", "libxen-dev", "libzstd-dev", "pkg-config",
      "zlib1g-dev",
    ]
  }

  private var packages: Diagnosis {
    let missing = Self.developmentPackages.filter {
      machine.output("dpkg-query", ["-W", "-f=${db:Status-Status}", $0]) != "installed"
    }
    guard missing.isEmpty else {
      return .optional(
        "Debian packages",
        "missing: \(missing.joined(separator: ", ")); only pvh itself is built with them",
        remedy: "apt-get install \(missing.joined(separator: " "))")
    }
    return .works("Debian packages", Self.developmentPackages.joined(separator: ", "))
  }
}
