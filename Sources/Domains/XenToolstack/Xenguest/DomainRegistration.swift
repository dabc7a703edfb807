// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// Enters a new domain into xenstore, in one transaction.
struct DomainRegistration {
  let store: XenstoreConnection
  let calls: CreationCalls
  let id: DomainID
  /// The number for paths and people; a plan does not know it.
  let label: String
  let name: String
  /// The port as it is written.
  let consolePort: String
  let consoleFrame: Int
  /// The vCPUs that the guest is told of.
  var announcedVCPUs = 0
  /// What makes its devices.
  var devices: [NodeRequest] = []

  private typealias Request = (text: String, request: XenstoreRequest)

  /// Tries it once; false if others came in between, and all of it has to be done again.
  ///
  /// `domains` says which numbers are taken. Only when all that is written is known to be written the
  /// transaction is ended; what fails before gives it up.
  func attempt(listing domains: () throws(ToolstackError) -> Set<Int>) throws(ToolstackError)
    -> Bool
  {
    let transaction = try calls.ask("start a transaction", planned: 0) {
      () throws(XenstoreFailure) in try store.startTransaction()
    }
    do throws(ToolstackError) {
      let entries = try claimName(in: transaction, listing: domains)
      try calls.ask(entries + nodes(in: transaction), of: store)
      return try calls.ask("end the transaction", planned: true) { () throws(XenstoreFailure) in
        try store.commit(transaction)
      }
    } catch {
      // If it was the end that failed by itself, this does nothing.
      if transaction != 0 { store.abort(transaction) }
      throw error
    }
  }

  private func nodes(in transaction: XenstoreTransaction) -> [Request] {
    let own = DomainNodes.requests(
      number: label, name: name, consolePort: consolePort, consoleFrame: consoleFrame,
      announcedVCPUs: announcedVCPUs)
    return (own + devices).map { ($0.description, $0.message(about: id, in: transaction)) }
  }

  /// Refuses a name that another domain has; returns what brings the index up to date.
  private func claimName(
    in transaction: XenstoreTransaction, listing domains: () throws(ToolstackError) -> Set<Int>
  ) throws(ToolstackError) -> [Request] {
    let nodes: [String]? = try calls.ask("list \(NameIndex.path)", planned: []) {
      () throws(XenstoreFailure) in
      do throws(XenstoreFailure) {
        return try store.children(of: NameIndex.path, in: transaction)
      } catch .refused(ENOSYS) {
        // oxenstored cannot tell of a list that is longer than a message: each domain is asked instead.
        return nil
      }
    }
    let (indexed, present) = (NameIndex(nodes: nodes ?? []).names, try domains())
    var changes: [Request] = []
    for (number, name) in indexed where !present.contains(number) || number == Int(id.rawValue) {
      let node = NameIndex.node(String(number), name)
      changes.append(
        ("remove \(node), whose domain is gone", .remove(node, in: transaction)))
    }
    // The control domain's name is known, and is no name for another.
    let own = Int(id.rawValue)
    let unknown = present.sorted().filter { indexed[$0] == nil && $0 != 0 && $0 != own }
    // What xl renamed is no longer called so.
    let suspects = present.sorted().filter { indexed[$0].map(isTaken) == true }
    let numbers = unknown + suspects
    let values = try calls.ask(
      numbers.map { number in
        let path = "\(DomainNodes.home(String(number)))/name"
        return ("read \(path)", .read(path, in: transaction))
      }, of: store)
    for (number, value) in zip(numbers, values) {
      guard let value else { continue }
      let name = String(decoding: value, as: UTF8.self)
      if isTaken(name) { throw nameTaken(by: number) }
      guard nodes != nil, indexed[number] == nil else { continue }
      let node = NameIndex.node(String(number), name)
      changes.append(("write \(node)", .write(node, "", in: transaction)))
    }
    return changes
  }

  /// Whether a domain of this name leaves ours to nobody else.
  private func isTaken(_ other: String) -> Bool { other.utf8.elementsEqual(name.utf8) }

  private func nameTaken(by number: Int) -> ToolstackError {
    ToolstackError(
      .nameTaken,
      "domain \(number) is named \"\(name)\" already: choose another name, or destroy that domain")
  }
}

/// The turn of one creator of domains, among all of a control domain.
///
/// All creations change the same folders of xenstore, so that of transactions at the same time one
/// comes through, and the others have been for nothing. Creators that take turns spare each other that;
/// one that gets none, because another is stuck or there is no place for the lock, goes on all the same:
/// what is right the transaction sees to.
final class CreationLock {
  /// Where the lock is: with all else that this project's programs keep while the machine is up.
  static let folder: FilePath = "/run/pvhkit"
  /// Milliseconds to wait for a turn.
  static let patience = 2000

  private var lock: FileLock?

  /// Waits for a turn; nil if there is none to be had. It ends with the last reference.
  init?(folder: FilePath = CreationLock.folder, patience: Int = CreationLock.patience) {
    guard let file = Self.open(in: folder) else { return nil }
    do throws(Errno) {
      lock = try FileLock.take(taking: file, until: .now.adding(milliseconds: patience))
    } catch {
      return nil
    }
    if lock == nil { return nil }
  }

  /// Lets the next one have its turn.
  func end() { lock = nil }

  /// Opens the lock's file in a folder that nobody else can write to.
  private static func open(in folder: FilePath) -> FileDescriptor? {
    guard (try? Directory.make(folder, permissions: .privateFolder)) != nil,
      let place = try? FileDescriptor.open(
        folder, .readOnly, options: [.directory, .noFollow, .closeOnExec])
    else { return nil }
    defer { try? place.close() }
    guard let information = try? place.information(), information.st_uid == geteuid(),
      information.st_mode & 0o022 == 0
    else { return nil }
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    let file = openat(place.rawValue, "creation.lock", flags, 0o600)
    return file < 0 ? nil : FileDescriptor(rawValue: file)
  }
}
