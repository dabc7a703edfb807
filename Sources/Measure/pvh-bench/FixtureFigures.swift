// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import FixtureCatalogue
import XenDomainModel
import XenLab

/// How soon after the request for it each fixture is in the state that it is for, beside Linux with a shell: what tests
/// boot that have no fixtures. Image, creation, start and console are in it.
enum FixtureFigures {
  private static let runs = 5

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products)
    defer { host.lab.stop() }
    let fixtures = try FixtureCatalogue.all.filter { $0.needs.contains(.console) }
      .map { (name: "\($0.name)", image: try Products.bytes(products.fixture("\($0.name)"))) }
    let kernel = try Products.bytes(products.linuxKernel)
    let disk = try Products.bytes(products.linuxDisk)
    var times: [String: [Double]] = [:]
    var linux: [Double] = []
    for _ in 0..<runs {
      for (name, image) in fixtures {
        let request = RunRequest(name: name, memoryKiB: 16 << 10, timeLimitMilliseconds: 60_000)
        times[name, default: []].append(
          try time(host, request, kernel: image, until: "\"t\":\"ready\""))
      }
      var request = RunRequest(
        name: "linux", commandLine: "console=hvc0 quiet ready", memoryKiB: 192 << 10,
        timeLimitMilliseconds: 120_000)
      // Without it Linux does not run in the lab.
      request.domain.nativeTimestampCounter = true
      linux.append(try time(host, request, kernel: kernel, module: disk, until: "ready"))
    }
    let medians = fixtures.map { times[$0.name, default: []].median }
    let peer = linux.median
    return zip(fixtures, medians).map { fixture, median in
      Figure(
        name: "\(fixture.name), \(fixture.image.count) bytes: asked → ready", value: median * 1000,
        unit: "ms", runs: runs)
    } + [
      Figure(
        name: "  the same, Linux and busybox, \(kernel.count + disk.count) bytes",
        value: peer * 1000, unit: "ms", runs: runs),
      Figure(
        name: "  ratio of the slowest to Linux", value: (medians.max() ?? 0) / peer, unit: "",
        runs: runs),
    ]
  }

  /// Seconds from the request until the guest has printed a text.
  private static func time(
    _ host: BenchHost, _ request: RunRequest, kernel: [UInt8], module: [UInt8]? = nil,
    until text: String
  ) throws -> Double {
    let run = AttendedRun(host.client)
    let time = try seconds {
      try run.start(request, kernel: kernel, module: module)
      guard try run.wait(for: text) != nil else {
        throw BenchError.guestFailed(
          "\(request.name): \(String(decoding: run.console.suffix(300), as: UTF8.self))")
      }
    }
    try host.client.send(.stop)
    _ = try run.finish()
    return time
  }
}
