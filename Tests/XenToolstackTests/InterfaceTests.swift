// SPDX-License-Identifier: Apache-2.0

import CXenInterface
import Glibc
import Testing

/// Calls of the privileged interface, received by a hypervisor that checks numbers and offsets as each
/// version of Xen does.
@Suite(.serialized) struct InterfaceTests {
  /// A version of the interface, as the headers of its releases have it. Source: `domctl.h` and `sysctl.h`
  /// in the branches of Xen's repository.
  struct Version: CustomTestStringConvertible, Sendable {
    var releases: String
    var domctl: UInt32
    var sysctl: UInt32
    /// Offsets in `struct xen_domctl_createdomain` of `vmtrace_size`, `cpupool_id` and `arch`.
    var vmtrace: Int
    var pool: Int
    var arch: Int
    /// Bytes of the structure.
    var size: Int
    var testDescription: String { releases }

    static let all = [
      Version(
        releases: "4.17", domctl: 0x15, sysctl: 0x15, vmtrace: 48, pool: 52, arch: 56, size: 64),
      Version(
        releases: "4.18", domctl: 0x16, sysctl: 0x15, vmtrace: 48, pool: 52, arch: 56, size: 64),
      Version(
        releases: "4.19 and 4.20", domctl: 0x17, sysctl: 0x15, vmtrace: 52, pool: 56, arch: 60,
        size: 68),
      Version(
        releases: "4.21", domctl: 0x17, sysctl: 0x16, vmtrace: 52, pool: 56, arch: 60, size: 68),
      Version(
        releases: "4.22", domctl: 0x18, sysctl: 0x16, vmtrace: 52, pool: 56, arch: 60, size: 68),
    ]
  }

  /// C names: `__HYPERVISOR_domctl`, `__HYPERVISOR_sysctl`, `XEN_DOMCTL_createdomain`,
  /// `XEN_DOMCTL_destroydomain`, `XEN_SYSCTL_physinfo`.
  private static let (domctl, sysctl): (UInt32, UInt32) = (36, 35)
  private static let (create, destroy, physinfo): (UInt32, UInt32, UInt32) = (1, 2, 3)
  /// Where the structures begin behind command, version and domain.
  private static let start = 16

  /// The version that is running, and the calls that it took.
  private nonisolated(unsafe) static var running = Version.all[0]
  private nonisolated(unsafe) static var taken: [[UInt8]] = []

  /// Answers as Xen does: another version's number is refused before anything is looked at.
  private static let hypervisor:
    @convention(c) (UnsafeMutableRawPointer?, UInt32, UInt64) -> Int32 = {
      _, operation, argument in
      guard let call = UnsafeMutableRawPointer(bitPattern: UInt(argument)) else { return -1 }
      let wanted = operation == domctl ? running.domctl : running.sysctl
      guard call.load(fromByteOffset: 4, as: UInt32.self) == wanted else {
        errno = EACCES
        return -1
      }
      taken.append((0..<144).map { call.load(fromByteOffset: $0, as: UInt8.self) })
      // A new domain's number goes back.
      if operation == domctl { call.storeBytes(of: 7, toByteOffset: 8, as: UInt16.self) }
      return 0
    }

  /// A call as libxenctrl of the compiled headers makes it.
  private func make(_ operation: UInt32, _ bytes: inout [UInt8]) -> Int32 {
    bytes.withUnsafeMutableBytes { bytes in
      pvh_interface_call(
        nil, operation, UInt64(UInt(bitPattern: bytes.baseAddress)), Self.hypervisor)
    }
  }

  private static func put(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
  }

  private func call(_ command: UInt32, version: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 144)
    Self.put(command, at: 0, in: &bytes)
    Self.put(version, at: 4, in: &bytes)
    return bytes
  }

  private func use(_ version: Version) {
    Self.running = version
    Self.taken = []
    pvh_interface_use(version.domctl, version.sysctl)
  }

  @Test func theTableIsThatOfTheHeaders() {
    #expect(pvh_interface_count == Version.all.count)
    for (index, version) in Version.all.enumerated() {
      let row = pvh_interface_table()[index]
      #expect(String(cString: row.releases) == version.releases)
      #expect(row.domctl == version.domctl && row.sysctl == version.sysctl)
      #expect(Int(row.createdomain_size) == version.size)
      #expect(row.altp2m_offset == (version.size == 68 ? 48 : 0))
    }
  }

  @Test(arguments: Version.all) func eachFieldIsWhereTheVersionHasIt(version: Version) throws {
    let compiled = try #require(Version.all.first { $0.domctl == pvh_compiled_domctl })
    use(version)
    var bytes = call(Self.create, version: pvh_compiled_domctl)
    for offset in stride(from: 0, to: 48, by: 4) {
      Self.put(0x1000 + UInt32(offset), at: Self.start + offset, in: &bytes)
    }
    Self.put(0x7472, at: Self.start + compiled.vmtrace, in: &bytes)
    Self.put(0x706f, at: Self.start + compiled.pool, in: &bytes)
    Self.put(0x6172, at: Self.start + compiled.arch, in: &bytes)
    Self.put(0x6368, at: Self.start + compiled.arch + 4, in: &bytes)
    let asked = bytes
    #expect(make(Self.domctl, &bytes) == 0)
    let taken = try #require(Self.taken.first)
    for offset in stride(from: 0, to: 48, by: 4) {
      #expect(Self.word(taken, at: Self.start + offset) == 0x1000 + UInt32(offset))
    }
    #expect(Self.word(taken, at: Self.start + version.vmtrace) == 0x7472)
    #expect(Self.word(taken, at: Self.start + version.pool) == 0x706f)
    #expect(Self.word(taken, at: Self.start + version.arch) == 0x6172)
    #expect(Self.word(taken, at: Self.start + version.arch + 4) == 0x6368)
    if version.size == 68 { #expect(Self.word(taken, at: Self.start + 48) == 0) }
    // The caller finds its own form again, with the new domain's number.
    #expect(bytes[8] == 7)
    #expect(
      Array(bytes[Self.start..<Self.start + compiled.size])
        == Array(asked[Self.start..<Self.start + compiled.size]))
  }

  @Test(arguments: Version.all) func otherCallsGetTheNumberOnly(version: Version) throws {
    use(version)
    var bytes = call(Self.destroy, version: pvh_compiled_domctl)
    for index in Self.start..<144 { bytes[index] = UInt8(truncatingIfNeeded: index) }
    let asked = bytes
    #expect(make(Self.domctl, &bytes) == 0)
    #expect(try #require(Self.taken.first)[Self.start...] == asked[Self.start...])
    var question = call(Self.physinfo, version: pvh_compiled_sysctl)
    #expect(make(Self.sysctl, &question) == 0)
    #expect(Self.taken.count == 2)
  }

  @Test func anotherNumberIsRefused() {
    use(Version.all[0])
    pvh_interface_use(0x19, 0x17)
    var bytes = call(Self.destroy, version: pvh_compiled_domctl)
    #expect(make(Self.domctl, &bytes) == -1 && errno == EACCES)
    var question = call(Self.physinfo, version: pvh_compiled_sysctl)
    #expect(make(Self.sysctl, &question) == -1 && errno == EACCES)
    #expect(Self.taken.isEmpty)
    // A number behind the newest one has the newest form.
    var newer = Version.all[4]
    newer.domctl = 0x19
    use(newer)
    var creation = call(Self.create, version: pvh_compiled_domctl)
    #expect(make(Self.domctl, &creation) == 0)
  }
}
