// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What a guest cannot have of the C library is missed when it is linked, and the message says why.
@Suite(.enabled("needs what tools/test builds") { Checkout.isBuilt })
struct LinkProblems {
  @Test func whatNeedsAKernelIsNotLinked() throws {
    let package = Checkout.root.appending(path: "Tests/KernelUser").path
    let result = try PVHCommand(
      "build", "--package-path", package, "--scratch-path", Checkout.guestBuilds.path
    ).finish()
    #expect(result.status == 125)
    for sentence in [
      "fopen() needs files, and a guest has none",
      "fork() needs processes, and a guest is all there is",
      "pthread_create() needs threads, and a guest has one: use tasks",
      "socket() needs sockets, and a guest has none",
      "signal() needs signals, and a guest gets none",
      "mmap() needs a kernel to map memory: use malloc",
      "uname() needs a kernel, and a guest has none",
    ] {
      let isThere = (result.text + result.errors).contains("undefined symbol: \(sentence)")
      #expect(isThere, "\(sentence)")
    }
  }

  /// Every function of the C library that asks a kernel has its sentence, or is the runtime's own.
  @Test func everySystemCallHasItsSentence() throws {
    let library = "/usr/lib/x86_64-linux-musl/libc.a"
    let objects = Checkout.guestBuilds.appending(path: "release")
    var own: Set<String> = []
    for module in ["CGuestLibrary", "CGuestSupport"] {
      let folder = objects.appending(path: "\(module).build")
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name.hasSuffix(".o") {
        own.formUnion(try symbols(of: folder.appending(path: name).path).flatMap(\.value))
      }
    }
    // Swift's, and what only a process's start needs.
    own.formUnion(["putchar"])
    let callers = try membersWithSystemCalls(of: library)
    #expect(callers.count > 200)
    let functions = try symbols(of: library)
    for member in callers.sorted() where !Self.startOfProcesses.contains(member) {
      for name in functions[member] ?? [] where !Self.isAlias(name) {
        #expect(own.contains(name), "\(member) defines \(name)")
      }
    }
  }

  /// Array literals are made when they are used, not objects of the program.
  ///
  /// Swift compiles a function again in each module that uses it, numbers its literals in the order of its optimisations
  /// there, and gives the objects weak symbols with these numbers: a program was linked of the function of one module and
  /// the literals of another, in which `[1, 1]` and `[1]` had changed places. `toolset.json` of the guests' SDK switches
  /// that off.
  @Test func noArrayLiteralIsLinkedByItsNumber() throws {
    for guest in ["hello", "ipv6", "redis"] {
      let program = Checkout.guestBuilds.appending(path: "release/\(guest)").path
      let names = try output("nm", program).compactMap { $0.split(separator: " ").last }
      #expect(names.count > 100)
      let literals = names.filter { $0.hasPrefix("$e") && $0.contains(#/Tv\d*_r?$/#) }
      #expect(literals.isEmpty, "\(guest)")
    }
  }

  /// Members of the archive that only a program which a kernel has loaded needs.
  private static let startOfProcesses: Set<String> = [
    "__libc_start_main.lo", "__init_tls.lo", "__set_thread_area.lo", "__unmapself.lo",
    "malloc.lo", "lite_malloc.lo", "__syscall_cp.lo", "restore.lo", "syscall_cp.lo",
  ]

  /// Other names for the same function, for programs that were compiled elsewhere.
  private static func isAlias(_ name: String) -> Bool {
    name.hasSuffix("64") || name.hasPrefix("_IO_") || name.hasSuffix("_used")
      || ["__stdio_close", "__stdio_read", "__stdio_write", "__stdout_write"].contains(name)
      || ["__sigsetjmp_tail", "__syscall_cp_c"].contains(name)
  }

  /// The archive's members with a system call in them.
  private func membersWithSystemCalls(of library: String) throws -> Set<String> {
    var result: Set<String> = []
    var member = ""
    for line in try output("objdump", "-d", "--no-show-raw-insn", library) {
      if line.hasSuffix("elf64-x86-64"), let name = line.split(separator: ":").first {
        member = String(name)
      } else if line.hasSuffix("\tsyscall") || line.hasSuffix("\tsyscall ") {
        result.insert(member)
      }
    }
    return result
  }

  /// The functions that each member of an archive, or an object file, defines.
  private func symbols(of file: String) throws -> [String: [String]] {
    var result: [String: [String]] = [:]
    var member = ""
    for line in try output("nm", "--defined-only", file) {
      let words = line.split(separator: " ")
      if line.hasSuffix(":") {
        member = String(line.dropLast())
      } else if words.count == 3, words[1] == "T" || words[1] == "W" {
        result[member, default: []].append(String(words[2]))
      }
    }
    return result
  }

  private func output(_ program: String...) throws -> [Substring] {
    let result = try PVHCommand(program, program: URL(filePath: "/usr/bin/env")).finish()
    try #require(result.status == 0, "\(result.errors)")
    return result.text.split(separator: "\n")
  }
}
