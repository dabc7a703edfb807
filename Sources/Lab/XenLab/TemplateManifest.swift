// SPDX-License-Identifier: Apache-2.0

import JSON
import SystemPackage

/// The file `template.json`: what a template is, and how to see that its files are whole.
struct TemplateManifest: Codable, Equatable {
  /// A page of the memory file that is compared before each restore.
  struct Sample: Codable, Equatable {
    var offset: Int
    var sum: UInt64
  }

  /// Changes when this structure does.
  static let currentFormat = 3

  var format = currentFormat
  /// For example `4.17`, and the version of its Debian package.
  var xen: String
  var xenPackage: String
  var kernelPackage: String
  var xenstore: XenstoreDaemon
  var recipe: String
  var qemu: QemuIdentity
  /// Seconds since 1970.
  var created: Int
  var memorySize: Int
  var memorySamples: [Sample]
  var stateSize: Int
  var stateSum: UInt64

  /// Folder name of a template: readable at the front, unique by its content.
  var key: String {
    var sum = Checksum()
    for part in [xenPackage, kernelPackage, recipe, qemu.version] { sum.add(part) }
    return "xen-\(xen)-\(hexadecimal(sum.value))"
  }

  func encoded() -> [UInt8] {
    // Strings, integers and arrays of them always have a JSON form.
    guard let value = try? JSON.value(self) else { preconditionFailure("not encodable") }
    return value.serialisedForPeople()
  }

  static func read(_ path: FilePath) throws(LabError) -> TemplateManifest {
    let bytes = try FileTree.read(path)
    do {
      let manifest = try JSON.decode(TemplateManifest.self, from: bytes)
      guard manifest.format == currentFormat else {
        throw LabError.damagedTemplate(
          file: path, what: "format \(manifest.format), this pvh reads \(currentFormat)")
      }
      return manifest
    } catch let error as LabError {
      throw error
    } catch {
      throw .damagedTemplate(file: path, what: "not the JSON that pvh writes")
    }
  }
}
