// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PVHImage

/// What tools/bench has built to be measured.
struct Products {
  /// The pvh program; its agent lies beside it.
  let pvh: String
  /// The folder of the checkout.
  let checkout: String

  /// From the command line, in the order of the properties; nil if that is not what it has.
  init?(arguments: [String]) {
    guard arguments.count == 2 else { return nil }
    pvh = arguments[0]
    checkout = arguments[1]
  }

  /// The agent's program.
  var agent: String { pvh + "-agent" }

  /// The agent that looks at guests itself.
  var observingAgent: String { checkout + "/.build/release/pvh-bench-agent" }

  /// The bare assembly guest: the peer for everything that any guest must do.
  var bare: String { checkout + "/.build/bench/bare.pvh" }

  /// pvh without what only debuggers read: what is copied into dom0.
  var strippedPVH: String { checkout + "/.build/bench/pvh" }

  /// The program that counts a creation's calls; it makes them fail, too.
  var faultInjection: String { checkout + "/.build/release/FaultInjection" }

  /// The guest that says when its first instruction is executed.
  var mark: String { checkout + "/.build/bench/mark.pvh" }

  /// Debian's kernel, and a RAM disk in which Tests/BenchPeer runs.
  var linuxKernel: String { checkout + "/.build/bench/linux/vmlinuz" }
  var linuxDisk: String { checkout + "/.build/bench/linux/initrd.gz" }
  /// The same disk with Debian's redis-server and redis-benchmark.
  var storeDisk: String { checkout + "/.build/bench/linux/store.gz" }
  var networkPeer: String { checkout + "/.build/bench/linux/root/netbench" }

  /// The image of a fixture.
  func fixture(_ name: String) -> String {
    checkout + "/guest-runtime/Fixtures/.build/pvh/\(name).pvh"
  }

  /// The image of an example.
  func example(_ name: String) -> String {
    "\(checkout)/guest-runtime/Examples/\(name)/.build/pvh/\(name).pvh"
  }

  /// The image of a guest in Tests/Guests.
  func guest(_ name: String) -> String { "\(checkout)/Tests/Guests/.build/pvh/\(name).pvh" }

  /// What a program's addresses are called, before it was stripped.
  func symbols(_ name: String) throws -> SymbolTable {
    try SymbolTable(contentsOf: "\(checkout)/.build/bench/\(name).symbols")
  }

  /// The bytes of a file.
  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
