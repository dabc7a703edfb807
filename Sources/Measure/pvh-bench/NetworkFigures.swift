// SPDX-License-Identifier: Apache-2.0

import XenLab

/// How fast a guest's network is, in turns with Linux as a PVH guest in the same bridge. The other end is a program in
/// dom0, which is what serves in Linux, too: it answers from one process, without files.
///
/// Guest and dom0 share a processor, as in `BenchHost.start`, and for its reason.
enum NetworkFigures {
  private static let runs = 5
  private static let streamMiB = 8.0

  private struct Peer {
    let address: String
    /// What xl is told of it.
    let settings: String
    /// Of `pages`, `streams` and `store` what it serves.
    let services: Set<String>
  }

  /// What is asked of a guest that is up: a name, and the program's words.
  private static let tasks: [(name: String, service: String, words: String)] = [
    ("ping", "pages", "ping ADDRESS 200"),
    ("kept", "pages", "http ADDRESS 400 8 1"),
    ("closed", "pages", "http ADDRESS 200 8 0"),
    ("out", "streams", "take ADDRESS"),
    ("in", "streams", "give ADDRESS 8388608"),
  ]

  /// What redis-benchmark asks of a store: the figure, how many requests, and its words.
  private static let commands: [(name: String, count: Int, words: String)] = [
    ("Redis SET", 1000, "-t set"), ("Redis GET", 1000, "-t get"),
    ("Redis SET, 16 at a time", 8000, "-t set -P 16"),
    ("Redis GET, 16 at a time", 8000, "-t get -P 16"),
  ]

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    let folder = ProgramHost.folder
    try host.copy(products.example("web"), to: "web.pvh")
    try host.copy(products.guest("network"), to: "network.pvh")
    try host.copy(products.linuxKernel, to: "vmlinuz")
    try host.copy(products.linuxDisk, to: "linux.gz")
    try host.copy(products.networkPeer, to: "netbench")
    try host.copy(products.example("redis"), to: "redis.pvh")
    try host.copy(products.storeDisk, to: "store.gz")
    // A station that is not there yet is asked for often, so that its first answer is not late.
    try host.run(
      """
      cd \(folder); chmod +x netbench; xl vcpu-pin Domain-0 all 0
      (mkdir store; cd store; zcat ../store.gz | cpio -idu 2>/dev/null)
      mkdir site; echo '<h1>Hello from Xen</h1>' >site/index.html; tar -cf site.tar -C site .
      /etc/xen/scripts/pvhkit-network xenbr0
      cd /proc/sys/net/ipv4/neigh/xenbr0; echo 10 >retrans_time_ms; echo 2 >mcast_solicit
      """)
    let peers: [(isOurs: Bool, peer: Peer)] = [
      (
        true,
        Peer(
          address: "10.0.0.2",
          settings: """
            kernel = "\(folder)/web.pvh"
            ramdisk = "\(folder)/site.tar"
            memory = 16
            cmdline = "ip=10.0.0.2/24"
            """, services: ["pages"])
      ),
      (
        true,
        Peer(
          address: "10.0.0.3",
          settings: """
            kernel = "\(folder)/network.pvh"
            memory = 16
            cmdline = "ip=10.0.0.3/24 discard=9 source=19"
            """, services: ["streams"])
      ),
      (
        false,
        Peer(
          address: "10.0.0.4",
          settings: """
            kernel = "\(folder)/vmlinuz"
            ramdisk = "\(folder)/linux.gz"
            memory = 192
            cmdline = "console=hvc0 quiet serve=10.0.0.4"
            """, services: ["pages", "streams"])
      ),
      (
        true,
        Peer(
          address: "10.0.0.5",
          settings: """
            kernel = "\(folder)/redis.pvh"
            memory = 32
            cmdline = "ip=10.0.0.5/24"
            """, services: ["store"])
      ),
      (
        false,
        Peer(
          address: "10.0.0.6",
          settings: """
            kernel = "\(folder)/vmlinuz"
            ramdisk = "\(folder)/store.gz"
            memory = 192
            cmdline = "console=hvc0 quiet store=10.0.0.6"
            """, services: ["store"])
      ),
    ]
    var ours: [String: [Double]] = [:]
    var linux: [String: [Double]] = [:]
    for _ in 0..<runs {
      for (isOurs, peer) in peers {
        let times = try run(host, peer)
        for (name, time) in times {
          if isOurs {
            ours[name, default: []].append(time)
          } else {
            linux[name, default: []].append(time)
          }
        }
      }
    }
    return try figures(ours, linux)
  }

  /// Boots a guest, and returns the seconds that each thing took.
  private static func run(_ host: ProgramHost, _ peer: Peer) throws -> [String: Double] {
    let wanted = tasks.filter { peer.services.contains($0.service) }
    let isFirst = peer.services.contains("pages")
    let asked = peer.services.contains("store") ? commands : []
    let work =
      wanted.map { task in
        "name=\(task.name); echo $name 0 $(./netbench \(task.words.replacing("ADDRESS", with: peer.address)))"
      }
      // It says how many requests a second there were, behind the name of the command.
      + asked.enumerated().map { place, command in
        """
        name=redis\(place); echo $name 0 $(store/redis/run redis-benchmark -h \(peer.address) -c 8 -n \(command.count) \
          \(command.words) --csv | awk -F '"' '/^"[SG]ET/ { printf "%.0f", \(command.count) * 1e9 / $4 }')
        """
      }
    // What the guest itself needs: the rest is dom0's, where the bridge and the clients are.
    let accounted = work.map { line in
      """
      before=$(cpu)
      \(line)
      echo $name-cpu $before $(cpu)
      """
    }
    let output = try host.run(
      """
      cpu() { ./pvh list --on local --name net --json | sed 's/.*"cpuNanoseconds":\\([0-9]*\\).*/\\1/'; }
      cd \(ProgramHost.folder)
      cat >net.cfg <<'END'
      type = "pvh"
      name = "net"
      vcpus = 1
      tsc_mode = "native"
      vif = [ "bridge=xenbr0" ]
      \(peer.settings)
      END
      xl create -p net.cfg >/dev/null
      xl vcpu-pin net all 0
      ip neigh flush dev xenbr0
      ./netbench answer \(peer.address) >answer & answer=$!
      \(isFirst ? "./netbench page \(peer.address) >page & page=$!" : "page=")
      start=$(./netbench now)
      xl unpause net
      wait $answer $page
      \(isFirst ? "echo answer $start $(cat answer); echo page $start $(cat page)" : "usleep 300000")
      \(accounted.joined(separator: "\n"))
      xl destroy net
      """)
    var times: [String: Double] = [:]
    for line in output.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.count == 3, let start = Double(words[1]), let end = Double(words[2]) else {
        continue
      }
      times[String(words[0])] = (end - start) / 1e9
    }
    let names =
      wanted.map(\.name) + asked.indices.map { "redis\($0)" } + (isFirst ? ["answer", "page"] : [])
    for name in names where times[name] == nil {
      throw BenchError.guestFailed("\(peer.address) did not do \(name): \(output)")
    }
    return times
  }

  private static func figures(
    _ ours: [String: [Double]], _ linux: [String: [Double]]
  ) throws -> [Figure] {
    func figures(
      _ name: String, _ key: String, _ unit: String, _ goal: Goal, isRate: Bool,
      _ value: (Double) -> Double
    ) -> [Figure] {
      let (own, peer) = (ours[key, default: []], linux[key, default: []])
      let (ownTime, peerTime) = (ours["\(key)-cpu", default: []], linux["\(key)-cpu", default: []])
      return [
        Figure(name: "network: \(name)", value: own.map(value).median, unit: unit, runs: runs),
        Figure(
          name: "  ratio to Linux",
          value: zip(own, peer).map { isRate ? $1 / $0 : $0 / $1 }.median, unit: "", goal: goal,
          runs: runs),
      ]
        + (isRate
          ? [
            Figure(
              name: "  processor time of the guest, ratio to Linux",
              value: zip(ownTime, peerTime).map { $0 / $1 }.median, unit: "", runs: runs)
          ] : [])
    }
    return figures("unpaused → first ping answered", "answer", "ms", .atMost(0.05), isRate: false) {
      $0 * 1000
    }
      + figures("unpaused → first page", "page", "ms", .atMost(0.05), isRate: false) { $0 * 1000 }
      + figures("ping", "ping", "ms", .atMost(1), isRate: false) { $0 * 1000 }
      + figures("pages, connections kept", "kept", "/s", .atLeast(2), isRate: true) { 400 / $0 }
      + figures("pages, a connection each", "closed", "/s", .atLeast(2), isRate: true) { 200 / $0 }
      + figures("TCP out of the guest", "out", "MiB/s", .atLeast(1), isRate: true) {
        streamMiB / $0
      }
      + figures("TCP into the guest", "in", "MiB/s", .atLeast(0.8), isRate: true) { streamMiB / $0 }
      + commands.enumerated().flatMap { place, command in
        figures(command.name, "redis\(place)", "/s", .atLeast(1.5), isRate: true) {
          Double(command.count) / $0
        }
      }
  }
}
