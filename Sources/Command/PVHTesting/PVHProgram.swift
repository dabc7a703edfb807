// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// The `pvh` that tests start guests with.
struct PVHProgram {
  let path: FilePath

  /// Finds it: the environment's PVHKIT_PVH, then what was built in the checkout that this library is from, then
  /// what `PATH` has.
  init() throws(GuestFailure) {
    if let named = ProcessEnvironment["PVHKIT_PVH"] {
      guard let path = ProgramPath.resolve(named), Self.isProgram(path) else {
        throw GuestFailure("PVHKIT_PVH names \(named), which is no program")
      }
      self.path = path
      return
    }
    var checkout = FilePath(#filePath)
    for _ in 0..<4 { checkout.removeLastComponent() }
    let built = checkout.appending(".build").appending("release").appending("pvh")
    guard let path = Self.isProgram(built) ? built : ProgramPath.find("pvh") else {
      throw GuestFailure(
        "there is no pvh: not at \(built), and not in PATH; build it with tools/demo of PVHKit, or name it "
          + "in the environment: PVHKIT_PVH")
    }
    self.path = path
  }

  /// Runs it to its end; what it wrote to both its streams, and its exit status.
  func run(_ arguments: [String]) throws(GuestFailure) -> (text: String, status: Int32) {
    do {
      let (bytes, status) = try ProgramOutput.collect { output in
        try ChildProcess(
          path, arguments, descriptors: .init(output: output, error: output))
      }
      return (String(decoding: bytes, as: UTF8.self), status)
    } catch {
      throw GuestFailure("\(path) cannot be run: \(error)")
    }
  }

  private static func isProgram(_ path: FilePath) -> Bool {
    path.withPlatformString { access($0, X_OK) } == 0
  }
}

/// Whether guests can be booted here; found out once.
enum GuestPlace {
  /// Why they cannot; nil if they can.
  static let obstacle: String? = {
    do throws(GuestFailure) {
      let pvh = try PVHProgram()
      let (text, status) = try pvh.run(["doctor"])
      return status == 0 ? nil : reason(in: text)
    } catch {
      return error.description
    }
  }()

  /// What keeps the machine from it, and how to mend that: the lines that start with two exclamation marks, and
  /// those with an arrow below them.
  private static func reason(in text: String) -> String {
    var reasons: [String] = []
    var isBroken = false
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.first == "!!" {
        reasons.append(words.dropFirst().joined(separator: " "))
      } else if isBroken, words.first == "→" {
        reasons[reasons.count - 1] += ": " + words.dropFirst().joined(separator: " ")
      }
      isBroken = words.first == "!!"
    }
    return reasons.isEmpty ? "guests cannot be run" : reasons.joined(separator: "; ")
  }
}
