// SPDX-License-Identifier: Apache-2.0

import JSON
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
    let declared: [String: GuestDeclaration]
    do {
      declared = try JSON.decode([String: GuestDeclaration].self, from: bytes)
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
