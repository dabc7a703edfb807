// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The word of a living process that it answers for a domain: a locked file named after the domain's
/// identity, written before the domain exists.
///
/// A file that nobody locks any more says that its process was killed, and so was everybody who should
/// have cleaned up after it.
public final class CreationLease {
  /// The domain's identity, 32 hexadecimal digits.
  public let identity: String
  private let path: String
  private let descriptor: Int32

  /// Gives the word.
  public init(_ identity: String, in folder: SupervisionFolder) throws(SupervisionError) {
    try folder.prepare()
    self.identity = identity
    path = "\(folder.creations)/\(identity)"
    // Under its name it is locked from the first moment on.
    let new = "\(folder.creations)/new-\(identity)"
    descriptor = open(new, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SupervisionError("making", new) }
    flock(descriptor, LOCK_EX)
    guard rename(new, path) == 0 else {
      let error = SupervisionError("renaming", new)
      unlink(new)
      close(descriptor)
      throw error
    }
  }

  /// Takes over the word of a process that is no more; nil if it lives, or somebody else was faster.
  private init?(abandoned identity: String, in folder: SupervisionFolder) {
    self.identity = identity
    path = "\(folder.creations)/\(identity)"
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, access(path, F_OK) == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit {
    close(descriptor)
  }

  /// The domain is gone, or somebody else answers for it.
  public func withdraw() {
    unlink(path)
  }

  /// The words of processes that are no more, taken over: no other process has them meanwhile.
  public static func abandoned(in folder: SupervisionFolder) -> [CreationLease] {
    folder.creationNames.filter { !$0.hasPrefix("new-") }
      .compactMap { CreationLease(abandoned: $0, in: folder) }
  }

  /// Withdraws the word for a domain, whoever gave it.
  public static func withdraw(_ identity: String, in folder: SupervisionFolder) {
    unlink("\(folder.creations)/\(identity)")
  }
}
