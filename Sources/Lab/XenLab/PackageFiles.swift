// SPDX-License-Identifier: Apache-2.0

/// Files taken out of packages, by their path without a leading slash.
struct PackageFiles {
  enum Node: Equatable {
    case file([UInt8])
    case symbolicLink(to: String)
  }

  private(set) var nodes: [String: Node] = [:]

  mutating func add(_ node: Node, at path: String) { nodes[path] = node }

  /// The content at a path, through symbolic links.
  subscript(path: String) -> [UInt8]? {
    var path = path
    // As many steps as the kernel would take; a loop ends here.
    for _ in 0..<40 {
      switch nodes[path] ?? nodes[PackageFiles.merged(path)] {
      case .file(let bytes): return bytes
      case .symbolicLink(let target):
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        path = PackageFiles.normalized(target.hasPrefix("/") ? target : folder + "/" + target)
      case nil: return nil
      }
    }
    return nil
  }

  /// The first of several paths that exists.
  func first(_ paths: [String]) -> [UInt8]? {
    for path in paths {
      if let bytes = self[path] { return bytes }
    }
    return nil
  }

  /// Resolves `.` and `..`, and drops leading and doubled slashes.
  static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The same place under the other spelling: `/lib` and `/usr/lib` are one folder on Debian.
  private static func merged(_ path: String) -> String {
    path.hasPrefix("usr/") ? String(path.dropFirst(4)) : "usr/" + path
  }
}
