// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Glibc
import HostSystem
import SystemPackage
import Testing
import XenDomainModel

@Suite struct SupervisionFolderTests {
  private let folder: SupervisionFolder

  init() throws {
    var template = Array("/dev/shm/pvhkit-folder-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template))
    folder = SupervisionFolder(path: FilePath(String(cString: path)))
    try folder.prepare()
  }

  private func tidy() {
    for name in folder.names { try? folder.remove(name) }
    for name in ["domains", "creations", "former"] { rmdir("\(folder.path)/\(name)") }
    unlink(folder.lock.string)
    rmdir(folder.path.string)
  }

  private func record(_ name: String) -> DomainRecord {
    var request = RunRequest(
      name: name, commandLine: "a \"b\"\n", memoryKiB: 256, timeLimitMilliseconds: 5)
    request.moduleByteCount = 9
    var record = DomainRecord(request: request, restart: .onCrash, startedAt: 12)
    record.domainID = 3
    record.phase = .waiting
    record.supervision.outcome = .otherShutdown(reason: 4)
    record.supervision.problem = "no memory"
    return record
  }

  @Test func recordsComeBackAsTheyWereWritten() throws {
    defer { tidy() }
    for name in ["web", "a.b"] {
      try folder.prepare(domain: name)
      try folder.write(record(name))
    }
    #expect(folder.names == ["a.b", "web"])
    #expect(folder.records == [record("a.b"), record("web")])
    #expect(try folder.record(of: "nobody") == nil)
    try folder.remove("web")
    try folder.remove("web")
    #expect(folder.names == ["a.b"])
  }

  @Test func aRecordCutAnywhereIsNamedNotBelieved() throws {
    defer { tidy() }
    try folder.prepare(domain: "web")
    let text = record("web").serialised()
    let path = folder.file("record", of: "web").string
    for count in 0..<text.count - 1 {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      #expect(write(descriptor, text, count) == count)
      close(descriptor)
      let error = #expect(throws: SupervisionError.self) { try folder.record(of: "web") }
      #expect(error?.description.contains(path) == true)
    }
    // One that cannot be read hides no others.
    try folder.prepare(domain: "other")
    try folder.write(record("other"))
    #expect(folder.records.map(\.request.name) == ["other"])
  }

  @Test func anEndedDomainStaysUntilTheNewOneRuns() throws {
    defer { tidy() }
    try folder.prepare(domain: "web")
    try folder.write(record("web"))
    // The new one comes to nothing.
    try folder.setAside("web")
    try folder.prepare(domain: "web")
    #expect(try folder.record(of: "web") == nil)
    try folder.putBack("web")
    #expect(try folder.record(of: "web") == record("web"))
    // The supervisor is killed meanwhile; of another domain there are only files.
    try folder.setAside("web")
    try folder.prepare(domain: "web")
    try folder.prepare(domain: "never")
    try folder.recover()
    #expect(folder.records == [record("web")])
    #expect(folder.names == ["web"])
    // The new one runs.
    try folder.setAside("web")
    try folder.prepare(domain: "web")
    var new = record("web")
    new.domainID = 9
    try folder.write(new)
    try folder.dropFormer("web")
    try folder.recover()
    #expect(folder.records == [new])
  }

  @Test func aRecordUnderAnotherNameIsNotBelieved() throws {
    defer { tidy() }
    for name in ["web", "db"] { try folder.prepare(domain: name) }
    try folder.write(record("web"))
    #expect(
      rename(folder.file("record", of: "web").string, folder.file("record", of: "db").string) == 0)
    #expect(throws: SupervisionError.self) { try folder.record(of: "db") }
  }

  @Test func aWordIsAbandonedOnlyWhenItsProcessIsGone() throws {
    defer { tidy() }
    let identity = String(repeating: "a", count: 32)
    let mark = try CreationLease(identity, in: folder)
    #expect(CreationLease.abandoned(in: folder).isEmpty)
    // The lock goes with the descriptor, as it does when a process dies; the file stays.
    let other = String(repeating: "b", count: 32)
    _ = try CreationLease(other, in: folder)
    let left = CreationLease.abandoned(in: folder)
    #expect(left.map(\.identity) == [other])
    // Nobody else takes it over meanwhile.
    #expect(CreationLease.abandoned(in: folder).isEmpty)
    left.first?.withdraw()
    mark.withdraw()
    #expect(CreationLease.abandoned(in: folder).isEmpty)
  }

  @Test func theLockSaysWhoHasIt() async throws {
    defer { tidy() }
    #expect(ProcessLock.holder(folder.lock) == nil)
    #expect(try ProcessLock.take(folder.lock))
    // For its own process a lock of fcntl(2) is no obstacle: another one has to look.
    await #expect(processExitsWith: .success) {
      [path = folder.lock.string as String, holder = getpid() as Int32] in
      exit(ProcessLock.holder(FilePath(path)) == holder ? 0 : 1)
    }
  }
}
