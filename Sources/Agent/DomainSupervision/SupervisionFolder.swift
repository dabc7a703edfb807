// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol
import Glibc
import HostSystem
public import SystemPackage

/// Why the supervisor's files could not be read or written.
public struct SupervisionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The fact seen, where, and what to change.
  public let description: String

  public init(_ description: String) {
    self.description = description
  }

  /// A call that failed.
  init(_ call: String, _ path: FilePath, _ error: Errno) {
    let advice = error == .noSpace ? "; destroy ended domains, or make room there" : ""
    description = "\(call) \(path): \(error)\(advice)"
  }

  /// Says what was attempted when a call fails.
  public static func explaining<Result: ~Copyable>(
    _ call: String, _ path: FilePath, _ body: () throws(Errno) -> Result
  ) throws(SupervisionError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw SupervisionError(call, path, error)
    }
  }
}

/// The files of the supervisor of a control domain: a folder for each domain.
///
/// The supervisor alone writes records and logs. Agents read at any time: a record is replaced as a
/// whole. The leases that agents take before they make a domain are there, too, and the lock that creators of
/// domains hold.
public struct SupervisionFolder: Sendable {
  /// Bytes that a record may have: a command line is its largest part.
  private static let recordLimit = 64 << 10

  /// The folder of this control domain, gone with its next boot as all domains are.
  public static let standard = SupervisionFolder(path: "/run/pvhkit")

  public let path: FilePath

  /// Names a folder, which need not exist.
  public init(path: FilePath) {
    self.path = path
  }

  private var domains: FilePath { path.appending("domains") }
  /// Where `CreationLease` has its files.
  var creations: FilePath { path.appending("creations") }
  /// Where the files of an ended domain are while another one of its name is being built.
  private var former: FilePath { path.appending("former") }

  /// Held by the supervisor as long as it runs (`ProcessLock`).
  public var lock: FilePath { path.appending("supervisor.lock") }
  /// Where the supervisor listens; only root can enter the folder.
  public var socket: FilePath { path.appending("supervisor.socket") }
  /// The supervisor's standard error.
  public var log: FilePath { path.appending("supervisor.log") }

  public func file(_ name: String, of domain: String) -> FilePath {
    folder(of: domain).appending(name)
  }

  func folder(of domain: String) -> FilePath { domains.appending(domain) }
  private func formerFolder(of domain: String) -> FilePath { former.appending(domain) }

  /// Makes the folder, and that of a domain, which must have none.
  public func prepare(domain: String? = nil) throws(SupervisionError) {
    for folder in [path, domains, creations, former] + (domain.map { [self.folder(of: $0)] } ?? [])
    {
      try SupervisionError.explaining("making the folder", folder) { () throws(Errno) in
        try Directory.make(folder, permissions: .privateFolder)
      }
    }
  }

  // MARK: - Records

  /// The names of all domains that have a folder, in their order.
  public var names: [String] { Directory.names(in: domains) }

  /// The record of a domain; nil if there is none.
  public func record(of domain: String) throws(SupervisionError) -> DomainRecord? {
    let path = file("record", of: domain)
    let text: [UInt8]
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      defer { try? file.close() }
      text = try file.bytes(at: 0, count: Self.recordLimit)
    } catch Errno.noSuchFileOrDirectory {
      return nil
    } catch {
      throw SupervisionError("reading", path, error as? Errno ?? .ioError)
    }
    do {
      let record = try DomainRecord(parsing: text)
      if record.request.name == domain { return record }
    } catch {
      throw unusable(path, "cannot be read: \(error)", domain)
    }
    throw unusable(path, "is the record of a domain with another name", domain)
  }

  private func unusable(_ path: FilePath, _ fact: String, _ domain: String) -> SupervisionError {
    SupervisionError(
      "\(path) \(fact); destroy \"\(domain)\" if it is there, and remove \(folder(of: domain))")
  }

  /// All records that can be read, in the order of their names.
  public var records: [DomainRecord] {
    names.compactMap { name in (try? record(of: name)) ?? nil }
  }

  /// Writes a domain's record: the old one stays until the new one is complete.
  public func write(_ record: DomainRecord) throws(SupervisionError) {
    let text = record.serialised()
    guard text.count <= Self.recordLimit else {
      throw SupervisionError(
        "the description of \(record.request.name) has \(text.count) bytes: at most "
          + "\(Self.recordLimit) are kept")
    }
    let path = file("record", of: record.request.name)
    try SupervisionError.explaining("writing", path) { () throws(Errno) in
      try AtomicFile.write(text, to: path)
    }
  }

  /// Removes all of a domain's files; none of them being there is no error.
  public func remove(_ domain: String) throws(SupervisionError) {
    try Self.remove(folder(of: domain))
  }

  private static func remove(_ folder: FilePath) throws(SupervisionError) {
    // The record last: without it, nothing would say that the rest is there.
    for name in Directory.names(in: folder) where name != "record" {
      Directory.unlinkIfPresent(folder.appending(name))
    }
    try SupervisionError.explaining("removing the folder", folder) { () throws(Errno) in
      try Directory.remove(folder)
    }
  }

  // MARK: - Ended domains whose name is wanted again: their files stay until the new one runs

  /// Puts a domain's files aside; there may be none.
  public func setAside(_ domain: String) throws(SupervisionError) {
    try dropFormer(domain)
    try rename(folder(of: domain), to: formerFolder(of: domain))
  }

  /// Puts a domain's files back, unless there are newer ones with a record.
  public func putBack(_ domain: String) throws(SupervisionError) {
    guard ((try? record(of: domain)) ?? nil) == nil else { return try dropFormer(domain) }
    try remove(domain)
    try rename(formerFolder(of: domain), to: folder(of: domain))
  }

  /// Removes the files that were put aside.
  public func dropFormer(_ domain: String) throws(SupervisionError) {
    try Self.remove(formerFolder(of: domain))
  }

  /// Cleans up after a supervisor that was killed: what was put aside comes back, and folders without
  /// a record, in which there are only files for a domain that never was, are removed.
  public func recover() throws(SupervisionError) {
    for name in Directory.names(in: former) { try putBack(name) }
    for name in names where Directory.information(file("record", of: name)) == nil {
      try remove(name)
    }
  }

  private func rename(_ folder: FilePath, to target: FilePath) throws(SupervisionError) {
    try SupervisionError.explaining("renaming the folder", folder) { () throws(Errno) in
      do throws(Errno) {
        try Directory.rename(folder, to: target)
      } catch .noSuchFileOrDirectory {}
    }
  }
}
