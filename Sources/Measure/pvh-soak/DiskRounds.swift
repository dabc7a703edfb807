// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

/// A disk is attached to a guest that uses it at once, and taken away again, in the middle of its requests; over and
/// over. Every tenth time the guest is not asked.
enum DiskRounds {
  private static let path = "/root/soak.img"
  /// Milliseconds until a disk is in use.
  private static let patience = 20_000

  static func perform(_ soak: Soak) throws -> [SoakLine] {
    let agent = try soak.lab.agent()
    defer { agent.close() }
    try agent.run("truncate -s 1M \(path)")
    let guest = RunRequest(
      name: "disks", commandLine: "await open round=65536,5 again", memoryKiB: 16 << 10)
    _ = try agent.client.create(guest, startsPaused: false, kernel: soak.disk)
    defer { _ = try? agent.client.act(DomainAction(.destroy, on: "disks")) }
    // What stays from the first times on, such as pages of the guest's grant table.
    for number in 0..<min(20, soak.cycles) { try round(agent, number) }
    let before = try Census(soak.lab)
    let result = soak.repeatedly("disks") { number in
      do {
        try round(agent, number)
      } catch {
        try? agent.client.detach(DiskDetachment(domain: "disks", name: .first, isForced: true))
        throw error
      }
    }
    return [
      SoakLine(
        "\(soak.cycles) disks attached and detached",
        "\(result.failures) failed, \(result.milliseconds) ms each", isGood: result.failures == 0)
    ] + before.lines(until: try Census(soak.lab))
  }

  private static func round(_ agent: SoakLab.Agent, _ number: Int) throws {
    let disk = DomainDisk(path: path, name: .first)
    try agent.client.attach(DiskAttachment(domain: "disks", disk: disk))
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(patience)
    while try agent.client.disks(of: "disks").first?.isConnected != true {
      guard clock.now < end else { throw SoakError.guestFailed("it does not use its disk") }
    }
    try agent.client.detach(
      DiskDetachment(domain: "disks", name: .first, isForced: number % 10 == 9))
  }
}
