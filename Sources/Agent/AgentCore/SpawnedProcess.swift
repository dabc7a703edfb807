// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// How a program is started here: found along PATH, none of the agent's own treatment of signals.
struct SpawnedProcess {
  /// Where the program's standard streams come from.
  enum Streams {
    /// Descriptors of ours; the program gets copies. A missing one is what the agent has.
    case descriptors(input: Int32?, output: Int32, errors: Int32)
    /// A terminal by its path, which becomes the program's controlling terminal.
    case terminal(String)
    /// Nothing to read, nobody who listens, and complaints into a file; the program gets a session of
    /// its own, and goes on when we have ended.
    case none(errors: String)
  }

  let identifier: pid_t
  /// Readable once the program has ended (C name: pidfd).
  let end: Int32

  /// Starts a program in a process group of its own, or on a terminal in a session of its own.
  init(
    _ arguments: [String], environment: [String] = [], streams: Streams
  ) throws(CommandError) {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    switch streams {
    case .descriptors(let input, let output, let errors):
      if let input { posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO) }
      posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO)
      posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO)
      flags |= POSIX_SPAWN_SETPGROUP
    case .terminal(let path):
      // The first terminal that the leader of a session opens becomes the session's.
      posix_spawn_file_actions_addopen(&files, STDIN_FILENO, path, O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO)
      posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDERR_FILENO)
      flags |= Int32(pvh_spawn_new_session)
    case .none(let errors):
      posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO)
      posix_spawn_file_actions_addopen(
        &files, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      flags |= Int32(pvh_spawn_new_session)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &pipe)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var vector = arguments.map { strdup($0) } + [nil]
    var variables = Self.variables(environment).map { strdup($0) } + [nil]
    defer { for pointer in vector + variables { free(pointer) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments[0], &files, &attributes, &vector, &variables)
    guard code == 0 else {
      throw CommandError(
        message: "\(arguments[0]) cannot be run in the control domain: "
          + String(cString: strerror(code)))
    }
    identifier = process
    end = pvh_process_descriptor(process)
  }

  /// Whether the program has ended, reaped or not.
  var hasEnded: Bool {
    var entry = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }

  /// The agent's own variables, and those that take the place of some of them.
  private static func variables(_ more: [String]) -> [String] {
    var own: [String] = []
    var next = environ
    while let variable = next.pointee {
      own.append(String(cString: variable))
      next += 1
    }
    let names = more.map { $0.prefix { $0 != "=" } + "=" }
    return own.filter { variable in !names.contains { variable.hasPrefix($0) } } + more
  }
}
