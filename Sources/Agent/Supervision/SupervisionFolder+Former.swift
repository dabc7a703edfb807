// SPDX-License-Identifier: Apache-2.0
import Glibc

/// An ended domain whose name is wanted again: its files stay until the new one runs.
extension SupervisionFolder {
  /// Puts a domain's files aside; there may be none.
  public func setAside(_ domain: String) throws(SupervisionError) {
    try dropFormer(domain)
    guard rename(folder(of: domain), formerFolder(of: domain)) == 0 || errno == ENOENT else {
      throw SupervisionError("renaming the folder", folder(of: domain))
    }
  }

  /// Puts a domain's files back, unless there are newer ones with a record.
  public func putBack(_ domain: String) throws(SupervisionError) {
    guard ((try? record(of: domain)) ?? nil) == nil else { return try dropFormer(domain) }
    try remove(domain)
    guard rename(formerFolder(of: domain), folder(of: domain)) == 0 || errno == ENOENT else {
      throw SupervisionError("renaming the folder", formerFolder(of: domain))
    }
  }

  /// Forgets the files that were put aside.
  public func dropFormer(_ domain: String) throws(SupervisionError) {
    try Self.remove(folder: formerFolder(of: domain))
  }

  /// Tidies up after a supervisor that was killed: what was put aside comes back, and folders without
  /// a record, in which there are only files for a domain that never was, go.
  public func recover() throws(SupervisionError) {
    for name in Self.entries(of: former) { try putBack(name) }
    for name in names where Self.isMissing(file("record", of: name)) { try remove(name) }
  }

  private func formerFolder(of domain: String) -> String { "\(former)/\(domain)" }

  private static func isMissing(_ path: String) -> Bool {
    access(path, F_OK) != 0 && errno == ENOENT
  }
}
