// SPDX-License-Identifier: Apache-2.0

import HostSystem
public import SystemPackage

/// Why a lab could not be prepared or started: the fact seen, where, and what to change.
public enum LabError: Error, Equatable, Sendable {
  /// A program is not in `PATH`; `package` is the Debian package that has it.
  case missingTool(name: String, package: String)
  /// A program ended with a bad status; `output` is the end of what it wrote.
  case commandFailed(command: String, status: Int32, output: String)
  /// APT's sources do not offer a package.
  case packageUnavailable(name: String, output: String)
  /// The packages do not contain a file that dom0 needs.
  case fileNotInPackages(name: String, neededBy: String)
  /// A package, module or library is not what it should be.
  case malformedFile(name: String, offset: Int, what: String)
  /// The file system cannot hold what is to be written.
  case diskFull(at: FilePath, needed: Int, available: Int)
  /// A signal asked for the end of a preparation; nothing half-made is left.
  case interrupted(signal: Int32)
  /// No template in the cache fits.
  case noTemplate(xen: XenRelease, xenstore: XenstoreDaemon, at: FilePath)
  /// An option or `PVHKIT_LAB_XEN` names a version that no lab can have.
  case unknownXen(version: String)
  /// APT's sources name no archive of Debian, where the release with this Xen could be.
  case noDebianArchive(xen: String, codename: String)
  /// No release of Debian has this Xen.
  case notInDebian(xen: String)
  /// APT does not get the lists of the Debian release with this Xen.
  case releaseUnavailable(xen: String, codename: String, output: String)
  /// A folder of packages cannot be used.
  case badPackageFolder(FilePath, what: String)
  /// An option or `PVHKIT_LAB_XENSTORE` names no daemon that serves xenstore.
  case unknownXenstoreDaemon(name: String)
  /// A file of a template is not as it was written.
  case damagedTemplate(file: FilePath, what: String)
  /// The template was saved by another QEMU; device states do not carry over.
  case otherQEMU(template: String, installed: String)
  /// Xen or dom0 did not come up; `log` is the end of the serial log.
  case bootFailed(what: String, log: String)
  /// QEMU ended by itself; `output` is the end of its standard error.
  case qemuEnded(status: Int32, output: String)
  /// The agent ended by itself, and its dom0 with it; `log` is the end of the serial log.
  case agentEnded(status: Int32, log: String)
  /// QEMU refused a command of ours.
  case qemuRefused(command: String, reason: String)
  /// The agent program cannot be carried into the lab.
  case unusableAgent(path: FilePath, what: String)
  /// A system call failed.
  case system(call: String, subject: String, errno: Errno)
}

extension LabError: CustomStringConvertible {
  /// One message for people, with the remedy.
  public var description: String {
    switch self {
    case .missingTool(let name, let package):
      "\(name) is not in PATH; install it: apt-get install \(package)"
    case .commandFailed(let command, let status, let output):
      "\(command) ended with status \(status)\(quoted(output))"
    case .packageUnavailable(let name, let output):
      "neither APT's sources nor a folder of packages has \(name); add a Debian source that has it, or "
        + "choose another Xen: --xen\(quoted(output))"
    case .fileNotInPackages(let name, let neededBy):
      "\(neededBy) needs \(name), which none of the downloaded packages contains; "
        + "check that APT's sources belong to one Debian release"
    case .malformedFile(let name, let offset, let what):
      "\(name): \(what) at byte \(offset); remove the package cache (pvh lab remove) and repeat"
    case .diskFull(let path, let needed, let available):
      "\(path) has \(megabytes(available)) free, \(megabytes(needed)) are needed; make room "
        + "there, or point XDG_CACHE_HOME to another file system"
    case .interrupted(let signal):
      "interrupted by signal \(signal); nothing half-made was left, repeat to go on"
    case .noTemplate(let xen, let xenstore, let path):
      "no template for Xen \(xen.version)\(xenstore == .xenstored ? "" : " with \(xenstore)") in \(path) "
        + "fits this pvh; make one: \(Self.preparation(of: xen, xenstore))"
    case .unknownXen(let version):
      "no lab has Xen \"\(version)\"; --xen and \(XenRelease.variable) take "
        + XenRelease.versions.joined(separator: ", ")
    case .noDebianArchive(let xen, let codename):
      "Xen \(xen) comes with Debian's release \(codename), and APT's sources name no archive of "
        + "Debian to get it from; add one, or give a folder with the packages: --packages DIR"
    case .notInDebian(let xen):
      "no release of Debian has Xen \(xen); give a folder with its packages: --packages DIR"
    case .releaseUnavailable(let xen, let codename, let output):
      "Xen \(xen) comes with Debian's release \(codename), and its lists cannot be had from the "
        + "archives in APT's sources\(quoted(output))"
    case .badPackageFolder(let folder, let what):
      "\(folder) cannot be used as a folder of packages: \(what)"
    case .unknownXenstoreDaemon(let name):
      "no daemon called '\(name)' serves xenstore; --xenstore and \(XenstoreDaemon.variable) take "
        + XenstoreDaemon.allCases.map(\.rawValue).joined(separator: " or ")
    case .damagedTemplate(let file, let what):
      "\(file) is damaged: \(what); make a new one: pvh lab remove && pvh lab prepare"
    case .otherQEMU(let template, let installed):
      "the template was saved by QEMU \(template), this machine has \(installed); "
        + "make a new one: pvh lab prepare"
    case .bootFailed(let what, let log):
      "Xen's dom0 did not come up: \(what)\(quoted(log))"
    case .qemuEnded(let status, let output):
      "QEMU ended with status \(status)\(quoted(output))"
    case .agentEnded(let status, let log):
      "the agent in the lab ended with status \(status)\(quoted(log))"
    case .qemuRefused(let command, let reason):
      "QEMU refused \(command): \(reason)"
    case .unusableAgent(let path, let what):
      "\(path) cannot be run in the lab: \(what)"
    case .system(let call, let subject, let errno):
      "\(call) failed for \(subject): \(errno)"
    }
  }

  /// The command that makes a template.
  public static func preparation(of xen: XenRelease, _ xenstore: XenstoreDaemon) -> String {
    "pvh lab prepare" + (xen == .ofThisMachine ? "" : " --xen \(xen.version)")
      + (xenstore == .xenstored ? "" : " --xenstore \(xenstore)")
  }

  private func quoted(_ output: String) -> String {
    let lines = output.split(whereSeparator: \.isNewline).suffix(20)
    return lines.isEmpty ? "" : ":\n" + lines.map { "  | \($0)" }.joined(separator: "\n")
  }

  private func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}

extension LabError {
  /// What a failed start of a program means for the lab.
  init(_ error: ProcessError) {
    switch error {
    case .notFound(let name, let package): self = .missingTool(name: name, package: package)
    case .notStarted(let program, let errno):
      self = .system(call: "exec", subject: program.string, errno: errno)
    }
  }
}

/// Runs system calls on one subject, turning `Errno` into a `LabError` that names it.
@discardableResult
func attempt<Result>(
  _ call: String, _ subject: FilePath, _ body: () throws -> Result
) throws(LabError) -> Result {
  do {
    return try body()
  } catch let errno as Errno where errno == .noSpace {
    throw .diskFull(at: subject, needed: DiskSpace.template, available: DiskSpace.free(at: subject))
  } catch let errno as Errno {
    throw .system(call: call, subject: subject.string, errno: errno)
  } catch let error as LabError {
    throw error
  } catch {
    throw .system(call: call, subject: "\(subject): \(error)", errno: .ioError)
  }
}
