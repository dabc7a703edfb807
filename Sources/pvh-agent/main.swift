// SPDX-License-Identifier: Apache-2.0
//
// pvh-agent runs in the control domain and does there what pvh asks for, on its standard streams.
// It is built once per version of Xen, since libxenlight's structures differ between them.
import Glibc

switch CommandLine.arguments.dropFirst() {
case []: exit(serve())
case ["check"]: exit(checkLibraries())
case ["supervise"]: exit(supervise())
case ["switchboard"]: exit(connectPrograms())
case let arguments where arguments.first == "reap" && arguments.count == 2:
  exit(reap(arguments[2]))
case let arguments where arguments.first == "start-info" && arguments.count == 2:
  exit(startInfo(arguments[2]))
case let arguments where arguments.first == "rehearse" && arguments.count == 3:
  exit(rehearse(arguments[2], memoryKiB: Int(arguments[3]) ?? 0))
case let arguments where arguments.first == "rehearse" && arguments.count == 4:
  exit(rehearseDeath(arguments[2], memoryKiB: Int(arguments[3]) ?? 0, at: Int(arguments[4]) ?? 0))
default:
  complain("started by pvh, with its conversation on the standard streams; it takes no arguments")
  exit(64)
}
