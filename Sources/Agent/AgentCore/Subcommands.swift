// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// pvh-agent: runs in the control domain and does there what pvh asks for, on its standard streams.
///
/// Returns the exit status of the process.
package func runAgent(_ arguments: [String], observe: RunObserver? = nil) -> Int32 {
  switch (arguments.first, arguments.count) {
  case (nil, _): return serve(observe: observe)
  case ("--version", 1): return showVersion()
  case ("check", 1): return checkInterface()
  case ("supervise", 1): return supervise()
  case ("switchboard", 1): return connectPrograms()
  case ("reap", 2): return reap(arguments[1])
  case ("start-info", 2): return startInfo(arguments[1])
  default:
    complain("started by pvh, with its conversation on the standard streams; it takes no arguments")
    return 64
  }
}

/// Says what `pvh --version` says, and which versions of Xen it drives.
private func showVersion() -> Int32 {
  let line = Array(
    ("pvh-agent \(ProductVersion.current) (agent protocol \(ProtocolVersion.current.rawValue), "
      + "Xen \(InterfaceCheck.knownReleases))\n").utf8)
  return writeOutput(line) ? 0 : 1
}

/// Says whether the agent can work here, by the exit status of the process.
private func checkInterface() -> Int32 {
  do {
    try InterfaceCheck.run()
    return 0
  } catch {
    complain(error.message)
    return 1
  }
}

/// Destroys the domain with this identity, if it exists; returns the exit status of the process.
private func reap(_ argument: String) -> Int32 {
  guard let uuid = DomainUUID(hexadecimal: argument) else {
    complain("reap takes a domain's identity, 32 hexadecimal digits, not \"\(argument)\"")
    return 64
  }
  do {
    let host = try ControlDomain()
    if let domain = try host.domain(with: uuid) { try host.destroy(domain) }
    CreationLease.withdraw(argument, in: .standard)
    return 0
  } catch {
    complain(error.message)
    return 70
  }
}

/// Writes a domain's start info to standard output: its address as eight bytes, lowest first, and the
/// memory from there on. Returns the exit status of the process.
private func startInfo(_ argument: String) -> Int32 {
  guard let number = UInt32(argument), number < 0x7ff0 else {
    complain("start-info takes a domain's number, not \"\(argument)\"")
    return 64
  }
  do {
    guard let found = try GuestMemory(of: DomainID(rawValue: number)).startInfo() else {
      complain("domain \(number) has no start info, or there is no such domain")
      return 70
    }
    let head = (0..<8).map { UInt8(truncatingIfNeeded: found.address >> (8 * UInt64($0))) }
    return writeOutput(head + found.bytes) ? 0 : 70
  } catch {
    complain(error.message)
    return 70
  }
}

private func writeOutput(_ bytes: [UInt8]) -> Bool {
  (try? FileDescriptor.standardOutput.writeEverything(bytes)) != nil
}

/// Writes a line to standard error; standard output belongs to the conversation.
func complain(_ text: String) {
  let program = CommandLine.arguments.first.flatMap { FilePath($0).lastComponent?.string }
  let name = program == "pvh" ? "pvh" : "pvh-agent"
  try? FileDescriptor.standardError.writeEverything(Array("\(name): \(text)\n".utf8))
}

/// Cleans up after an error, which is the one to report: another one only says what stays.
func bestEffort(_ body: () throws(ToolstackError) -> Void) {
  do throws(ToolstackError) {
    try body()
  } catch {
    complain(error.message)
  }
}
