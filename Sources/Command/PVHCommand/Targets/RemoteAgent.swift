// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import PVHTargets
import SystemPackage
import XenLab
import XenToolstack

/// An agent on another machine, reached by the user's own `ssh` and its configuration.
struct RemoteAgent {
  /// Names the ssh command, with options of the user's choice between spaces: `ssh -F file`.
  static let variable = "PVHKIT_SSH"

  /// What a login may print before the script speaks.
  private static let noiseLimit = 64 << 10

  private let destination: SSHDestination
  private let process: AgentProcess
  private let program: FilePath
  private let agent: AgentFile

  /// Starts ssh.
  init(_ destination: SSHDestination, agent path: FilePath) throws(Problem) {
    self.destination = destination
    program = path
    do throws(Errno) {
      agent = try AgentFile(path)
    } catch {
      throw Problem("\(path) cannot be read: \(error)")
    }
    var words = (ProcessEnvironment[Self.variable] ?? "").split(separator: " ").map(String.init)
    if words.isEmpty { words = ["ssh"] }
    let ssh: FilePath
    if words[0].contains("/") {
      ssh = FilePath(words[0])
    } else {
      do throws(ProcessError) {
        ssh = try ProgramPath.locate(words[0], package: "openssh-client")
      } catch {
        throw Problem("\(destination) cannot be reached: \(error)")
      }
    }
    process = try AgentProcess(
      ssh,
      words.dropFirst() + ["-T"] + destination.arguments
        + [RemoteAgentScript.command(for: agent)], asks: true)
    process.problem = Problem(
      "the connection to \(destination) has ended; the domain of a run ends with it")
  }

  /// Gets the agent running; returns the process whose streams are the agent's then.
  ///
  /// - Throws: `Problem` with what is missing there, or that ssh did not get there.
  func start() throws(Problem) -> AgentProcess {
    let signals: SignalDescriptor
    do throws(Errno) {
      signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    } catch {
      throw Problem("signals cannot be waited for: \(error)")
    }
    // ssh may be killed while it asks for a password, which is not shown.
    let modes = TerminalModes(of: .standardInput)
    do throws(Problem) {
      try talk(signals)
      return process
    } catch {
      process.kill()
      modes?.apply(to: .standardInput, now: true)
      throw error
    }
  }

  private func talk(_ signals: borrowing SignalDescriptor) throws(Problem) {
    var lines = RemoteLines()
    while true {
      guard let line = try lines.next(process.output, signals, limit: Self.noiseLimit) else {
        throw ended(process.end())
      }
      guard line.hasPrefix(RemoteAgentScript.mark) else { continue }
      let words = line.dropFirst(RemoteAgentScript.mark.count).split(
        separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let detail = words.count > 1 ? words[1].trimmed : ""
      switch words.first {
      case "ready": return
      case "send": try sendAgent()
      case let word?: throw problem(String(word), detail)
      case nil: continue
      }
    }
  }

  private func sendAgent() throws(Problem) {
    do {
      let file = try FileDescriptor.open(program, .readOnly, options: .closeOnExec)
      defer { try? file.close() }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
        count > 0
      {
        // The far side says why when it takes no more.
        do { try process.input.writeAll(buffer[..<count]) } catch { return }
      }
    } catch {
      throw Problem("\(program) cannot be read: \(error)")
    }
  }

  private func problem(_ word: String, _ detail: String) -> Problem {
    switch word {
    case "machine":
      Problem("\(destination) is a machine of the kind \(detail); pvh-agent needs x86_64")
    case "user":
      Problem(
        "on \(destination) pvh is \(detail), and only root may control Xen; log in as root: "
          + "\(SSHDestination.scheme)root@\(destination.host)")
    case "noxen":
      Problem(
        "\(destination) (\(detail)) is no control domain of a Xen: its /proc/xen/capabilities does "
          + "not say control_d; boot it under Xen, or mount xenfs on /proc/xen")
    case "version":
      Problem(
        "\(destination) runs Xen \(detail), and this pvh knows Xen \(XenRelease.range); use a pvh that "
          + "knows it, or have newer calls tried: \(InterfaceCheck.variable)=try")
    case "folder": Problem("\(destination) cannot keep the agent: \(detail)")
    case "incomplete":
      Problem("\(destination) did not take the whole agent (\(agent.size) bytes) in \(detail)")
    case "broken" where detail.contains("GLIBC_"):
      Problem(
        "\(destination) has an older C library than the machine where this pvh-agent was built: "
          + "\(detail); use a pvh that was built on a release of Debian as old")
    default: Problem("the agent does not run on \(destination): \(detail)")
    }
  }

  /// ssh has ended before the script had anything to say. Source: ssh(1), on exit statuses.
  private func ended(_ status: Int32) -> Problem {
    status == 255
      ? Problem("ssh did not get to \(destination); it said why")
      : Problem("ssh to \(destination) ended with status \(status) before an agent was there")
  }
}

extension Substring {
  /// Without spaces at its ends.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Lines that the far side says.
struct RemoteLines {
  private var bytes: [UInt8] = []
  private var total = 0

