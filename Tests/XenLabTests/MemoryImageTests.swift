// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import XenLab

@Suite struct MemoryImageTests {
  @Test func copiesPagesAndLeavesHoles() throws {
    let folder = FilePath("/tmp/pvhkit-test-\(getpid())-memory")
    try FileTree.makeFolder(folder)
    defer { try? FileTree.remove(folder) }
    let size = 64 << 20
    let memory = try MemoryFile(name: "memory", size: size)
    let page = [UInt8](repeating: 7, count: 4096)
    // First, last, across a chunk, one byte at the end of a page, and a page of zeros.
    let written = [0, (1 << 20) - 4096, 1 << 20, 5 << 20, size - 4096]
    for offset in written { try memory.descriptor.writeAll(toAbsoluteOffset: Int64(offset), page) }
    try memory.descriptor.writeAll(toAbsoluteOffset: Int64((9 << 20) + 4095), [1])
    try memory.descriptor.writeAll(
      toAbsoluteOffset: 20 << 20, [UInt8](repeating: 0, count: 4096))

    let target = folder.appending("memory")
    let samples = try MemoryImage.write(
      memory.descriptor, size: size, to: target, try Interrupts(), progress: { _ in })
    #expect(samples.map(\.offset) == (written + [9 << 20]).sorted())
    #expect(FileTree.diskUse(target) < 1 << 20)
    #expect(try FileTree.read(target) == memory.descriptor.bytes(at: 0, count: size))
  }
}
