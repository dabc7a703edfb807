// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import XenToolstack

@Suite struct CreationTurns {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  /// Runs in a folder that is not there yet.
  private func inPlace(_ body: (String) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func oneComesAfterAnother() throws {
    try inPlace { folder in
      let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      Thread.detachNewThread {
        let first = CreationLock(folder: FilePath(folder))
        hasBegun.signal()
        mayEnd.wait()
        first?.end()
      }
      hasBegun.wait()
      #expect(try mode(folder) == 0o700)
      #expect(try mode("\(folder)/creation.lock") == 0o600)
      let start = MonotonicTime.now
      #expect(CreationLock(folder: FilePath(folder), patience: 50) == nil)
      #expect(MonotonicTime.now.microseconds(since: start) >= 50_000)
      mayEnd.signal()
      let second = try #require(CreationLock(folder: FilePath(folder), patience: 20_000))
      second.end()
      second.end()
      #expect(CreationLock(folder: FilePath(folder), patience: 0) != nil)
      // The last one ended with its last reference.
      #expect(CreationLock(folder: FilePath(folder), patience: 0) != nil)
    }
  }

  @Test func aFolderThatOthersCanWriteToIsNotUsed() throws {
    try inPlace { folder in
      #expect(mkdir(folder, 0o700) == 0)
      #expect(chmod(folder, 0o777) == 0)
      #expect(CreationLock(folder: FilePath(folder)) == nil)
      #expect(chmod(folder, 0o755) == 0)
      #expect(CreationLock(folder: FilePath(folder)) != nil)
    }
  }

  @Test func noLinkIsFollowed() throws {
    try inPlace { folder in
      #expect(mkdir(folder, 0o700) == 0)
      #expect(symlink("/etc/passwd", "\(folder)/creation.lock") == 0)
      #expect(CreationLock(folder: FilePath(folder)) == nil)
      #expect(unlink("\(folder)/creation.lock") == 0)
      #expect(symlink(folder, "\(folder)/link") == 0)
      #expect(CreationLock(folder: FilePath("\(folder)/link")) == nil)
    }
  }

  @Test func withoutAPlaceForItThereIsNone() {
    #expect(CreationLock(folder: FilePath("/proc/pvhkit")) == nil)
    #expect(CreationLock(folder: FilePath("\(folder.path)/not/there")) == nil)
  }
}
