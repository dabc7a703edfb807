// SPDX-License-Identifier: Apache-2.0

/// A disk that a domain gets: a raw file, or a block device, of the control domain.
public struct DomainDisk: Equatable, Sendable, Codable {
  public var path: String
  public var name: DiskName
  public var isReadOnly: Bool

  public init(path: String, name: DiskName, isReadOnly: Bool = false) {
    self.path = path
    self.name = name
    self.isReadOnly = isReadOnly
  }
}

/// Under which name a guest knows a whole disk: `xvda` to `xvdp`.
public struct DiskName: Hashable, Sendable, CustomStringConvertible {
  /// Disks that a domain may have.
  public static var limit: Int { 16 }

  /// The number of the disk, from 0.
  public let index: Int

  /// Takes a number below ``limit``.
  public init?(index: Int) {
    guard (0..<Self.limit).contains(index) else { return nil }
    self.index = index
  }

  /// The name of the first disk.
  public static var first: DiskName { DiskName(unchecked: 0) }

  private init(unchecked index: Int) { self.index = index }

  /// Reads `xvda` to `xvdp`, or the number that stands for it in xenstore.
  public init?(_ text: String) {
    let all = (0..<Self.limit).compactMap { Self(index: $0) }
    guard
      let name = all.first(where: {
        text.utf8.elementsEqual($0.description.utf8) || text == "\($0.number)"
      })
    else { return nil }
    self = name
  }

  /// The number in xenstore: major 202, and the disk above four bits for a partition. Source:
  /// docs/man/xen-vbd-interface.7 in Xen's tree.
  public var number: Int { 202 << 8 | index << 4 }

  public var description: String {
    "xvd\(Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))))"
  }
}

/// In one word.
extension DiskName: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let name = DiskName(text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: DomainRules.fault(diskName: text)))
    }
    self = name
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A disk that is wanted, on the side of pvh.
public struct DiskSpec: Equatable, Sendable {
  /// What the guest may do with a disk, and what becomes of that.
  public enum Access: String, Equatable, Sendable, CaseIterable {
    /// The guest reads.
    case readOnly = "ro"
    /// The guest writes, and the file has it afterwards, wherever the domain was.
    case readWrite = "rw"
  }

  public var file: String
  /// What the guest knows it by; nil for the first name that is free.
  public var name: String?
  /// Nil: the guest writes; a file that is carried elsewhere stays as it is.
  public var access: Access?

  public init(file: String, name: String? = nil, access: Access? = nil) {
    self.file = file
    self.name = name
    self.access = access
  }

  /// Reads `FILE[,NAME][,ro|,rw]`.
  ///
  /// - Throws: what is wrong, and what to change.
  public init(_ text: String) throws(ToolstackError) {
    var words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let file = words.removeFirst()
    guard !file.isEmpty else {
      throw ToolstackError(
        .badConfiguration, "the disk \"\(text)\" names no file: write FILE[,NAME][,ro|,rw]")
    }
    self.init(file: file)
    for word in words {
      if let access = Access(rawValue: word), self.access == nil {
        self.access = access
      } else if DiskName(word) != nil, name == nil {
        name = word
      } else {
        throw ToolstackError(
          .badConfiguration,
          "the disk \"\(text)\": \"\(word)\" cannot be there; write FILE[,NAME][,ro|,rw] with a name "
            + "from xvda to xvdp (a file with a comma in its name: in a configuration)")
      }
    }
  }
}

extension [DiskSpec] {
  /// The disks of a domain: those without a name get the first ones that are free.
  public func named() throws(ToolstackError) -> [DomainDisk] {
    for name in compactMap(\.name) where DiskName(name) == nil {
      throw ToolstackError(.badConfiguration, DomainRules.fault(diskName: name))
    }
    var free = (0..<DiskName.limit).compactMap { DiskName(index: $0) }
    free.removeAll { name in contains { $0.name.flatMap(DiskName.init) == name } }
    var disks: [DomainDisk] = []
    for spec in self {
      guard let name = spec.name.flatMap(DiskName.init) ?? (free.isEmpty ? nil : free.removeFirst())
      else {
        throw ToolstackError(
          .badConfiguration, "\(count) disks: a domain has at most \(DiskName.limit)")
      }
      disks.append(DomainDisk(path: spec.file, name: name, isReadOnly: spec.access == .readOnly))
    }
    if let fault = DomainRules.fault(disks: disks) {
      throw ToolstackError(.badConfiguration, fault)
    }
    return disks
  }
}