  /// The next line; nil at the end of the stream.
  mutating func next(
    _ descriptor: FileDescriptor, _ signals: borrowing SignalDescriptor, limit: Int
  ) throws(Problem) -> String? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes.removeFirst(end + 1) }
        return String(decoding: bytes[..<end], as: UTF8.self)
      }
      guard total < limit else {
        throw Problem("a login there prints \(limit) bytes and more, and no agent is heard")
      }
      var waiting = PollSet()
      waiting.add(descriptor)
      waiting.add(signals.descriptor)
      waiting.wait()
      if let signal = signals.take() {
        throw Problem(
          "interrupted before an agent was there", status: .interrupted(bySignal: signal))
      }
      guard let piece = descriptor.readAvailable(limit: 4096) else { return nil }
      total += piece.count
      bytes += piece
    }
  }
}

/// What runs on the far side of ssh before the agent does: it looks whether an agent can work there, with
/// the Xen that runs there,
/// takes the agent's file from its standard input unless it has it, and becomes the agent.
///
/// It says one line at a time, each after `pvhkit:`, on its standard output.
enum RemoteAgentScript {
  static let mark = "pvhkit:"

  /// A command for the login shell, whatever that is; the script itself has no single quote.
  static func command(for agent: AgentFile) -> String {
    // A dot behind each, as the script has it: 4.2 is none of them.
    let known =
      ProcessEnvironment[InterfaceCheck.variable] == "try"
      ? "try" : XenRelease.versions.map { " \($0)." }.joined()
    return "exec sh -c '\(text)' pvh-agent \(agent.sum) \(agent.size) \"\(known)\""
  }

  private static let text = """
    say() { printf "\(mark)%s %s\\n" "$1" "$(printf "%s" "$2" | tr "\\n" " ")"; }
    give_up() { say "$1" "$2"; exit 1; }
    [ "$(uname -m)" = x86_64 ] || give_up machine "$(uname -m)"
    [ "$(id -u)" = 0 ] || give_up user "$(id -un)"
    grep -qs control_d /proc/xen/capabilities || give_up noxen "$(uname -n)"
    version=$(cat /sys/hypervisor/version/major /sys/hypervisor/version/minor 2>/dev/null | tr "\n" .)
    case "$3" in
      try) export \(InterfaceCheck.variable)=try ;;
      *" $version"*) ;;
      *) give_up version "${version%.}" ;;
    esac
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/pvhkit
    agent=$folder/agent-$1
    if [ ! -x "$agent" ]; then
      umask 077
      new=$agent.new.$$
      words=$(mkdir -p "$folder" 2>&1 && { : >"$new"; } 2>&1) || give_up folder "$folder: $words"
      say send
      words=$( { head -c "$2" >"$new"; } 2>&1)
      if [ "$(wc -c <"$new")" -ne "$2" ]; then
        rm -f "$new"
        left=$(df -Pk "$folder" | { read -r line; read -r name size used left rest; echo "$left"; })
        give_up incomplete "$folder ($left KiB free): $words"
      fi
      chmod 700 "$new" && mv "$new" "$agent" || give_up folder "$agent"
      for old in "$folder"/agent-*; do
        case $old in
          "$agent") ;;
          *.new.*) kill -0 "${old##*.}" 2>/dev/null || rm -f "$old" ;;
          *) rm -f "$old" ;;
        esac
      done
    fi
    words=$("$agent" check 2>&1 </dev/null) || give_up broken "$words"
    say ready
    exec "$agent"
    """
}
