// SPDX-License-Identifier: Apache-2.0
public import SystemPackage
public import XenLab

/// Why a lab that stays up cannot be used.
public enum RunningLabError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No lab of this name is up.
  case notUp(LabName)
  /// The lab ended while it was used, or does not answer.
  case gone(LabName)
  /// Its daemon did not get it up, and said why.
  case notStarted(LabName, reason: String)
  /// It runs an agent that is not the one beside this pvh.
  case otherBuild(LabName)
  /// The folder for labs belongs to somebody else, or is no folder.
  case notOurs(folder: FilePath)
  /// XDG_RUNTIME_DIR names no folder that labs can be kept in.
  case badRuntimeFolder(FilePath, reason: String)
  /// What was asked for does not fit into a request.
  case badRequest(String)
  /// The program could not be started in dom0.
  case refused(String)
  /// The lab itself failed.
  case lab(LabError)
  /// A system call failed.
  case system(call: String, subject: String, Errno)

  /// The fact and the remedy.
  public var description: String {
    switch self {
    case .notUp(let name):
      "no lab named \(name) is up; start it: pvh lab start\(Self.argument(name))"
    case .gone(let name):
      "the lab \(name) has ended; start it again: pvh lab start\(Self.argument(name))"
    case .notStarted(let name, let reason): "the lab \(name) does not start: \(reason)"
    case .otherBuild(let name):
      "the lab \(name) was started with another build of pvh-agent than this pvh has; start it "
        + "again, which ends its domains: pvh lab stop\(Self.argument(name)) && "
        + "pvh lab start\(Self.argument(name))"
    case .notOurs(let folder):
      "\(folder) is no folder of this user; remove it, or point XDG_RUNTIME_DIR elsewhere"
    case .badRuntimeFolder(let folder, let reason):
      "XDG_RUNTIME_DIR is \(folder), in which labs cannot be kept: \(reason); let it name a folder of "
        + "this user, or unset it"
    case .badRequest(let what): what
    case .refused(let reason): reason
    case .lab(let error): error.description
    case .system(let call, let subject, let errno): "\(call) failed for \(subject): \(errno)"
    }
  }

  private static func argument(_ name: LabName) -> String { name == .standard ? "" : " \(name)" }
}
