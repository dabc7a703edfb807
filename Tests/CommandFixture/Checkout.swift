// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Where the things under test are.
public enum Checkout {
  /// The folder of the checkout that these tests were built from.
  public static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The command under test, as `tools/test` builds it.
  public static var pvh: URL { root.appending(path: ".build/release/pvh") }

  /// An image of `Tests/Guests`.
  public static func guest(_ name: String) -> String {
    root.appending(path: "Tests/Guests/.build/pvh/\(name).pvh").path
  }

  /// An image of `Tests/EverydayGuests`.
  public static func everyday(_ name: String) -> String {
    root.appending(path: "Tests/EverydayGuests/.build/pvh/\(name).pvh").path
  }

  /// A program that the package manager builds with the tests, beside them.
  public static func hostProgram(_ name: String) throws -> URL {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests).deletingLastPathComponent().appending(path: name)
  }

  /// An image of `guest-runtime/Fixtures`.
  public static func fixture(_ name: String) -> String {
    root.appending(path: "guest-runtime/Fixtures/.build/pvh/\(name).pvh").path
  }

  /// The image of an example.
  public static func example(_ name: String) -> String {
    root.appending(path: "guest-runtime/Examples/\(name)/.build/pvh/\(name).pvh").path
  }

  /// Where packages that use this checkout are compiled, its own and those that tests write: PVHKit once for all.
  public static let packageBuilds = root.appending(path: ".build/packages")

  /// Where their guests are.
  public static let guestBuilds = packageBuilds.appending(path: "xen-pvh")

  /// Whether `tools/test` has built what the tests run.
  public static var isBuilt: Bool {
    [pvh.path, example("hello"), guest("spin")].allSatisfy(FileManager.default.fileExists)
  }

  /// Whether there is a lab to run domains in.
  public static let hasLab =
    isBuilt && (try? PVHCommand("lab", "exec", "--", "true").finish().status) == 0
}
