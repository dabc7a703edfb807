// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import SystemPackage
import XenToolstack

// Carried into dom0 by tests and benchmarks.
//
//   FaultInjection IMAGE KIB               builds a domain with each loader, says what that took, then makes
//                                          each call of the direct way fail once; status 1 if something is left
//   FaultInjection IMAGE KIB INDEX AGENT   is killed before the call with this index, as a pvh whose agent is
//                                          AGENT; status 0 if there are fewer calls
let words = CommandLine.arguments
guard words.count == 3 || words.count == 5, let memoryKiB = Int(words[2]) else { exit(64) }
do {
  let creation = try FaultyCreation(words[1], memoryKiB: memoryKiB)
  if words.count == 5, let index = Int(words[3]) {
    let uuid = DomainUUID.random()
    let cleanup = OrphanCleanup(program: FilePath(words[4]))
    cleanup.begin(for: uuid)
    try creation.create(CreationFault(index: index, kind: .death), uuid)
    cleanup.end()
    exit(0)
  }
  try creation.count()
  try creation.measure("xenguest", XenguestBuilder(host: creation.host))
  try creation.measure("libxl", LibxlBuilder(host: creation.host))
  exit(try creation.failEverywhere() ? 0 : 1)
} catch {
  say("\(error)")
  exit(70)
}
