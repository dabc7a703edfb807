// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// The Swift toolchain's programs.
enum SwiftTool {
  /// The environment variable for the folder in which the package manager works.
  static let scratchVariable = "SWIFTPM_BUILD_DIR"

  /// Builds with `swift`, which works in `scratch`, and whose messages go to standard error; what a guest has to do
  /// without is explained.
  static func build(
    _ arguments: [String], in folder: FilePath, scratch: FilePath
  ) throws(Problem) {
    var output = BuildOutput()
    do {
      let pipe = try FileDescriptor.closingPipe()
      defer { try? pipe.readEnd.close() }
      var child: ChildProcess
      do {
        defer { try? pipe.writeEnd.close() }
        // Standard output is the guest's.
        child = try start(
          "swift", arguments, in: folder, pipe.writeEnd, pipe.writeEnd, scratch: scratch)
      }
      try output.pass(from: pipe.readEnd)
      guard child.wait() == 0 else {
        throw failure(of: arguments, in: folder, scratch: scratch, output.advice)
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("swift cannot be run: \(error)")
    }
  }

  /// Runs `swift`, which works in `scratch`, and collects what it writes to standard output.
  static func output(
    _ arguments: [String], in folder: FilePath, scratch: FilePath
  ) throws(Problem) -> [UInt8] {
    do {
      let (result, status) = try ProgramOutput.collect { output in
        try start("swift", arguments, in: folder, output, .standardError, scratch: scratch)
      }
      guard status == 0 else {
        throw failure(of: arguments, in: folder, scratch: scratch)
      }
      return result
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("swift cannot be run: \(error)")
    }
  }

  /// Runs another tool of the toolchain and collects what it writes to standard output.
  static func text(_ tool: String, _ arguments: [String]) throws(Problem) -> String {
    do {
      let (bytes, status) = try ProgramOutput.collect { output in
        try start(tool, arguments, in: ".", output, .standardError)
      }
      guard status == 0 else { throw Problem("\(tool) ended with status \(status)") }
      return String(decoding: bytes, as: UTF8.self)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("\(tool) cannot be run: \(error)")
    }
  }

  private static func failure(
    of arguments: [String], in folder: FilePath, scratch: FilePath, _ advice: [String] = []
  ) -> Problem {
    // SwiftPM remembers there where the files of this package were.
    Problem(
      "swift \(arguments[0]) failed in \(folder); its messages are above; after an update of PVHKit, "
        + "remove \(scratch) and try again", details: advice)
  }

  /// Removes all that the domain builder does not load: symbols, debug information, section headers.
  static func strip(_ file: FilePath, to result: FilePath) throws(Problem) {
    let status = try run(
      "llvm-objcopy", ["--strip-all", "--strip-sections", file.string, result.string],
      in: ".", output: .standardError, error: .standardError)
    guard status == 0 else { throw Problem("llvm-objcopy could not strip \(file)") }
  }

  private static func run(
    _ tool: String, _ arguments: [String], in folder: FilePath, output: FileDescriptor,
    error: FileDescriptor
  ) throws(Problem) -> Int32 {
    var child = try start(tool, arguments, in: folder, output, error)
    return child.wait()
  }

  private static func start(
    _ tool: String, _ arguments: [String], in folder: FilePath, _ output: FileDescriptor,
    _ error: FileDescriptor, scratch: FilePath? = nil
  ) throws(Problem) -> ChildProcess {
    // For the package manager the variable has precedence over its option.
    let environment = scratch.map { [scratchVariable: $0.string] } ?? [:]
    do throws(ProcessError) {
      return try ChildProcess(
        try locate(tool), arguments, environment: environment, directory: folder,
        descriptors: .init(output: output, error: error))
    } catch {
      throw Problem("\(tool) cannot be run: \(error)")
    }
  }

  /// Tools of the toolchain other than `swift` may not be in `PATH`; they lie beside it.
  private static func locate(_ tool: String) throws(ProcessError) -> FilePath {
    let swift = try ProgramPath.locate("swift", package: "a Swift 6.3 toolchain")
    if tool == "swift" { return swift }
    guard let real = try? Folder.resolved(swift) else { return swift }
    return real.removingLastComponent().appending(tool)
  }
}
