// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import PVHTargets
import SystemPackage
import XenDomainModel

/// The files of a domain's disks, as far as they are this machine's and the domain is elsewhere: their content
/// is sent, and comes back if that is wanted.
struct DiskFiles {
  /// Bytes of one message.
  private static let portion = 256 << 10

  /// What the agent is told of those that are sent.
  let carried: [CarriedDisk]
  private let files: [Int: CarriedFile]

  /// Looks at the files where they are on this machine, and says in `domain` where the control domain
  /// finds them.
  ///
  /// `returnsNothing` is for domains that stay, whose disks cannot come back.
  init(
    _ specs: [DiskSpec], for domain: inout DomainConfiguration, on target: Target,
    returnsNothing: Bool
  ) throws(Problem) {
    var files: [Int: CarriedFile] = [:]
    for (index, spec) in specs.enumerated() {
      let path = FilePath(spec.file)
      switch target {
      case _ where target.isHere:
        domain.disks[index].path = try Folder.resolved(path).string
      case _ where target.isLab:
        guard spec.access != .readWrite || !returnsNothing else {
          throw Problem(
            "\(path),rw: the copy of a disk comes back from a lab when pvh run ends; leave out rw for a "
              + "domain that stays", status: .usage)
        }
        files[index] = try CarriedFile(path, comesBack: spec.access == .readWrite)
      default:
        guard path.isAbsolute else {
          throw Problem(
            "the disk \(path) is a file on \(target): give it an absolute path there",
            status: .usage)
        }
      }
    }
    self.files = files
    carried = files.sorted { $0.key < $1.key }.map { index, file in
      CarriedDisk(index: index, byteCount: file.byteCount, comesBack: file.comesBack)
    }
  }

  /// Sends what is in the files, for the next run.
  func send(to client: AgentClient) throws(AgentError) {
    for (index, file) in files {
      var offset = 0
      while let extent = file.descriptor.nextExtent(from: offset) {
        let count = min(extent.count, Self.portion)
        let bytes: [UInt8]
        do throws(Errno) {
          bytes = try file.descriptor.bytes(at: extent.lowerBound, count: count)
        } catch {
          throw .system(call: "reading a disk", code: error.rawValue)
        }
        offset = extent.lowerBound + count
        guard bytes.contains(where: { $0 != 0 }) else { continue }
        try client.send(.disk(DiskPart(disk: index, offset: extent.lowerBound, bytes: bytes)))
      }
    }
  }

  /// Places for what comes back; nothing is in the way of the files before ``ReturnedDisks/finish()``.
  func returned() -> ReturnedDisks { ReturnedDisks(files.filter(\.value.comesBack)) }
}

/// A disk's file on this machine, opened.
final class CarriedFile {
  let path: FilePath
  let byteCount: Int
  let comesBack: Bool
  let descriptor: FileDescriptor

  init(_ path: FilePath, comesBack: Bool) throws(Problem) {
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw Problem("the disk \(path) cannot be read: \(error)", status: .usage)
    }
    (self.path, self.comesBack) = (path, comesBack)
    let kind = (try? descriptor.information().st_mode).map { $0 & S_IFMT }
    byteCount = max(0, lseek(descriptor.rawValue, 0, SEEK_END))
    guard kind == S_IFREG || kind == S_IFBLK && !comesBack else {
      throw Problem(
        "\(path) is no regular file, and the lab gets a copy of its content"
          + (comesBack ? ", which cannot come back; leave out rw" : ""), status: .usage)
    }
  }

  deinit { try? descriptor.close() }
}

/// What guests in a lab have written to their disks, on its way back to the files.
struct ReturnedDisks: ~Copyable {
  private let originals: [Int: CarriedFile]
  private var copies: [Int: Copy] = [:]

  /// A file that is to take the place of another.
  private final class Copy {
    private var file: AtomicFile
    var descriptor: FileDescriptor { file.descriptor }

    init(_ original: CarriedFile) throws(Errno) {
      let mode = try original.descriptor.information().st_mode
      file = try AtomicFile(
        replacing: original.path, permissions: FilePermissions(rawValue: mode & 0o7777))
      guard ftruncate(file.descriptor.rawValue, original.byteCount) == 0 else {
        throw Errno(rawValue: errno)
      }
    }

    func finish() throws(Errno) { try file.finish() }
  }

  init(_ originals: [Int: CarriedFile]) { self.originals = originals }

  /// What becomes of the files if they are not finished; nil if there are none.
  var missing: String? {
    guard !originals.isEmpty else { return nil }
    let names = originals.sorted { $0.key < $1.key }.map(\.value.path.string)
    return "not written back: \(names.joined(separator: ", "))"
  }

  /// Takes in what came.
  mutating func take(_ part: DiskPart) throws(Problem) {
    guard let original = originals[part.disk], part.offset + part.bytes.count <= original.byteCount
    else { throw Problem("the lab sent back bytes of a disk that it does not have") }
    do {
      let copy = try copies[part.disk] ?? Copy(original)
      copies[part.disk] = copy
      try copy.descriptor.writeAll(toAbsoluteOffset: Int64(part.offset), part.bytes)
    } catch {
      throw Self.problem(original, error)
    }
  }

  /// Puts them in their places, when the run is over and all has come.
  mutating func finish() throws(Problem) {
    for (index, original) in originals {
      do {
        // Of a disk without any bytes nothing came.
        try (copies[index] ?? Copy(original)).finish()
      } catch {
        throw Self.problem(original, error)
      }
    }
  }

  private static func problem(_ original: CarriedFile, _ error: any Error) -> Problem {
    Problem("\(original.path) stays as it was: what the guest wrote cannot be put there: \(error)")
  }
}
