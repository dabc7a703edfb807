// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import PVHImage
import SystemPackage
import XenLab

/// Programs as they were linked, with symbols and debug information, by the identity that their images
/// print when they crash.
///
/// `pvh build` leaves one beside each image, `.build/pvh/NAME.elf`, and a link to it in the cache, so that it
/// is found wherever the image was copied to.
struct ProgramStore {
  private let folder: FilePath

  /// The user's, in the cache.
  static var standard: ProgramStore {
    ProgramStore(folder: LabCache.standard.root.appending("programs"))
  }

  /// Keeps a linked program beside an image that was made of it.
  ///
  /// A program without an identity, which another linker made, is left where it is.
  func keep(_ linked: FilePath, beside image: FilePath) throws(Problem) {
    guard let identity = try Self.identity(of: linked) else { return }
    let place = Self.place(beside: image)
    Directory.unlinkIfPresent(place)
    // The package manager makes a new file for each build, so this one stays as it is. Where the file system
    // has no hard links, the program is there until the next build.
    let result = linked.withPlatformString { from in place.withPlatformString { link(from, $0) } }
    if result != 0 { try? Directory.link(place, to: linked) }
    // Whoever cannot write to the cache finds the program beside the image.
    guard (try? Directory.makeAll(folder)) != nil else { return }
    removeDangling()
    let entry = entry(for: identity)
    Directory.unlinkIfPresent(entry)
    try? Directory.link(entry, to: place)
  }

  /// The program of this identity; nil if it is not on this machine. It may lie beside the image that is
  /// run, if that is known.
  func program(_ identity: UInt64, image: FilePath? = nil) -> FilePath? {
    [image.map(Self.place), entry(for: identity)].compactMap(\.self).first { path in
      (try? Self.identity(of: path)) == identity
    }
  }

  /// Where the program of an image is, if `pvh build` made the image and nobody has moved it.
  static func place(beside image: FilePath) -> FilePath {
    image.removingLastComponent().appending("\(image.stem ?? "program").elf")
  }

  /// What the linker made of a program's content; nil if it was not asked to.
  static func identity(of program: FilePath) throws(Problem) -> UInt64? {
    let image = try PVHImage.read(program)
    // C name: `NT_GNU_BUILD_ID`.
    let note = image.sectionNotes.first { $0.owner == "GNU" && $0.type == 3 }
    guard let note, note.descriptor.count >= 8 else { return nil }
    return note.descriptor.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The identity that is in an image, which has no section headers any more to find it by; nil if there is
  /// none, as in packed images. Source: the ELF note `NT_GNU_BUILD_ID`, of eight bytes.
  static func identity(ofImage bytes: [UInt8]) -> UInt64? {
    let head: [UInt8] = [4, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0] + Array("GNU\0".utf8)
    guard let range = bytes.firstRange(of: head), range.upperBound + 8 <= bytes.count else {
      return nil
    }
    return bytes[range.upperBound..<range.upperBound + 8].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func entry(for identity: UInt64) -> FilePath {
    let digits = String(identity, radix: 16)
    return folder.appending(String(repeating: "0", count: 16 - digits.count) + digits)
  }

  /// Removes links to programs that are gone.
  private func removeDangling() {
    for name in Directory.names(in: folder) {
      let path = folder.appending(name)
      if !File.exists(path) { Directory.unlinkIfPresent(path) }
    }
  }
}
