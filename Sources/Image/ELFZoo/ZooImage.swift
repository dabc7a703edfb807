// SPDX-License-Identifier: Apache-2.0

/// One image of the zoo: an ELF file with one thing that is odd, and what each launcher makes of it.
public struct ZooImage: Sendable {
  /// Stable: programs compare it.
  public let name: String
  /// What is odd, in one sentence.
  public let oddity: String
  /// MiB of memory that the verdicts suppose.
  public let memoryMiB: Int
  /// Xen's libxenguest, by which xl and all else over libxl and libxenguest build PVH domains.
  public let xl: ZooVerdict
  /// QEMU's `-kernel`, without Xen.
  public let qemu: ZooVerdict
  /// rust-vmm's linux-loader, which Cloud Hypervisor and Firecracker use.
  public let linuxLoader: ZooVerdict
  private let make: @Sendable (String) -> [UInt8]

  /// The image's content; always the same.
  public var bytes: [UInt8] { make(name) }
  /// What all of them run, with stand-ins for addresses.
  public static var programCode: [UInt8] { ZooProgram.code }
  /// The name of its file.
  public var file: String { "\(name).elf" }

  /// An image that `change` makes out of one that boots; `packing` wraps it.
  init(
    _ name: String, _ oddity: String, memoryMiB: Int = 64, xl: ZooVerdict, qemu: ZooVerdict,
    linuxLoader: ZooVerdict,
    packing: ZooPacking = .none,
    _ change: @escaping @Sendable (inout ZooELF) -> Void = { _ in }
  ) {
    self.name = name
    self.oddity = oddity
    self.memoryMiB = memoryMiB
    self.xl = xl
    self.qemu = qemu
    self.linuxLoader = linuxLoader
    make = { name in
      var image = ZooELF(name)
      change(&image)
      return packing.pack(image.bytes, name)
    }
  }

  /// All images, by what is odd about them.
  public static let groups: [(title: String, images: [ZooImage])] = [
    ("Notes", notes + otherNotes), ("The file as a whole", wholes),
    ("Segments and the entry", segments), ("Places in memory", places),
    ("Other ways to start", containers),
  ]

  /// Every image once.
  public static let all = groups.flatMap(\.images)
}

extension ZooImage: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

/// What a launcher makes of an image.
public struct ZooVerdict: Equatable, Sendable {
  /// The launcher's part, and the guest's.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The image runs from its PVH entry, with all of its bytes.
    case boots
    /// The launcher says that it does not take the image.
    case refused
    /// The launcher takes it, and something else runs, or nothing.
    case misbehaves
  }

  public let outcome: Outcome
  /// Why: a sentence.
  public let reason: String
  /// Where that is written: a place in the launcher's source, or a document.
  public let source: String
  /// What the image prints; nil if it prints nothing.
  public let line: ZooLine?

  static func boots(_ reason: String, _ source: String) -> ZooVerdict {
    ZooVerdict(outcome: .boots, reason: reason, source: source, line: .pvhEntry)
  }

  static func refused(_ reason: String, _ source: String) -> ZooVerdict {
    ZooVerdict(outcome: .refused, reason: reason, source: source, line: nil)
  }

  static func misbehaves(_ line: ZooLine?, _ reason: String, _ source: String) -> ZooVerdict {
    ZooVerdict(outcome: .misbehaves, reason: reason, source: source, line: line)
  }
}
