// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel
import XenLab

/// From the start of a command in dom0 to the first instruction of its guest, in turns with xl.
///
/// What is measured is the same for all: a shell writes a line to dom0's console and becomes the
/// command; the guest's first instructions write a line to Xen's console. Both are seen on the lab's
/// serial port.
enum CreationFigures {
  private static let runs = 20

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    let times = try samples(on: host, runs: runs)
    let xl = times[.xl, default: []]
    var figures: [Figure] = []
    for toolstack in Toolstack.allCases {
      let own = times[toolstack, default: []]
      let what = toolstack == .xl ? "xl create" : "pvh create --loader \(toolstack.rawValue)"
      figures.append(
        Figure(
          name: "\(what) → first guest instruction", value: own.median * 1000, unit: "ms",
          runs: runs))
      guard toolstack != .xl else { continue }
      figures.append(
        Figure(
          name: "  ratio to xl create", value: zip(own, xl).map { $0 / $1 }.median, unit: "",
          goal: .atMost(toolstack == .xenguest ? 0.1 : 0.7), runs: runs))
    }
    figures += try withDisk(host)
    host.lab.stop()
    return try figures + conversation(products) + calls(products)
  }

  /// The same for a domain with a disk, a file of dom0.
  private static func withDisk(_ host: ProgramHost) throws -> [Figure] {
    let disk = "\(ProgramHost.folder)/disk.img"
    try host.run("modprobe xen-blkback; truncate -s 16M \(disk)")
    let times = try samples(on: host, of: [.xenguest, .xl], disk: disk, runs: runs)
    let (own, xl) = (times[.xenguest, default: []], times[.xl, default: []])
    return [
      Figure(
        name: "pvh create --disk → first guest instruction", value: own.median * 1000, unit: "ms",
        runs: runs),
      Figure(
        name: "  ratio to xl create with the same disk", value: zip(own, xl).map { $0 / $1 }.median,
        unit: "", goal: .atMost(0.35), runs: runs),
    ]
  }

  /// Seconds of creations in turns; the domains are destroyed.
  static func samples(
    on host: ProgramHost, of toolstacks: [Toolstack] = Toolstack.allCases, disk: String? = nil,
    runs: Int
  ) throws -> [Toolstack: [Double]] {
    var times: [Toolstack: [Double]] = [:]
    // The first round pays for the emulator's translation of code that nobody ran before.
    for round in 0...runs {
      for toolstack in toolstacks {
        let time = try host.secondsUntilFirstInstruction(
          of: toolstack.create("measured", disk: disk))
        try host.run(toolstack.destroy(["measured"]))
        if round > 0 { times[toolstack, default: []].append(time) }
      }
    }
    return times
  }

  /// The same without the start of processes: an agent is there, and is asked.
  private static func conversation(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products)
    defer { host.lab.stop() }
    let image = try Products.bytes(products.mark)
    return try [DomainLoader.xenguest, .libxl].map { loader in
      let request = RunRequest(name: "asked", memoryKiB: 4096, loader: loader)
      let times = try (0...runs).map { _ in
        let time = try seconds { _ = try host.client.create(request, kernel: image) }
        _ = try host.client.act(DomainAction(.destroy, on: request.name))
        return time
      }
      return Figure(
        name: "an agent asked to create, \(loader.rawValue): answer",
        value: Array(times.dropFirst()).median * 1000, unit: "ms", runs: runs)
    }
  }

  /// What a creation asks of Xen and of xenstored.
  private static func calls(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    let folder = ProgramHost.folder
    let report = try host.run("\(folder)/faults \(folder)/mark.pvh 4096")
    guard let counts = report.firstMatch(of: #/(\d+) hypercalls, (\d+) messages/#),
      let hypercalls = Double(counts.1), let messages = Double(counts.2)
    else { throw BenchError.commandFailed(report) }
    return [
      // Those that let it run are counted, too: the triple fault reason, and unpausing it.
      Figure(
        name: "hypercalls per creation, xenguest", value: hypercalls + 2, unit: "",
        goal: .atMost(25)),
      Figure(
        name: "xenstore messages per creation, xenguest", value: messages, unit: "",
        goal: .atMost(15)),
    ]
  }
}

