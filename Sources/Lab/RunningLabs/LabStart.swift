// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// Getting a lab up: a daemon is started, and says when it is ready.
public enum LabStart {
  /// What the daemon says before it closes the pipe; anything else is why it gave up.
  enum Word {
    static let ready = "ready"
    static let taken = "taken"
  }

  /// What came of a start.
  public enum Outcome: Equatable, Sendable {
    case started
    /// It was up already, or somebody else started it at the same time.
    case wasUp
  }

  /// Starts a lab, or waits for another command that is starting it.
  ///
  /// - Parameters:
  ///   - name: what it is to be called.
  ///   - program: `pvh` itself.
  ///   - arguments: what makes it a daemon for this name.
  ///   - runtime: where labs that are up are found.
  ///   - report: gets a sentence about a dead lab of this name.
  /// - Returns: whether it was started now.
  /// - Throws: `RunningLabError` if it does not start.
  public static func start(
    _ name: LabName, program: FilePath, arguments: [String],
    in runtime: RuntimeFolder = .standard, report: (String) -> Void
  ) throws(RunningLabError) -> Outcome {
    for _ in 0..<100 {
      if try RunningLab.find(name, in: runtime, report: report) != nil { return .wasUp }
      let said = try run(program, arguments)
      switch said {
      case Word.ready: return .started
      case Word.taken: usleep(200_000)
      case "": throw .notStarted(name, reason: "its daemon ended without a word")
      default: throw .notStarted(name, reason: said)
      }
    }
    throw .notStarted(name, reason: "another command has been starting it for 20 s; look at it: ps")
  }

  /// Starts a daemon and reads what it says.
  private static func run(
    _ program: FilePath, _ arguments: [String]
  ) throws(RunningLabError) -> String {
    do {
      let pipe = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? pipe.readEnd.close() }
      // Its number says the daemon where to report.
      var keeper: ChildProcess
      do {
        defer { try? pipe.writeEnd.close() }
        keeper = try ChildProcess(
          program, arguments + ["--report", "\(pipe.writeEnd.rawValue)"], directory: "/",
          descriptors: .init(inherited: [pipe.writeEnd]), attachment: .ownSession)
      }
      var said: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = try buffer.withUnsafeMutableBytes({
        try pipe.readEnd.read(into: $0)
      }), count > 0 {
        said += buffer[..<count]
      }
      let text = String(decoding: said, as: UTF8.self)
      // One that gave up is ours to bury.
      if text != Word.ready { _ = keeper.wait() }
      return text
    } catch let error as ProcessError {
      throw .badRequest(error.description)
    } catch {
      throw .system(call: "read", subject: "the lab's daemon", error as? Errno ?? .ioError)
    }
  }

  /// The whole life of a daemon: gets the lab up, reports to `descriptor`, and serves.
  ///
  /// - Returns: the exit status of the process.
  public static func keep(
    reportingTo descriptor: Int32, _ makeKeeper: () throws -> LabDaemon?
  ) -> Int32 {
    let report = FileDescriptor(rawValue: descriptor)
    let keeper: LabDaemon
    do {
      guard let made = try makeKeeper() else {
        _ = try? report.writeAll(Word.taken.utf8)
        return 0
      }
      keeper = made
    } catch {
      _ = try? report.writeAll("\(error)".utf8)
      return 1
    }
    // Whoever started it has been killed: nobody wants this lab.
    guard (try? report.writeAll(Word.ready.utf8)) != nil else {
      keeper.abandon()
      return 1
    }
    try? report.close()
    return keeper.serve() ? 0 : 1
  }
}
