// SPDX-License-Identifier: Apache-2.0

public import SystemPackage

/// What a program writes to its standard output.
public enum ProgramOutput {
  /// Runs a program to its end.
  ///
  /// - Parameter start: Starts it with this descriptor as its standard output.
  /// - Returns: All that it wrote, and its exit status.
  /// - Throws: What `start` throws, or an `Errno` if its output cannot be read.
  public static func collect(
    _ start: (FileDescriptor) throws -> ChildProcess
  ) throws -> (bytes: [UInt8], status: Int32) {
    let pipe = try FileDescriptor.pipe(options: .closeOnExec)
    defer { try? pipe.readEnd.close() }
    var child: ChildProcess
    do {
      defer { try? pipe.writeEnd.close() }
      child = try start(pipe.writeEnd)
    }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try buffer.withUnsafeMutableBytes({ try pipe.readEnd.read(into: $0) }),
      count > 0
    {
      result += buffer[..<count]
    }
    return (result, child.wait())
  }
}
