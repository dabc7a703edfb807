// SPDX-License-Identifier: Apache-2.0

#if GUEST
  @_exported import GuestRuntime
#endif

/// A small program in ordinary Swift, which prints the same wherever it runs.
public struct Program: Sendable {
  let name: StaticString
  private let body: @Sendable () -> Void

  init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  /// Prints the program's name, then what it prints.
  func run() {
    print("--- ", terminator: "")
    print(name)
    body()
  }
}

/// Programs about one subject: what one image has.
public struct ProgramGroup: Sendable {
  /// What the image is called, and the command line that chooses the programs.
  public let name: StaticString
  let programs: [Program]

  init(_ name: StaticString, _ programs: [Program]) {
    self.name = name
    self.programs = programs
  }

  /// Runs the programs, one after the other.
  public func run() {
    for program in programs { program.run() }
  }

  /// All there are.
  public static var all: [ProgramGroup] {
    [
      integers, floats, dictionaries, sets, strings, unicode, scalarNames, collections, values,
      classes, generics, closures, errors, time, atomics, randomness, cLibrary,
    ]
  }
}
