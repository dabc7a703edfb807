// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing

@Suite struct FileTests {
  private let folder: FilePath

  init() throws {
    var template = Array("/dev/shm/pvhkit-host-XXXXXX".utf8CString)
    folder = FilePath(String(cString: try #require(mkdtemp(&template))))
  }

  private func mode(_ path: FilePath) -> mode_t? {
    Directory.information(path).map { $0.st_mode & 0o7777 }
  }

  private func content(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    defer { try? file.close() }
    return try file.readAll()
  }

  @Test func aFileIsThereWholeOrNotAtAll() throws {
    defer { try? Directory.remove(folder) }
    let path = folder.appending("file")
    try AtomicFile.write([1, 2, 3], to: path, permissions: .ownerReadWrite)
    #expect(mode(path) == 0o600)
    do {
      let unfinished = try AtomicFile(replacing: path)
      try unfinished.descriptor.writeEverything([9])
    }
    #expect(try content(path) == [1, 2, 3])
    try AtomicFile.write([4], to: path)
    #expect(try content(path) == [4])
    #expect(Directory.names(in: folder) == ["file"])
  }

  @Test func aLinkStaysAndWhatIsNoFileIsNotReplaced() throws {
    defer { try? Directory.remove(folder) }
    let (path, link) = (folder.appending("file"), folder.appending("link"))
    try AtomicFile.write([1], to: path)
    #expect(symlink(path.string, link.string) == 0)
    try AtomicFile.write([2], to: link)
    #expect(try content(path) == [2])
    let isLink = Directory.information(link).map { $0.st_mode & S_IFMT == S_IFLNK }
    #expect(isLink == true)
    #expect(throws: Errno.isDirectory) { try AtomicFile.write([3], to: folder) }
    #expect(throws: Errno.invalidArgument) { try AtomicFile.write([3], to: "/dev/null") }
  }

  @Test func oneHasALockAtATime() throws {
    defer { try? Directory.remove(folder) }
    let path = folder.appending("lock")
    // Given back with the last reference.
    let wasFree = try FileLock.take(path) != nil
    #expect(wasFree)
    guard let first = try FileLock.take(path) else {
      Issue.record("the lock was not given back")
      return
    }
    let isFree = try FileLock.take(path) != nil
    #expect(!isFree)
    Directory.unlinkIfPresent(path)
    let isStillThere = first.isStill(at: path)
    #expect(!isStillThere)
    let isNew = try FileLock.take(path) != nil
    #expect(isNew)
  }

  @Test func foldersComeAndGo() throws {
    defer { try? Directory.remove(folder) }
    let deep = folder.appending("a/b/c")
    try Directory.makeAll(deep, permissions: .privateFolder)
    try Directory.makeAll(deep)
    #expect(mode(deep) == 0o700)
    try AtomicFile.write([], to: deep.appending("file"))
    #expect(Directory.names(in: deep) == ["file"])
    try Directory.remove(folder.appending("a"))
    try Directory.remove(folder.appending("a"))
    #expect(Directory.names(in: folder).isEmpty)
    #expect(Directory.names(in: folder.appending("not there")).isEmpty)
  }

  @Test func longNamesCanBeListenedAt() throws {
    defer { try? Directory.remove(folder) }
    let deep = folder.appending(String(repeating: "a", count: 120))
    try Directory.make(deep)
    let path = deep.appending("socket")
    #expect(try LocalSocket.connect(to: path) == nil)
    let listener = try LocalSocket.listen(at: path, blocking: false)
    #expect(LocalSocket.accept(on: listener) == nil)
    let client = try #require(try LocalSocket.connect(to: path))
    let server = try #require(LocalSocket.accept(on: listener))
    #expect(LocalSocket.peer(of: client) == getpid())
    let file = try MemoryFile(name: "passed")
    try LocalSocket.send([7], passing: file.descriptor, over: client)
    #expect(server.readAvailable(limit: 10) == [7])
    for end in [client, server, listener] { try end.close() }
    // Nobody listens any more, but the name is there.
    #expect(try LocalSocket.connect(to: path) == nil)
  }

  @Test func programsAreFoundAsAShellFindsThem() {
    #expect(ProgramPath.find("sh") != nil)
    #expect(ProgramPath.find("no-such-program-anywhere") == nil)
    #expect(ProgramPath.resolve("./no-such")?.string == "./no-such")
  }
}
