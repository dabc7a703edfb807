// SPDX-License-Identifier: Apache-2.0
public import AgentProtocol
import Glibc

/// Where the supervisor of a control domain keeps what it knows: a folder for each domain.
///
/// The supervisor alone writes records and logs. Agents read at any time: a record is replaced as a
/// whole. The words that agents leave before they make a domain are there, too, and the lock by which
/// creators of domains take turns.
public struct SupervisionFolder: Sendable {
  /// Bytes that a record may have: a command line is its largest part.
  private static let recordLimit = 64 << 10

  /// The folder of this control domain, gone with its next boot as all domains are.
  public static let standard = SupervisionFolder(path: "/run/pvhkit")

  /// Its path.
  public let path: String

  /// Names a folder, which need not exist.
  public init(path: String) {
    self.path = path
  }

  private var domains: String { "\(path)/domains" }
  /// Where `CreationLease` has its files.
  var creations: String { "\(path)/creations" }
  /// Where the files of an ended domain are while another one of its name is being built.
  var former: String { "\(path)/former" }

  /// What the supervisor holds as long as it lives.
  public var lock: String { "\(path)/supervisor.lock" }
  /// Where the supervisor listens.
  public var socket: String { "\(path)/supervisor.socket" }
  /// What the supervisor complains of.
  public var log: String { "\(path)/supervisor.log" }

  /// A file of one domain.
  public func file(_ name: String, of domain: String) -> String { "\(folder(of: domain))/\(name)" }

  func folder(of domain: String) -> String { "\(domains)/\(domain)" }

  /// Makes the folder, and that of a domain, which must have none.
  public func prepare(domain: String? = nil) throws(SupervisionError) {
    for folder in [path, domains, creations, former] + (domain.map { ["\(domains)/\($0)"] } ?? []) {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw SupervisionError("making the folder", folder)
      }
    }
  }

  /// The names of all domains that have a folder, in their order.
  public var names: [String] { Self.entries(of: domains).sorted() }

  var creationNames: [String] { Self.entries(of: creations) }

  /// The record of a domain; nil if there is none.
  public func record(of domain: String) throws(SupervisionError) -> DomainRecord? {
    let path = file("record", of: domain)
    guard let text = try Self.read(path, limit: Self.recordLimit) else { return nil }
    do {
      let record = try DomainRecord(parsing: text)
      if record.request.name == domain { return record }
    } catch {
      throw unusable(path, "cannot be read: \(error)", domain)
    }
    throw unusable(path, "is the record of a domain with another name", domain)
  }

  private func unusable(_ path: String, _ fact: String, _ domain: String) -> SupervisionError {
    SupervisionError(
      "\(path) \(fact); destroy \"\(domain)\" if it is there, and remove \(folder(of: domain))")
  }

  /// All records that can be read, in the order of their names.
  public var records: [DomainRecord] {
    names.compactMap { name in (try? record(of: name)) ?? nil }
  }

  /// Writes a domain's record: the old one stays until the new one is complete.
  public func write(_ record: DomainRecord) throws(SupervisionError) {
    let path = file("record", of: record.request.name)
    let new = "\(path).new"
    let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SupervisionError("writing", new) }
    let text = record.serialised()
    guard text.count <= Self.recordLimit else {
      close(descriptor)
      unlink(new)
      throw SupervisionError(
        "the description of \(record.request.name) has \(text.count) bytes: at most "
          + "\(Self.recordLimit) are kept")
    }
    let count = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    let code = count < 0 ? errno : ENOSPC
    close(descriptor)
    guard count == text.count else {
      unlink(new)
      throw SupervisionError("writing", new, code: code)
    }
    guard rename(new, path) == 0 else { throw SupervisionError("replacing", path) }
  }

  /// Removes all of a domain's files; none of them being there is no error.
  public func remove(_ domain: String) throws(SupervisionError) {
    try Self.remove(folder: folder(of: domain))
  }

  static func remove(folder: String) throws(SupervisionError) {
    // The record last: as long as it is there, somebody knows of the rest.
    for name in entries(of: folder).sorted(by: { $1 == "record" && $0 != "record" }) {
      unlink("\(folder)/\(name)")
    }
    guard rmdir(folder) == 0 || errno == ENOENT else {
      throw SupervisionError("removing the folder", folder)
    }
  }
}
