// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The two ends of the conversation, moved to where no library and no child process finds them.
///
/// Descriptor 0 becomes /dev/null and descriptor 1 standard error, so that a stray print of some
/// library cannot end up in the middle of a message.
struct ConversationStreams {
  let incoming: Int32
  let outgoing: Int32
  /// Whether the stream says "end" as long as nobody has connected, as a virtio port does.
  let startsUnconnected: Bool

  init() throws(StartError) {
    incoming = try Self.move(STDIN_FILENO)
    outgoing = try Self.move(STDOUT_FILENO)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { throw StartError(call: "opening /dev/null", code: errno) }
    guard dup2(null, STDIN_FILENO) >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
      throw StartError(call: "replacing the standard streams", code: errno)
    }
    close(null)
    var status = stat()
    startsUnconnected =
      fstat(incoming, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && isatty(incoming) == 0
  }

  private static func move(_ descriptor: Int32) throws(StartError) -> Int32 {
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
    guard moved >= 0 else { throw StartError(call: "taking over a standard stream", code: errno) }
    return moved
  }
}
