// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

/// Creations when there is not enough memory for all of the domain, or for nothing but its last part.
enum Scarcity {
  /// Memory in KiB that is left to the domains.
  private static let room = 16 << 10

  static func perform(_ soak: Soak) throws -> [SoakLine] {
    let agent = try soak.lab.agent()
    defer { agent.close() }
    // The agent opens libxenlight now, which has a connection to xenstored from then on.
    let first = RunRequest(name: "first", memoryKiB: 4096, loader: .libxl)
    _ = try agent.client.run(first, kernel: soak.hello)
    let ballast = RunRequest(
      name: "ballast", memoryKiB: (agent.freeMemoryKiB - room) & ~1023, loader: .xenguest)
    _ = try agent.client.create(ballast, startsPaused: true, kernel: soak.hello)
    defer { _ = try? agent.client.act(DomainAction(.destroy, on: "ballast")) }
    let before = try Census(soak.lab)
    var lines: [SoakLine] = []
    for loader in DomainLoader.allCases {
      var tally = (made: 0, refused: 0, other: 0)
      // From what cannot be had to what can, past the sizes at which the last pages are missing.
      let step = (loader == .libxl ? 1024 : 256) * (soak.rounds > 1 ? 1 : 8)
      for memory in stride(from: room * 2, through: 1024, by: -step) {
        let request = RunRequest(name: "hungry", memoryKiB: memory, loader: loader)
        do throws(AgentError) {
          _ = try agent.client.create(request, startsPaused: true, kernel: soak.hello)
          _ = try agent.client.act(DomainAction(.destroy, on: "hungry"))
          tally.made += 1
        } catch .failed(let failure) where failure.kind == .toolstack(.outOfMemory) {
          tally.refused += 1
        } catch {
          tally.other += 1
          soak.say("\(loader), \(memory) KiB: \(error)")
        }
      }
      lines.append(
        SoakLine(
          "sizes from \(2 * room) to 1024 KiB in \(room) KiB, \(loader.rawValue)",
          "\(tally.made) made, \(tally.refused) out of memory, \(tally.other) other",
          isGood: tally.other == 0 && tally.made > 0 && tally.refused > 0))
    }
    return lines + before.lines(until: try Census(soak.lab))
  }
}
