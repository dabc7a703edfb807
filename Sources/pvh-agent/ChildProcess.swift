// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc

/// A child with a process group of its own, its two output pipes, and news of its end.
final class ChildProcess {
  let standardOutput: PipeReader
  let standardError: PipeReader
  private let process: pid_t
  /// Readable once the child has ended (C name: pidfd).
  private let end: Int32
  private var isReaped = false

  /// Starts a program, found along PATH, with nothing to read.
  init(_ arguments: [String]) throws(CommandError) {
    let (output, outputEnd) = try PipeReader.open()
    let (error, errorEnd) = try PipeReader.open()
    defer {
      close(outputEnd)
      close(errorEnd)
    }
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_adddup2(&files, outputEnd, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&files, errorEnd, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The agent's own treatment of signals is not for others.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &pipe)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var vector = arguments.map { strdup($0) } + [nil]
    defer { for argument in vector { free(argument) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments[0], &files, &attributes, &vector, environ)
    guard code == 0 else {
      throw CommandError(
        message: "\(arguments[0]) cannot be run in the control domain: "
          + String(cString: strerror(code)))
    }
    self.process = process
    end = pvh_process_descriptor(process)
    standardOutput = output
    standardError = error
  }

  deinit {
    close(end)
  }

  /// Descriptors that can still bring something.
  var openDescriptors: [Int32] {
    [end] + [standardOutput, standardError].filter(\.isOpen).map(\.descriptor)
  }

  /// How the child ended, once it has.
  func takeStatus() -> CommandOutput.Ending? {
    var status: Int32 = 0
    guard !isReaped, waitpid(process, &status, WNOHANG) == process else { return nil }
    isReaped = true
    let signal = status & 0x7f
    return signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .signalled(Int(signal))
  }

  /// Ends the child and what it started, and waits for it.
  func kill() {
    guard !isReaped else { return }
    Glibc.kill(-process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
    isReaped = true
  }
}
