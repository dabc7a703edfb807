// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
package import SystemPackage
package import XenLab

/// The machine that this program runs on.
package struct LocalHost: HostProbe {
  package let agent: FilePath?
  package let kit: FilePath?

  package init(agent: FilePath?, kit: FilePath?) {
    self.agent = agent
    self.kit = kit
  }

  package var architecture: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return withUnsafeBytes(of: &names.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  package var runningPrograms: Set<String> {
    let entries = Directory.names(in: "/proc")
    return Set(
      entries.filter { Int($0) != nil }.compactMap { process in
        text(FilePath("/proc").appending(process).appending("comm"))?.filter { !$0.isNewline }
      })
  }

  package var runsGuestUnderKVM: Bool { (try? BootProbe.ends(accelerator: "kvm")) == true }

  package var cache: FilePath { LabCache.standard.root }

  package var freeCacheBytes: Int { LabCache.standard.freeBytes }

  /// `xenstored` where the environment names no daemon that there is: commands then say so.
  package var chosenDaemon: XenstoreDaemon {
    (try? XenstoreDaemon.fromEnvironment()) ?? .xenstored
  }

  /// The machine's own where the environment names none that there is: commands then say so.
  package var chosenXen: XenRelease { (try? XenRelease.fromEnvironment()) ?? .ofThisMachine }

  package func text(_ path: FilePath) -> String? {
    guard
      let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    else { return nil }
    defer { try? file.close() }
    // Files of the kernel have no size, and processors are many.
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 22 {
      guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }) else {
        return nil
      }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  package func refusal(_ path: FilePath) -> Errno? {
    do {
      try FileDescriptor.open(path, .readWrite, options: [.closeOnExec, .nonBlocking]).close()
      return nil
    } catch {
      return error as? Errno ?? .ioError
    }
  }

  package func exists(_ path: FilePath) -> Bool {
    path.withPlatformString { access($0, F_OK) == 0 }
  }

  package func program(_ name: String) -> FilePath? {
    guard let path = try? ProgramPath.locate(name, package: name),
      let real = path.withPlatformString({ realpath($0, nil) })
    else { return nil }
    defer { free(real) }
    return FilePath(platformString: real)
  }

  package func output(_ program: String, _ arguments: [String]) -> String? {
    guard let path = try? ProgramPath.locate(program, package: program),
      let (bytes, status) = try? ProgramOutput.collect({ output in
        try ChildProcess(
          path, arguments, environment: ["LC_ALL": "C"], descriptors: .init(output: output))
      }), status == 0
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Folders where the agent's dynamic linker looks, on Debian and elsewhere; this program has none that
  /// could be asked.
  private static let libraryFolders = [
    "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
    "/usr/lib", "/usr/local/lib",
  ]

  package func hasLibrary(_ name: String) -> Bool {
    let others = (ProcessEnvironment["LD_LIBRARY_PATH"] ?? "").split(separator: ":")
    let folders = others.map(String.init) + Self.libraryFolders
    return folders.contains { access("\($0)/\(name)", R_OK) == 0 }
  }

  package func template(_ daemon: XenstoreDaemon) -> TemplateState {
    do throws(LabError) {
      let template = try Template.find(
        in: .standard, xen: chosenXen, xenstore: daemon)
      return .usable("Xen \(template.xenPackage), \(template.kernelPackage)")
    } catch {
      // The remedy behind the semicolon is the doctor's own.
      let text = error.description
      return .unusable(String(text.prefix { $0 != ";" }))
    }
  }
}

/// What the doctor asks a machine; a test answers in its place.
package protocol HostProbe {
  /// The processor's architecture as the kernel names it, for example `x86_64`.
  var architecture: String { get }
  /// The names of the programs that run, cut to 15 bytes as the kernel does.
  var runningPrograms: Set<String> { get }
  /// Whether a guest, however small, runs under KVM to its end: tried, not guessed.
  var runsGuestUnderKVM: Bool { get }
  /// The folder of the lab's packages and templates.
  var cache: FilePath { get }
  /// Bytes that can still be written on the file system of `cache`.
  var freeCacheBytes: Int { get }
  /// The daemon that the lab's commands ask for.
  var chosenDaemon: XenstoreDaemon { get }
  /// The version of Xen that the lab's commands ask for.
  var chosenXen: XenRelease { get }
  /// Where the agent lies, if it is beside this program.
  var agent: FilePath? { get }
  /// The checkout of PVHKit that this program was built in, if it lies in one.
  var kit: FilePath? { get }

  /// A small text file; nil if it cannot be read.
  func text(_ path: FilePath) -> String?
  /// Why a file cannot be opened for reading and writing; nil if it can.
  func refusal(_ path: FilePath) -> Errno?
  /// Whether something is there.
  func exists(_ path: FilePath) -> Bool
  /// Where `PATH` has a program, without symbolic links.
  func program(_ name: String) -> FilePath?
  /// What a program prints; nil if it cannot be run, or fails.
  func output(_ program: String, _ arguments: [String]) -> String?
  /// Whether the dynamic linker finds a library.
  func hasLibrary(_ name: String) -> Bool
  /// Whether there is a template that this program can restore.
  func template(_ daemon: XenstoreDaemon) -> TemplateState
}

/// Whether a lab can be restored from a template.
package enum TemplateState: Equatable, Sendable {
  /// It can; what it consists of, in words.
  case usable(String)
  /// It cannot; the reason.
  case unusable(String)
}
