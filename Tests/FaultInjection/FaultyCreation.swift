// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import XenToolstack

/// What happens to one call of a creation.
struct CreationFault: CreationObserver {
  enum Kind {
    /// The call is not made, and reports this value of errno.
    case error(Int32)
    /// The process is killed outright before the call.
    case death
  }

  let index: Int
  let kind: Kind

  func willMake(_ call: CreationCall, index: Int, sendingEarlier send: () -> Void) -> Int32? {
    guard index == self.index else { return nil }
    guard case .error(let code) = kind else {
      // Whoever dies among several messages has sent those before.
      send()
      kill(getpid(), SIGKILL)
      return nil
    }
    return code
  }
}

/// Domains that are built from an image, never run, and go wrong in some way.
struct FaultyCreation {
  /// Creations that are timed; the first is not counted.
  private static let rounds = 5
  /// Memory in KiB that Xen may keep for its next domain: less than a page for each failure.
  private static let toleranceKiB = 64

  let host: ControlDomain
  private let image: DomainImage
  private let configuration: DomainConfiguration

  init(_ path: String, memoryKiB: Int) throws(ToolstackError) {
    host = try ControlDomain()
    image = DomainImage(kernel: try ImageFile(opening: path))
    configuration = DomainConfiguration(name: "faulty", memoryKiB: memoryKiB)
  }

  /// Says which calls a creation makes.
  func count() throws(ToolstackError) {
    let calls = try create()
    for call in calls.made { say(call.description) }
    say("\(calls.count(.hypercall)) hypercalls, \(calls.count(.xenstore)) messages")
  }

  /// Builds a domain and takes it away, which goes wrong as the fault says.
  @discardableResult
  func create(_ fault: CreationFault? = nil, _ uuid: DomainUUID = .random())
    throws(ToolstackError) -> CreationCalls
  {
    let calls = CreationCalls(observer: fault)
    let builder = XenguestBuilder(host: host, calls: calls)
    let domain = try builder.create(configuration, image: image, uuid: uuid)
    try builder.destroy(domain)
    return calls
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
  func failEverywhere() throws(ToolstackError) -> Bool {
    let count = try create().made.count
    let before = host.freeMemoryKiB
    var isClean = true
    for index in 0..<count {
      var result = "no error"
      do throws(ToolstackError) {
        try create(CreationFault(index: index, kind: .error(ENOMEM)))
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
func say(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
