// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PVHImage
import SystemPackage

/// What a package says of its guests in `pvh.json`, for their manifests; `docs/manifest.md`
/// describes it.
struct GuestDeclarations {
  private let manifests: [String: Manifest]

  /// The file's name in a package's folder.
  private static let file = "pvh.json"

  /// Reads what a package declares; nothing if it has no such file.
  init(in folder: FilePath, guests: [String]) throws(Problem) {
    let path = folder.appending(Self.file)
    guard File.exists(path) else {
      manifests = [:]
      return
    }
    let bytes = try File.read(path, limit: 1 << 20)
    let declared: [String: Declaration]
    do {
      declared = try JSONDecoder().decode([String: Declaration].self, from: Data(bytes))
    } catch {
      throw Problem("\(path): \(Self.reason(error))", status: .usage)
    }
    if let unknown = declared.keys.sorted().first(where: { !guests.contains($0) }) {
      throw Problem(
        "\(path) describes \"\(unknown)\", and the package's guests are "
          + guests.joined(separator: ", "), status: .usage)
    }
    var manifests: [String: Manifest] = [:]
    for (name, declaration) in declared {
      if let problem = declaration.problem {
        throw Problem("\(path): \(name).\(problem)", status: .usage)
      }
      manifests[name] = declaration.manifest(name: name)
    }
    self.manifests = manifests
  }

  /// The manifest of a guest, if one was declared.
  func manifest(of guest: String) -> Manifest? { manifests[guest] }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
      DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return (path.isEmpty ? "" : "\(path): ") + context.debugDescription
    default: return "\(error)"
    }
  }
}

/// One guest in `pvh.json`.
private struct Declaration: Decodable {
  struct Memory: Decodable {
    var least: MemoryAmount?
    var wished: MemoryAmount?
  }
  var memory: Memory?
  var vcpus: Int?
  var commandLine: String?
  var devices: [String]?

  /// What no domain can be.
  var problem: String? {
    if let least = memory?.least, let wished = memory?.wished, wished.mebibytes < least.mebibytes {
      return "memory: wished (\(wished.mebibytes) MiB) is less than least (\(least.mebibytes) MiB)"
    }
    if let vcpus, !(1...128).contains(vcpus) { return "vcpus: \(vcpus), a domain has 1 to 128" }
    if commandLine?.utf8.contains(0) == true { return "commandLine: has a NUL, which ends it" }
    return nil
  }

  func manifest(name: String) -> Manifest {
    var manifest = Manifest(name: name)
    manifest.leastMemoryKiB = memory?.least.map { UInt64($0.mebibytes) * 1024 }
    manifest.wishedMemoryKiB = memory?.wished.map { UInt64($0.mebibytes) * 1024 }
    manifest.vcpus = vcpus
    manifest.commandLine = commandLine
    manifest.devices = devices
    manifest.runtime = "PVHKit"
    manifest.abi = Manifest.knownABI
    return manifest
  }
}

extension MemoryAmount: Decodable {
  /// Reads what the command line takes, too: "4", "4M", "1G".
  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let amount = MemoryAmount(argument: text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "\"\(text)\" is no amount of memory; write \"4M\" or \"1G\""))
    }
    self = amount
  }
}
