// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// Where a debugger connects: a port of this machine, for one debugger at a time.
final class DebuggerDoor {
  private let listener: LoopbackListener
  private var guest: FileDescriptor?

  /// The port's number.
  var port: UInt16 { listener.port }

  /// Listens on a port, or on any for port 0.
  ///
  /// - Throws: `Problem` if the port is taken.
  init(port: UInt16) throws(Problem) {
    do throws(Errno) {
      listener = try LoopbackListener(port: port)
    } catch .addressInUse {
      throw Problem(
        "port \(port) is taken by another program: choose another (--gdb=PORT), or let pvh choose: "
          + "--gdb", status: .usage)
    } catch {
      throw Problem("no debugger could connect to port \(port): \(error)", status: .usage)
    }
    SignalAction.ignoreBrokenPipes()
  }

  deinit { leave() }

  /// What a loop waits for.
  var watched: [FileDescriptor] { [listener.descriptor] + (guest.map { [$0] } ?? []) }

  /// Whether a descriptor is one of ours.
  func owns(_ descriptor: FileDescriptor) -> Bool { watched.contains(descriptor) }

  /// What a debugger has sent, now that a descriptor is readable: nil for nothing, no bytes if it is gone.
  func take(from descriptor: FileDescriptor) -> [UInt8]? {
    if descriptor == listener.descriptor {
      guard let next = try? listener.accept() else { return nil }
      if guest == nil { guest = next } else { try? next.close() }
      return nil
    }
    guard descriptor == guest else { return nil }
    if let bytes = descriptor.readAvailable(limit: 1 << 16) { return bytes.isEmpty ? nil : bytes }
    leave()
    return []
  }

  /// Sends bytes to the debugger; one that is gone misses them.
  func send(_ bytes: [UInt8]) { try? guest?.writeEverything(bytes) }

  private func leave() {
    try? guest?.close()
    guest = nil
  }
}

/// What to type to debug a guest.
struct DebuggerInvitation {
  let port: UInt16
  /// The image that runs.
  let image: FilePath

  /// The image's identity; nil if it does not say.
  let identity: UInt64?

  /// The program with symbols that an image was made of: beside it, or where it was built. An image without
  /// identity is taken for that of the program beside it.
  private var program: FilePath? {
    if let identity {
      return ProgramStore.standard.program(identity, image: image).flatMap {
        try? Folder.resolved($0)
      }
    }
    return File.exists(neighbour) ? try? Folder.resolved(neighbour) : nil
  }

  private var neighbour: FilePath { ProgramStore.place(beside: image) }

  /// Lines for people.
  var lines: [String] {
    let target = "-ex 'target remote 127.0.0.1:\(port)'"
    if let program { return ["the guest waits for a debugger: gdb \(target) \(program)"] }
    let reason =
      File.exists(neighbour) ? "\(neighbour) is of another build" : "\(neighbour) is missing"
    return [
      "the guest waits for a debugger: gdb \(target)",
      "without symbols: \(reason); give gdb the program that the image was made of",
    ]
  }

  /// Says them.
  func announce() { for line in lines { Terminal.complain("pvh: \(line)") } }
}
