// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// One run of the pvh command, as a user would type it.
public final class PVHCommand {
  private let process = Process()
  private let output: ScratchFile
  private let errors: ScratchFile
  private var input: ScratchFile?

  /// What came of it.
  public struct Result {
    /// The exit status, or 128 + the number of the signal that ended it.
    public let status: Int32
    /// Standard output.
    public let output: Data
    /// Standard error.
    public let errors: String

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Starts a program, `pvh` unless another is named, with these arguments and this input.
  public init(
    _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
    program: URL = Checkout.pvh, input: Data? = nil
  ) throws {
    output = try ScratchFile()
    errors = try ScratchFile()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    if let input {
      let file = try ScratchFile()
      try file.write(input)
      process.standardInput = file.handle
      self.input = file
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    process.standardOutput = output.handle
    process.standardError = errors.handle
    try process.run()
  }

  /// Starts `pvh` with these arguments.
  public convenience init(_ arguments: String...) throws { try self.init(arguments) }

  /// The number of the running process.
  public var identifier: Int32 { process.processIdentifier }

  /// What it has printed so far.
  public var printed: String { String(decoding: output.content, as: UTF8.self) }

  /// Seconds that a program of a test may take on the slowest of machines: one that hangs is killed then,
  /// which its status shows.
  private static let patience = 1500.0

  /// Waits for its end.
  public func finish() -> Result {
    let deadline = Date.now.addingTimeInterval(Self.patience)
    while process.isRunning {
      if Date.now > deadline { kill(process.processIdentifier, SIGKILL) }
      usleep(2000)
    }
    process.waitUntilExit()
    let signalled = process.terminationReason == .uncaughtSignal
    return Result(
      status: process.terminationStatus + (signalled ? 128 : 0), output: output.content,
      errors: String(decoding: errors.content, as: UTF8.self))
  }

  /// Waits until it has printed `text`; false if it does not in ten minutes.
  public func waitUntilItPrints(_ text: String) -> Bool {
    for _ in 0..<6000 {
      if printed.contains(text) { return true }
      guard process.isRunning else { break }
      usleep(100_000)
    }
    return printed.contains(text)
  }
}

/// A file that is gone when nobody needs it any more.
private final class ScratchFile {
  let handle: FileHandle
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "pvhkit-test-\(UUID())")
    try Data().write(to: url)
    handle = try FileHandle(forUpdating: url)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Fills it, and puts the handle at its start.
  func write(_ data: Data) throws {
    try handle.write(contentsOf: data)
    try handle.seek(toOffset: 0)
  }

  var content: Data { (try? Data(contentsOf: url)) ?? Data() }
}
