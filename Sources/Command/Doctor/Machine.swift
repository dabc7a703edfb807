// SPDX-License-Identifier: Apache-2.0
package import SystemPackage
package import XenLab

/// What the doctor asks a machine; a test answers in its place.
package protocol Machine {
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
