// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc
public import SystemPackage

/// A running program that the kernel kills when this process ends, whatever ends it.
public struct ChildProcess: ~Copyable {
  /// Which files the program gets; the streams default to /dev/null.
  public struct Descriptors {
    /// Standard input.
    public var input: FileDescriptor?
    /// Standard output.
    public var output: FileDescriptor?
    /// Standard error.
    public var error: FileDescriptor?
    /// Further ones, under the same numbers.
    public var inherited: [FileDescriptor]

    /// Names the files.
    public init(
      input: FileDescriptor? = nil, output: FileDescriptor? = nil, error: FileDescriptor? = nil,
      inherited: [FileDescriptor] = []
    ) {
      self.input = input
      self.output = output
      self.error = error
      self.inherited = inherited
    }
  }

  /// A pidfd: readable once the program has ended.
  public let descriptor: FileDescriptor
  private var status: Int32?

  /// Starts `path`; the caller keeps its descriptors and closes them itself.
  ///
  /// One that `outlives` this process has a session of its own, and is to be let go (`letGo`). One
  /// that `asks` can ask for a password on the terminal, whose Ctrl-C does not reach it all the same.
  public init(
    _ path: FilePath, _ arguments: [String], environment: [String: String] = [:],
    directory: FilePath? = nil, descriptors: Descriptors, outlives: Bool = false,
    asks: Bool = false
  ) throws(ProcessError) {
    let null: FileDescriptor
    do {
      null = try FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
    } catch {
      throw .notStarted(program: "/dev/null", error as? Errno ?? .ioError)
    }
    defer { try? null.close() }
    let variables = ProcessEnvironment.current.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let argumentPointers = ([path.string] + arguments).map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup($0) } + [nil]
    defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
    let inherited = descriptors.inherited.map(\.rawValue)
    var number: Int32 = -1
    let error = path.withPlatformString { path in
      withOptionalPlatformString(directory) { directory in
        argumentPointers.withUnsafeBufferPointer { arguments in
          variablePointers.withUnsafeBufferPointer { variables in
            inherited.withUnsafeBufferPointer { inherited in
              var request = pvh_child_request(
                path: path, arguments: arguments.baseAddress, environment: variables.baseAddress,
                directory: directory, standard_input: (descriptors.input ?? null).rawValue,
                standard_output: (descriptors.output ?? null).rawValue,
                standard_error: (descriptors.error ?? null).rawValue,
                inherited: inherited.baseAddress, inherited_count: inherited.count,
                outlives: outlives, asks: asks)
              return pvh_child_start(&request, &number)
            }
          }
        }
      }
    }
    guard error == 0 else {
      throw .notStarted(program: path, Errno(rawValue: error))
    }
    descriptor = FileDescriptor(rawValue: number)
  }

  deinit {
    if status == nil {
      _ = pvh_child_signal(descriptor.rawValue, SIGKILL)
      var ignored: Int32 = 0
      _ = pvh_child_reap(descriptor.rawValue, &ignored)
    }
    try? descriptor.close()
  }

  /// Waits for the end.
  ///
  /// - Returns: the exit status, or 128 + the number of the signal that ended it.
  public mutating func wait() -> Int32 {
    if let status { return status }
    var result: Int32 = 0
    let error = pvh_child_reap(descriptor.rawValue, &result)
    // Only an unknown pidfd makes this fail, and that would be our own mistake.
    precondition(error == 0, "the child was reaped elsewhere")
    status = result
    return result
  }

  /// Leaves a program that outlives this process to itself.
  public consuming func letGo() {
    try? descriptor.close()
    discard self
  }

  /// Kills the program, unless it has ended, and reaps it.
  public mutating func kill() {
    guard status == nil else { return }
    _ = pvh_child_signal(descriptor.rawValue, SIGKILL)
    _ = wait()
  }
}

private func withOptionalPlatformString<Result>(
  _ path: FilePath?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let path else { return body(nil) }
  return path.withPlatformString { body($0) }
}
