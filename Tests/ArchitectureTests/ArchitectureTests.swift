// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `docs/architecture.md` says of the modules what the manifest says.
@Suite struct ArchitectureTests {
  private let manifest: [String: Module]
  private let document: [String: Module]

  init() throws {
    manifest = try Self.modulesOfTheManifest()
    document = try Self.modulesOfTheDocument()
  }

  @Test func theDocumentHasEveryModule() {
    #expect(Set(document.keys) == Set(manifest.keys))
  }

  @Test func theDocumentHasTheRoomsAndArrowsOfTheManifest() {
    for (name, module) in manifest { #expect(document[name] == module, "\(name)") }
  }

  /// From the top to the bottom; guests use what they share with the host, and nothing else does use them.
  @Test func noRoomUsesOneAboveIt() throws {
    let rooms = ["Measure", "Command", "Lab", "Agent", "Domains", "Image", "System", "Shared"]
    for (name, module) in manifest {
      for use in module.uses {
        let room = try #require(manifest[use]?.room)
        if module.room == "guest-runtime" {
          #expect(["guest-runtime", "Shared"].contains(room), "\(name) uses \(use)")
          continue
        }
        let (from, to) = (rooms.firstIndex(of: module.room), rooms.firstIndex(of: room))
        #expect(try #require(from) <= #require(to), "\(name) uses \(use)")
      }
    }
  }

  /// What is in a folder of a module is in the manifest.
  @Test func everyFolderIsAModule() throws {
    let sources = Checkout.root.appending(path: "Sources")
    for room in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
      let folder = sources.appending(path: room)
      for module in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        #expect(manifest[module]?.room == room, "\(room)/\(module)")
      }
    }
  }

  private static func modulesOfTheManifest() throws -> [String: Module] {
    // In a folder of its own: this package's is in use by whoever runs the tests.
    let scratch = try ScratchFolder()
    let dump = try PVHCommand(
      [
        "swift", "package", "--package-path", Checkout.root.path, "--scratch-path",
        scratch.url.path,
        "dump-package",
      ], program: URL(filePath: "/usr/bin/env")
    ).finish()
    try #require(dump.status == 0, "\(dump.errors)")
    let targets = try JSONDecoder().decode(Manifest.self, from: dump.output).targets
      .filter { !$0.path.hasPrefix("Tests/") && $0.type != "test" }
    let names = Set(targets.map(\.name))
    return Dictionary(
      uniqueKeysWithValues: targets.map { target in
        let parts = target.path.split(separator: "/").map(String.init)
        let room = parts.first == "Sources" ? parts[1] : parts[0]
        let uses = target.dependencies.compactMap(\.name).filter(names.contains)
        return (target.name, Module(room: room, uses: Set(uses)))
      })
  }

  private static func modulesOfTheDocument() throws -> [String: Module] {
    let file = Checkout.root.appending(path: "docs/architecture.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let rows = text.matches(of: #/(?m)^\| `([^`]+)` \| (\S+) \|(.*)\|$/#)
    return Dictionary(
      uniqueKeysWithValues: rows.map { row in
        let uses = row.3.split(separator: " ").map(String.init)
        return (String(row.1), Module(room: String(row.2), uses: Set(uses)))
      })
  }
}

/// A module: the folder that it is in, and the modules of this package that it uses.
private struct Module: Equatable {
  let room: String
  let uses: Set<String>
}

/// What of `swift package dump-package` is looked at.
private struct Manifest: Decodable {
  struct Target: Decodable {
    let name: String
    let type: String
    let path: String
    let dependencies: [Dependency]

    private enum CodingKeys: CodingKey {
      case name, type, path, dependencies
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      type = try values.decode(String.self, forKey: .type)
      path = try values.decodeIfPresent(String.self, forKey: .path) ?? "Tests/\(name)"
      dependencies = try values.decode([Dependency].self, forKey: .dependencies)
    }
  }

  /// Those of this package are by name; products of others have a package.
  struct Dependency: Decodable {
    let name: String?

    private enum CodingKeys: CodingKey {
      case byName, target
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let words =
        try values.decodeIfPresent([String?].self, forKey: .byName)
        ?? values.decodeIfPresent([String?].self, forKey: .target)
      name = words?.first ?? nil
    }
  }

  let targets: [Target]
}
