// SPDX-License-Identifier: Apache-2.0

import HostJSON
import PVHImage
import SystemPackage
import XenDomainModel

/// What a package says of its guests in `pvh.json`, for their manifests; `docs/manifest.md`
/// describes it.
struct GuestDeclarations {
  private let manifests: [String: Manifest]
  private let stacks: [String: MemoryAmount]

  /// The file's name in a package's folder.
  private static let file = "pvh.json"

  /// Reads what a package declares; nothing if it has no such file.
  init(in folder: FilePath, guests: [String]) throws(Problem) {
    let path = folder.appending(Self.file)
    guard File.exists(path) else {
      manifests = [:]
      stacks = [:]
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
      if declaration.isForManifest { manifests[name] = declaration.manifest(name: name) }
    }
    self.manifests = manifests
    stacks = declared.compactMapValues(\.stack)
  }

  /// The manifest of a guest, if one was declared.
  func manifest(of guest: String) -> Manifest? { manifests[guest] }

  /// The linker's arguments for the stack that a guest declared; none for the usual one.
  func stackArguments(of guest: String) -> [String] {
    guard let stack = stacks[guest] else { return [] }
    return ["-Xlinker", "--defsym=wanted_stack_size=\(stack.kibibytes * 1024)"]
  }

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
struct GuestDeclaration: Decodable {
  struct Memory: Decodable {
    var least: MemoryAmount?
    var wished: MemoryAmount?

    private enum CodingKeys: String, CodingKey, CaseIterable { case least, wished }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.fields(CodingKeys.self)
      least = try fields.decodeIfPresent(MemoryAmount.self, forKey: .least)
      wished = try fields.decodeIfPresent(MemoryAmount.self, forKey: .wished)
    }
  }

  var memory: Memory?
  var vcpus: Int?
  var commandLine: String?
  var devices: [String]?
  /// How much stack the program has.
  var stack: MemoryAmount?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case memory, vcpus, commandLine, devices, stack
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.fields(CodingKeys.self)
    memory = try fields.decodeIfPresent(Memory.self, forKey: .memory)
    vcpus = try fields.decodeIfPresent(Int.self, forKey: .vcpus)
    commandLine = try fields.decodeIfPresent(String.self, forKey: .commandLine)
    devices = try fields.decodeIfPresent([String].self, forKey: .devices)
    stack = try fields.decodeIfPresent(MemoryAmount.self, forKey: .stack)
  }

  /// What no domain can be.
  var problem: String? {
    if let least = memory?.least, let wished = memory?.wished, wished.kibibytes < least.kibibytes {
      return "memory: wished (\(wished)) is less than least (\(least))"
    }
    if let fault = vcpus.flatMap(DomainRules.fault(vcpuCount:)) { return "vcpus: \(fault)" }
    if let fault = commandLine.flatMap(DomainRules.fault(commandLine:)) {
      return "commandLine: \(fault)"
    }
    if let unknown = devices?.first(where: { !Manifest.knownDevices.contains($0) }) {
      return "devices: \"\(unknown)\" is unknown; there are "
        + Manifest.knownDevices.sorted().joined(separator: ", ")
    }
    if let stack, !(16...(512 << 10)).contains(stack.kibibytes) {
      return "stack: \(stack) is not from 16K to 512M"
    }
    return nil
  }

  /// Whether it says anything that the image's manifest repeats: the stack is in the image itself.
  var isForManifest: Bool {
    memory != nil || vcpus != nil || commandLine != nil || devices != nil || stack == nil
  }

  func manifest(name: String) -> Manifest {
    var manifest = Manifest(name: name)
    manifest.leastMemoryKiB = memory?.least.map { UInt64($0.kibibytes) }
    manifest.wishedMemoryKiB = memory?.wished.map { UInt64($0.kibibytes) }
    manifest.vcpus = vcpus
    manifest.commandLine = commandLine
    manifest.devices = devices
    manifest.runtime = "PVHKit"
    manifest.abi = Manifest.knownABI
    return manifest
  }
}

extension Decoder {
  /// The fields of an object, of which each must be known: a misspelt one says nothing to anybody.
  fileprivate func fields<Key: CodingKey & CaseIterable>(
    _ keys: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = Key.allCases.map(\.stringValue)
    let names = try container(keyedBy: FieldName.self).allKeys.map(\.stringValue)
    if let unknown = names.sorted().first(where: { !known.contains($0) }) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath,
          debugDescription: "\"\(unknown)\" is unknown; there are "
            + known.joined(separator: ", ")))
    }
    return try container(keyedBy: keys)
  }
}

/// A field of any name.
private struct FieldName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension MemoryAmount: Decodable {
  /// Reads what the command line takes, too: "4", "4M", "1G".
  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    do throws(MemoryAmountError) {
      self = try MemoryAmount(text)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "is \"\(text)\": \(error)"))
    }
  }
}
