// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The word of a living process that it answers for a domain: a locked file named after the domain's
/// identity, written before the domain exists.
///
/// A file that nobody locks any more says that its process was killed, and so was everybody who should
/// have cleaned up after it.
public final class CreationMark {
  private let path: String
  private let descriptor: Int32

  /// Gives the word; `identity` is the domain's, 32 hexadecimal digits.
  public init(_ identity: String, in folder: SupervisionFolder) throws(SupervisionError) {
    try folder.prepare()
    path = "\(folder.creations)/\(identity)"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SupervisionError("making", path) }
    flock(descriptor, LOCK_EX)
  }

  /// Takes the word back: the domain is gone, or somebody else answers for it.
  deinit {
    unlink(path)
    close(descriptor)
  }

  /// The identities of domains that nobody answers for any more.
  public static func abandoned(in folder: SupervisionFolder) -> [String] {
    folder.creationNames.filter { name in
      let descriptor = open("\(folder.creations)/\(name)", O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
  }

  /// Forgets a domain that nobody answered for.
  public static func forget(_ identity: String, in folder: SupervisionFolder) {
    unlink("\(folder.creations)/\(identity)")
  }
}
