// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// The program that works in the control domain: `pvh-agent`, which lies beside `pvh`.
enum AgentProgram {
  /// Its path.
  static func beside() throws(Problem) -> FilePath {
    let path = try File.ownPath().removingLastComponent().appending("pvh-agent")
    guard File.exists(path) else {
      throw Problem(
        "\(path) is missing, and nothing can be run without it; "
          + "build it: swift build -c release --product pvh-agent")
    }
    return path
  }
}
