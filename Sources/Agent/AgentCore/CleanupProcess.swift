// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc
import XenToolstack

/// A child that outlives an agent which is killed outright, and destroys the domain left behind.
///
/// It sleeps in a read and holds nothing but one end of a pipe. The agent tells it which domain
/// it is about to create; identities exist before domains do, so there is no moment between.
struct CleanupProcess {
  /// Bytes of one message: an identity in hexadecimal, or as many dots for "none".
  static let messageSize = 32

  private let pipeEnd: Int32

  /// Starts the child; without it the agent works all the same, only less safely.
  init() {
    var ends: [Int32] = [-1, -1]
    guard pvh_pipe(&ends) == 0 else {
      complain("no cleanup process: pipe: \(String(cString: strerror(errno)))")
      pipeEnd = -1
      return
    }
    let child = fork()
    if child == 0 { Self.watch(ends[0]) }
    close(ends[0])
    guard child > 0 else {
      complain("no cleanup process: fork: \(String(cString: strerror(errno)))")
      close(ends[1])
      pipeEnd = -1
      return
    }
    pipeEnd = ends[1]
  }

  /// Hands over responsibility for a domain that is about to be created.
  func guarding(_ uuid: DomainUUID) {
    tell(uuid.hexadecimal)
  }

  /// Takes it back, when the domain is gone.
  func release() {
    tell(String(repeating: ".", count: Self.messageSize))
  }

  private func tell(_ message: String) {
    let bytes = Array(message.utf8)
    _ = bytes.withUnsafeBytes { write(pipeEnd, $0.baseAddress, $0.count) }
  }

  /// The child's whole life.
  private static func watch(_ incoming: Int32) -> Never {
    // A signal to the terminal's process group is not meant for it.
    setsid()
    dup2(incoming, 3)
    _ = pvh_close_from(4)
    var message = [UInt8](repeating: UInt8(ascii: "."), count: messageSize)
    while true {
      var next = message
      let count = read(3, &next, messageSize)
      if count == messageSize { message = next }
      if count == 0 || count < 0 && errno != EINTR { break }
    }
    guard message[0] != UInt8(ascii: ".") else { _exit(0) }
    // A fresh program, since the libraries' handles of this one belong to the dead agent.
    let uuid = String(decoding: message, as: UTF8.self)
    var vector = [strdup("pvh-agent"), strdup("reap"), strdup(uuid), nil]
    execv("/proc/self/exe", &vector)
    complain("domain \(uuid) is left behind: exec: \(String(cString: strerror(errno)))")
    _exit(71)
  }
}
