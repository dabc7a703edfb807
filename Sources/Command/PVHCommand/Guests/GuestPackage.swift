// SPDX-License-Identifier: Apache-2.0

import HostJSON
import HostSystem
import SystemPackage

/// How guests are compiled.
enum BuildKind {
  /// As small as they get.
  case release
  /// With nothing optimised away, and with messages and lines for each failed check.
  case debug

  /// The package manager's arguments.
  fileprivate var arguments: [String] {
    switch self {
    // The SDK leaves optimisation to whoever builds, so that it serves both kinds.
    case .release: ["--configuration", "release", "-Xswiftc", "-Osize", "-Xcc", "-Os"]
    case .debug: ["--configuration", "debug"]
    }
  }

  /// What the image of a guest is called; the two kinds lie side by side.
  fileprivate func imageName(of guest: String) -> String {
    switch self {
    case .release: "\(guest).pvh"
    case .debug: "\(guest).debug.pvh"
    }
  }
}

/// A Swift package with guests in it.
struct GuestPackage {
  let folder: FilePath
  /// Where the package manager works on guests. Its own place is for programs of this machine, which have the
  /// same triple, and is locked as long as `swift test` runs the tests, which may build guests. Several packages may
  /// use one.
  private let scratch: FilePath
  private let description: Description
  private let kit: PVHKitFolder
  private let declarations: GuestDeclarations

  /// Reads a package with the Swift package manager, which works in `scratch`; nil: in its usual folder.
  init(at folder: FilePath, scratch: FilePath?) throws(Problem) {
    guard File.exists(folder.appending("Package.swift")) else {
      throw Problem(
        "\(folder) has no Package.swift; go to a guest's folder, or make one: pvh new NAME",
        status: .usage)
    }
    self.folder = try Folder.resolved(folder)
    let usual =
      ProcessEnvironment[SwiftTool.scratchVariable].map { FilePath($0) }
      ?? self.folder.appending(".build")
    let place = scratch ?? usual.appending("xen-pvh")
    try Folder.makeIfMissing(place)
    // swift runs in the package, not in this process's folder.
    self.scratch = try Folder.resolved(place)
    let output = try SwiftTool.output(
      ["package", "describe", "--type", "json"], in: self.folder, scratch: self.scratch)
    do {
      description = try JSON.decode(Description.self, from: output)
    } catch {
      throw Problem("\(folder): the package manager's description cannot be read: \(error)")
    }
    kit = try Self.kit(
      of: description, in: self.folder, fetched: self.scratch.appending("checkouts"))
    declarations = try GuestDeclarations(in: self.folder, guests: description.guests)
  }

  /// The folder where the package manager works, for this process alone.
  private func lock() throws(Problem) -> FileLock {
    let file = scratch.appending("pvh.lock")
    do throws(Errno) {
      if let free = try FileLock.take(file) { return free }
      Terminal.complain("pvh: waiting for another pvh that builds in \(scratch)")
      while true {
        if let freed = try FileLock.take(file, until: .now + .seconds(60)) { return freed }
      }
    } catch {
      throw Problem("\(file) cannot be locked: \(error)")
    }
  }

  /// The package's executables, or the one that was asked for.
  private func guests(named name: String?) throws(Problem) -> [String] {
    let all = description.guests
    guard !all.isEmpty else {
      throw Problem("\(folder) has no executable product, so there is no guest to build")
    }
    guard let name else { return all }
    guard all.contains(name) else {
      throw Problem(
        "\(folder) has no guest \"\(name)\", only \(all.joined(separator: ", "))", status: .usage)
    }
    return [name]
  }