extension ProgramHost {
  /// Runs a command in dom0; returns the seconds from its start to its guest's first instruction.
  func secondsUntilFirstInstruction(of command: String) throws -> Double {
    let mark = "pvhkit-bench-start"
    var clock = SerialClock(lab, from: mark, to: ") !")
    look = { clock.look() }
    defer { look = nil }
    try run("echo \(mark) > /dev/console; exec \(command) >/dev/null")
    // It may run a moment after the command has ended.
    for _ in 0..<20 {
      if let time = clock.seconds { return time }
      try run("usleep 20000")
    }
    throw BenchError.guestFailed("its first instruction was not seen: \(lab.serialLog())")
  }
}

/// Destroying a domain, whole command, until Xen has its pages back; in turns with xl.
enum DestructionFigures {
  private static let runs = 20
  /// Large enough that its pages would be missed among what other things take.
  private static let memoryKiB = 64 << 10

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    var times: [Toolstack: [Double]] = [:]
    for round in 0...runs {
      for toolstack in [Toolstack.xenguest, .xl] {
        let before = try host.freeMebibytes()
        try host.run(toolstack.create("measured", memoryKiB: memoryKiB))
        let time = try seconds { try host.run(toolstack.destroy(["measured"])) }
        // Some pages are given back a little later, and to Xen's caches.
        let lost = try before - host.freeMebibytes()
        guard lost <= 1 else {
          throw BenchError.commandFailed("\(toolstack) destroys, and \(lost) MiB are not free")
        }
        if round > 0 { times[toolstack, default: []].append(time) }
      }
    }
    let (ours, theirs) = (times[.xenguest, default: []], times[.xl, default: []])
    return [
      Figure(
        name: "pvh destroy → pages free", value: ours.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "xl destroy → pages free", value: theirs.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "  ratio", value: zip(ours, theirs).map { $0 / $1 }.median, unit: "",
        goal: .atMost(0.5), runs: runs),
    ]
  }
}

extension ProgramHost {
  /// Memory that Xen has for new domains, as xl says it.
  func freeMebibytes() throws -> Int {
    let line = try run("xl info").split(separator: "\n").first { $0.hasPrefix("free_memory") }
    guard let number = line?.split(separator: " ").last.flatMap({ Int($0) }) else {
      throw BenchError.commandFailed("xl info has no free_memory")
    }
    return number
  }
}

/// A way to make domains from dom0's command line: ours with each loader, and the one they are
/// compared with.
enum Toolstack: String, CaseIterable {
  case xenguest
  case libxl
  case xl

  /// Whether it takes memory by the page; the others count whole MiB.
  var takesPages: Bool { self == .xenguest }

  /// A shell command that creates a domain from the guest that says when it runs.
  func create(_ name: String, memoryKiB: Int = 4096, disk: String? = nil) -> String {
    let image = "\(ProgramHost.folder)/mark.pvh"
    switch self {
    case .xenguest, .libxl:
      return "\(ProgramHost.folder)/pvh create \(image) --name \(name) --memory \(memoryKiB)K "
        + "--vcpus 1 --loader \(rawValue) --on local" + (disk.map { " --disk \($0)" } ?? "")
    case .xl:
      // The file is read by xl, as theirs is by pvh: everything else is said on the command line.
      return #"xl create -q /dev/null name=\"\#(name)\" type=\"pvh\" kernel=\"\#(image)\" "#
        + "memory=\(memoryKiB / 1024) vcpus=1"
        + (disk.map { " 'disk=[\"format=raw,vdev=xvda,target=\($0)\"]'" } ?? "")
    }
  }

  /// A shell command that destroys domains.
  func destroy(_ names: [String]) -> String {
    self == .xl
      ? names.map { "xl destroy \($0)" }.joined(separator: " && ")
      : "\(ProgramHost.folder)/pvh destroy \(names.joined(separator: " ")) --on local"
  }
}
