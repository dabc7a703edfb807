// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ImageUnpacking
import PVHImage
import SystemPackage
import XenDomainModel

extension DomainSpec {
  /// What the options say.
  init(_ options: DomainOptions) {
    self.init()
    name = options.name
    modules = options.module.isEmpty ? nil : options.module
    disks = options.disk.isEmpty ? nil : options.disk
    interfaces = options.net.isEmpty ? nil : options.net
    commandLine = options.cmdline
    memoryKiB = options.memory?.kibibytes
    vcpuCount = options.vcpus
    timestampCounter = options.tsc
    loader = options.loader
  }
}

/// What a domain is to be made from: what is wanted of it, and its image.
struct DomainSource {
  var spec: DomainSpec
  let file: GuestFile

  /// What the options say about an image, or about the domain that a configuration describes.
  ///
  /// `startsNothing` says that the description is only passed on.
  ///
  /// - Throws: A `Problem` if the configuration cannot be read, names no image, or asks for what pvh
  ///   cannot do.
  init(
    _ path: FilePath, _ options: DomainOptions, _ detachment: DetachOptions? = nil,
    startsNothing: Bool = false, readBy agent: TargetAgent
  ) throws(Problem) {
    let file = GuestFile(path)
    var spec = DomainSpec(options)
    spec.restart = detachment?.restart
    let configuration = try ConfigurationFile(file)
    switch configuration {
    case .image: spec.image = path.string
    case .json(let bytes):
      spec = spec.completed(by: try DomainSpec(json: bytes, file: path.string))
    case .xl(let bytes):
      spec = spec.completed(by: try agent.parse(bytes, file: path.string))
    }
    guard let image = spec.image else {
      throw Problem("\(path) names no image: add \"image\": \"FILE\"", status: .usage)
    }
    guard !image.isEmpty else {
      throw Problem(
        "\(path.isEmpty ? "" : "\(path): ")the image's name is empty; name a file", status: .usage)
    }
    let isRestarted = ![nil, .never].contains(spec.restart)
    guard !isRestarted || startsNothing || detachment?.detach == true else {
      throw Problem(
        "\(path) wants its guest to be started again (\(spec.restart?.rawValue ?? "")), which "
          + "is done for guests of pvh run --detach only", status: .usage)
    }
    for remark in spec.remarks { Terminal.complain("pvh: \(remark)") }
    self.spec = spec
    if case .image = configuration {
      self.file = file
    } else {
      self.file = GuestFile(FilePath(image))
    }
  }
}

/// What a command was given to make a domain from; the content decides, whatever the file's name is.
enum ConfigurationFile {
  /// An image, or what cannot be anything else; who reads it says what is wrong with it.
  case image
  /// A configuration in JSON.
  case json([UInt8])
  /// A configuration of xl.
  case xl([UInt8])

  /// Bytes that a configuration may have.
  private static let limit = 64 << 10

  /// A file is a text if so many of its first bytes are: no format of images begins with as many.
  private static let beginning = 16

  /// U+FEFF in UTF-8, with which some editors begin their files.
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  init(_ file: GuestFile) throws(Problem) {
    let path = file.path
    // One byte more than a configuration may have.
    guard let start = file.start(limit: Self.limit + 1), !start.isEmpty,
      Compression(magic: start) == nil
    else {
      self = .image
      return
    }
    if let place = start.firstIndex(where: { !Self.isOfText($0) }) {
      guard place >= Self.beginning else {
        self = .image
        return
      }
      throw Problem(
        "\(path) begins as a text, but has byte \(hex(start[place])) at offset \(place): a configuration "
          + "has no control characters, and an image is an ELF file", status: .cannotBoot)
    }
    guard start.count <= Self.limit else {
      throw Problem(
        "\(path) is a text of more than \(Self.limit) bytes: too long for a configuration, and an "
          + "image is an ELF file", status: .cannotBoot)
    }
    guard !start.starts(with: Self.byteOrderMark) else {
      throw Problem(
        "\(path) begins with a byte-order mark, and a configuration has none: save it as plain UTF-8",
        status: .cannotBoot)
    }
    switch start.first(where: { !" \t\r\n".utf8.contains($0) }) {
    case UInt8(ascii: "{"): self = .json(start)
    // An array in JSON may have any character in it, and no setting of xl begins like this.
    case let first where first != UInt8(ascii: "[") && start.contains(UInt8(ascii: "=")):
      self = .xl(start)
    default:
      throw Problem(
        "\(path) is a text, but no configuration: one in JSON is an object and begins with \"{\", one "
          + "of xl has lines such as memory = 16; an image is an ELF file", status: .cannotBoot)
    }
  }

  /// Whether a byte is no control character, or one that texts have.
  private static func isOfText(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7f || (0x09...0x0d).contains(byte)
  }
}
