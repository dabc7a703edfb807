// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// Builds a domain from an image with each loader, never lets it run, and says what that took; then
/// makes each call of the direct way fail once, and says what came of it. For tests and figures.
///
/// Returns the exit status of the process: 1 if anything was left of a domain.
func rehearse(_ path: String, memoryKiB: Int) -> Int32 {
  do {
    let rehearsal = try Rehearsal(path, memoryKiB: memoryKiB)
    try rehearsal.count()
    try rehearsal.measure("xenguest", XenguestBuilder(host: rehearsal.host))
    try rehearsal.measure("libxl", LibxlBuilder(host: rehearsal.host))
    return try rehearsal.fail() ? 0 : 1
  } catch {
    complain(error.message)
    return 70
  }
}

/// Builds a domain as an agent does, which is killed before one of its calls. For tests, which see what
/// is left of the domain.
///
/// Returns the exit status of the process, 0 if there are fewer calls than that.
func rehearseDeath(_ path: String, memoryKiB: Int, at index: Int) -> Int32 {
  do {
    let rehearsal = try Rehearsal(path, memoryKiB: memoryKiB)
    let uuid = DomainUUID.random()
    let responsibility = OrphanCleanup(program: "/proc/self/exe")
    responsibility.begin(for: uuid)
    try rehearsal.create(CreationCalls(dying: index), uuid)
    responsibility.end()
    return 0
  } catch {
    complain("\(error)")
    return 70
  }
}

private struct Rehearsal {
  /// Creations that are timed; the first is not counted.
  private static let rounds = 5

  /// Memory in KiB that Xen may keep for its next domain: less than a page for each failure.
  private static let toleranceKiB = 64

  let host: ControlDomain
  private let image: DomainImage
  private let configuration: DomainConfiguration

  init(_ path: String, memoryKiB: Int) throws(ToolstackError) {
    host = try ControlDomain()
    image = DomainImage(kernel: try ImageFile(label: "image"))
    configuration = DomainConfiguration(name: "rehearsal", memoryKiB: memoryKiB)
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count >= 0 else {
        throw ToolstackError(.badConfiguration, "\(path) cannot be read")
      }
      if count == 0 { break }
      try image.kernel.append(Array(buffer[..<count]))
    }
  }

  /// Says which calls a creation makes.
  func count() throws(ToolstackError) {
    let calls = try create()
    for call in calls.made { say(call.description) }
    say("\(calls.count(.hypercall)) hypercalls, \(calls.count(.xenstore)) messages")
  }

  private func create(failing index: Int? = nil) throws(ToolstackError) -> CreationCalls {
    let calls = CreationCalls(failing: index)
    try create(calls, .random())
    return calls
  }

  /// Builds a domain and takes it away.
  func create(_ calls: CreationCalls, _ uuid: DomainUUID) throws(ToolstackError) {
    let builder = XenguestBuilder(host: host, calls: calls)
    let domain = try builder.create(configuration, image: image, uuid: uuid)
    try builder.destroy(domain)
  }

  /// Says how long creating and destroying takes.
  func measure(_ name: String, _ builder: any DomainBuilder) throws(ToolstackError) {
    var times: [(create: Int, destroy: Int)] = []
    for _ in 0...Self.rounds {
      let start = MonotonicTime.now
      let domain = try builder.create(configuration, image: image, uuid: .random())
      let created = MonotonicTime.now
      try builder.destroy(domain)
      times.append(
        (created.microseconds(since: start), MonotonicTime.now.microseconds(since: created)))
    }
    let create = times.dropFirst().map(\.create).sorted()[Self.rounds / 2]
    let destroy = times.dropFirst().map(\.destroy).sorted()[Self.rounds / 2]
    say("\(name): create \(create) us, destroy \(destroy) us")
  }

  /// Makes each call fail once; false if something is left.
  func fail() throws(ToolstackError) -> Bool {
    let count = try create().made.count
    let before = host.freeMemoryKiB
    var isClean = true
    for index in 0..<count {
      var result = "no error"
      do throws(ToolstackError) {
        _ = try create(failing: index)
      } catch {
        result = "\(error.kind)"
      }
      if result != "outOfMemory" { isClean = false }
      say("call \(index) fails: \(result)")
    }
    // Xen gives back the last pages of a domain a little later.
    usleep(200_000)
    let lost = before - host.freeMemoryKiB
    say("\(lost) KiB of memory lost in \(count) failures")
    return isClean && lost <= Self.toleranceKiB
  }
}

/// Writes a line at once: whatever becomes of the next call, this one is known.
private func say(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
