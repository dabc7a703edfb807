// SPDX-License-Identifier: Apache-2.0
import HostSystem
import SystemPackage

/// A program of the machine that a preparation or a lab uses.
struct Tool {
  let name: String
  /// The Debian package to install when it is missing.
  let package: String

  static let qemu = Tool(name: "qemu-system-x86_64", package: "qemu-system-x86")
  static let aptGet = Tool(name: "apt-get", package: "apt")
  static let aptCache = Tool(name: "apt-cache", package: "apt")
  static let dpkgDeb = Tool(name: "dpkg-deb", package: "dpkg")
  static let gzip = Tool(name: "gzip", package: "gzip")
  static let xz = Tool(name: "xz", package: "xz-utils")

  /// Where `PATH` finds it.
  func locate() throws(LabError) -> FilePath {
    do throws(ProcessError) {
      return try ProgramPath.locate(name, package: package)
    } catch {
      throw LabError(error)
    }
  }
}
