// SPDX-License-Identifier: Apache-2.0

import HostJSON

/// What an image says of itself and of the domain that it wants, in a note of its own.
///
/// Owner "PVHKit", type 1; the descriptor is this value as JSON in UTF-8. Memory is in KiB.
public struct Manifest: Codable, Equatable, Sendable {
  /// The guest's name.
  public var name: String
  /// With less memory the guest does not work.
  public var leastMemoryKiB: UInt64?
  /// The memory that the guest is happy with.
  public var wishedMemoryKiB: UInt64?
  /// Virtual CPUs that the guest uses.
  public var vcpus: Int?
  /// The command line, unless another is given.
  public var commandLine: String?
  /// Devices without which the guest does not work.
  public var devices: [String]?
  /// What the guest was built with.
  public var runtime: String?
  /// The version of what guest and launcher agree on: how exit status and shutdown are handled.
  public var abi: Int?

  /// A manifest with nothing but a name.
  public init(name: String) { self.name = name }

  /// The owner of the note.
  public static var owner: String { "PVHKit" }
  /// The type of the note.
  static var noteType: UInt32 { 1 }
  /// The version that this code knows; every guest has at most this one.
  public static var knownABI: Int { 1 }
  /// What a guest can ask for: console and xenstore are in every domain of this project, a disk and a
  /// network are if it is given one.
  public static var knownDevices: [String] { ["console", disk, network, "xenstore"] }

  /// At least one disk.
  public static var disk: String { "disk" }
  /// At least one network interface.
  public static var network: String { "network" }
}

/// What an image has where its manifest should be.
public enum ManifestNote: Equatable, Sendable {
  /// No such note.
  case absent
  /// The manifest.
  case present(Manifest)
  /// A note that is none, and why.
  case damaged(String)
}

extension PVHImage {
  /// The first note that is one.
  var manifestNote: ImageNote? { (notes + sectionNotes).first(where: \.isManifest) }

  /// The manifest, if there is one.
  public var manifest: ManifestNote {
    guard let note = manifestNote else { return .absent }
    guard Int(note.descriptorSize) <= ImageNote.descriptorLimit else {
      return .damaged("it has \(note.descriptorSize) bytes")
    }
    do {
      return .present(try JSON.decode(Manifest.self, from: note.descriptor))
    } catch {
      return .damaged("it is not the JSON of a manifest")
    }
  }
}

extension ImageNote {
  /// Whether it is this project's manifest.
  fileprivate var isManifest: Bool {
    owner == Manifest.owner && ownerSize == UInt32(Manifest.owner.utf8.count + 1)
      && type == Manifest.noteType
  }
}

extension Manifest {
  /// Puts the manifest into an image that has none; every other byte stays what and where it is.
  ///
  /// - Parameter path: The image, which is replaced when the result is complete.
  /// - Throws: An error if nothing was changed.
  public func put(into path: String) throws(EditError) {
    let file = try EditError.reading { () throws(ImageError) in try ImageFile.open(path) }
    let image = try PVHImage(editing: file)
    guard image.manifestNote == nil else { throw .hasManifest }
    let content = encoded
    guard content.count <= ImageNote.descriptorLimit else {
      throw .manifestTooLarge(content.count)
    }
    let note = NoteBytes(owner: Self.owner, type: Self.noteType, descriptor: content)
    let patch = try image.appending(
      [AppendedPiece(note, position: image.programHeaders.count)], to: ImagePatch())
    try patch.write(from: file, to: path) { _ throws(EditError) in }
  }

  private var encoded: [UInt8] {
    // Strings and numbers always have a form in JSON.
    (try? JSON.value(self))?.serialised() ?? []
  }
}
