// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunningLabs

/// The name of a lab on the command line.
struct LabNameArgument: ParsableArguments {
  @Argument(help: "The lab's name.", transform: { try LabName(argument: $0) })
  var name: LabName = .standard
}

extension LabName {
  /// Reads a name from the command line.
  init(argument: String) throws {
    do throws(LabNameError) {
      self = try LabName(argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

extension RunningLab {
  /// The lab of this name, nil if it is not up; says on standard error what became of a dead one.
  static func find(_ name: LabName) throws(Problem) -> RunningLab? {
    try Problem.explaining { () throws(RunningLabError) in
      try find(name) { Terminal.complain("pvh: \($0)") }
    }
  }

  /// The lab of this name, which must be up.
  static func named(_ name: LabName) throws(Problem) -> RunningLab {
    guard let lab = try find(name) else { throw Problem(RunningLabError.notUp(name).description) }
    return lab
  }

  /// All that are up.
  static func all() throws(Problem) -> [RunningLab] {
    try Problem.explaining { () throws(RunningLabError) in
      try all { Terminal.complain("pvh: \($0)") }
    }
  }
}

extension Problem {
  /// Does something with labs that stay up.
  static func explaining<Result>(
    _ body: () throws(RunningLabError) -> Result
  ) throws(Problem) -> Result {
    do throws(RunningLabError) {
      return try body()
    } catch .lab(let error) {
      throw Problem(error)
    } catch {
      throw Problem(error.description)
    }
  }
}
