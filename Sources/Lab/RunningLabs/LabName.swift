// SPDX-License-Identifier: Apache-2.0

public import SystemPackage
public import XenLab

/// The name of a lab that stays up: it names a folder, and is typed by people.
public struct LabName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name itself.
  public let text: String

  /// The lab that commands take when none is named.
  public static let standard = LabName(unchecked: "default")

  /// Characters that a name may have.
  public static let lengthLimit = 32

  /// Takes a name as it was typed.
  ///
  /// - Throws: `LabNameError` if it is empty, too long, or has other characters than a file name that
  ///   needs no quoting.
  public init(_ text: String) throws(LabNameError) {
    guard !text.isEmpty, text.utf8.count <= Self.lengthLimit, let first = text.utf8.first,
      text.utf8.allSatisfy(Self.isAllowed), Self.isLetterOrDigit(first)
    else { throw LabNameError(text: text) }
    self.text = text
  }

  private init(unchecked text: String) { self.text = text }

  /// The name.
  public var description: String { text }

  /// Orders names by their letters.
  public static func < (left: LabName, right: LabName) -> Bool { left.text < right.text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: ".")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

/// A text that would not do for the folder of a lab.
public struct LabNameError: Error, Equatable, Sendable, CustomStringConvertible {
  public let text: String

  /// Says it of a text.
  public init(text: String) { self.text = text }

  /// The fact, and what would be right.
  public var description: String {
    "\"\(text)\" cannot be the name of a lab; take 1 to \(LabName.lengthLimit) of the characters "
      + "a-z A-Z 0-9 . _ -, a letter or digit first"
  }
}

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