  /// Builds the guests, or the one that was asked for, into images that have been checked.
  func build(
    _ name: String?, _ kind: BuildKind, isQuiet: Bool
  ) throws(Problem) -> [GuestBuild] {
    let guests = try guests(named: name)
    guard File.exists("/usr/lib/x86_64-linux-musl/libc.a") else {
      throw Problem(
        "guests are linked with the C library of the Debian package musl-dev, which is missing: "
          + "apt-get install musl-dev")
    }
    // Until the images are made of what is linked here: another package may have a guest of this name.
    let lock = try lock()
    defer { _ = lock }
    let arguments =
      [
        "build", "--swift-sdks-path", kit.sdks.string, "--swift-sdk", "xen-pvh",
        // Its cached plan may be that of another package which uses the folder, with a guest of the same name.
        "--disable-build-manifest-caching",
      ] + kind.arguments + (Terminal.isInteractive ? ["--color-diagnostics"] : [])
    // All in one go, but for stacks of other sizes: the package manager takes seconds to find out that
    // there is little to do.
    let usual = guests.filter { declarations.stackArguments(of: $0).isEmpty }
    let quiet = isQuiet ? ["--quiet"] : []
    if let first = usual.first {
      let choice = usual.count == 1 ? ["--product", first] : []
      try SwiftTool.build(arguments + choice + quiet, in: folder, scratch: scratch)
    }
    for guest in guests where !usual.contains(guest) {
      let stack = declarations.stackArguments(of: guest)
      try SwiftTool.build(
        arguments + ["--product", guest] + stack + quiet, in: folder, scratch: scratch)
    }
    let linked = try SwiftTool.output(
      arguments + ["--show-bin-path"], in: folder, scratch: scratch)
    let path = String(decoding: linked, as: UTF8.self).filter { !$0.isNewline }
    return try guests.map { guest throws(Problem) in
      try GuestBuild(
        linked: FilePath(path).appending(guest),
        image: folder.appending(".build").appending("pvh").appending(kind.imageName(of: guest)),
        manifest: declarations.manifest(of: guest))
    }
  }

  /// Where the package's PVHKit is: a folder it depends on, or what the package manager fetched.
  private static func kit(
    of package: Description, in folder: FilePath, fetched checkouts: FilePath
  ) throws(Problem) -> PVHKitFolder {
    let local = package.dependencies.compactMap(\.path).map { FilePath($0) }
    let fetched = package.dependencies.map { checkouts.appending($0.identity) }
    for candidate in [folder] + local + fetched {
      if let kit = PVHKitFolder(candidate) { return kit }
    }
    throw Problem(
      "\(folder) does not depend on PVHKit, so there is nothing to build a guest with; "
        + "add .package(name: \"PVHKit\", path: …) or its URL to Package.swift")
  }
}

/// What `swift package describe --type json` says, as far as it matters here.
private struct Description: Decodable {
  struct Product: Decodable {
    struct Kind: Decodable {
      var isExecutable: Bool

      private enum CodingKeys: CodingKey { case executable }

      init(from decoder: any Decoder) throws {
        isExecutable = try decoder.container(keyedBy: CodingKeys.self).contains(.executable)
      }
    }
    var name: String
    var type: Kind
  }
  struct Dependency: Decodable {
    var identity: String
    var path: String?
  }
  var products: [Product]
  var dependencies: [Dependency]

  /// The names of the executables.
  var guests: [String] { products.filter { $0.type.isExecutable }.map(\.name).sorted() }
}

/// A checkout of PVHKit: what an image is built with.
struct PVHKitFolder {
  let path: FilePath

  /// The folder at `path`, if it is a checkout.
  init?(_ path: FilePath) {
    self.path = path
    guard File.exists(sdks.appending("xen-pvh.artifactbundle").appending("info.json")) else {
      return nil
    }
  }

  /// The folder with the Swift SDK bundle, for `swift build --swift-sdks-path`.
  var sdks: FilePath { path.appending("tools").appending("swift-sdks") }

  /// The checkout that this program was built in, if it lies in one.
  static var aroundThisProgram: PVHKitFolder? {
    guard var folder = try? File.ownPath() else { return nil }
    while folder.removeLastComponent() {
      if let found = PVHKitFolder(folder) { return found }
    }
    return nil
  }
}
