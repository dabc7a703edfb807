// SPDX-License-Identifier: Apache-2.0

import XenLab

/// How fast a guest's disk is, in turns with Linux as a PVH guest with the same disk: a file in dom0's memory, by way
/// of a loop device and Linux's backend.
///
/// Guest and dom0 share a processor, as in `BenchHost.start`, and for its reason; both guests read the processor's own
/// time-stamp counter, without which Linux does not run here.
enum DiskFigures {
  private static let runs = 5

  /// What is asked: a word of both guests' command lines, what it is called, bytes of one request, and how many.
  private static let tasks: [(word: String, name: String, size: Int, count: Int)] = [
    ("read=4096,1,300", "4 KiB reads, one at a time", 4096, 300),
    ("write=4096,1,300", "4 KiB writes, one at a time", 4096, 300),
    ("read=4096,32,2000", "4 KiB reads, 32 at a time", 4096, 2000),
    ("write=4096,32,2000", "4 KiB writes, 32 at a time", 4096, 2000),
    ("read=1048576,4,64", "1 MiB reads, 4 at a time", 1 << 20, 64),
    ("write=1048576,4,64", "1 MiB writes, 4 at a time", 1 << 20, 64),
    ("flush=4096,1,100", "writes of 4 KiB, each with a flush", 4096, 100),
  ]

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    try host.copy(products.guest("disk-bench"), to: "disk-bench.pvh")
    try host.copy(products.linuxKernel, to: "vmlinuz")
    try host.copy(products.linuxDisk, to: "linux.gz")
    try host.run(
      """
      cd \(ProgramHost.folder); modprobe xen-blkback
      xl vcpu-pin Domain-0 all 0
      dd if=/dev/zero of=disk.img bs=1M count=32 2>/dev/null
      """)
    var ours: [String: [Double]] = [:]
    var linux: [String: [Double]] = [:]
    for _ in 0..<runs {
      try run(host, "memory = 16", kernel: "disk-bench.pvh", into: &ours)
      try run(
        host, "memory = 192\nramdisk = \"\(ProgramHost.folder)/linux.gz\"", kernel: "vmlinuz",
        "console=hvc0 quiet", into: &linux)
    }
    return try figures(ours, linux)
  }

  private static func figures(
    _ ours: [String: [Double]], _ linux: [String: [Double]]
  ) throws -> [Figure] {
    var figures: [Figure] = []
    for task in tasks {
      let (own, peer) = (ours[task.word, default: []], linux[task.word, default: []])
      guard own.count == runs, peer.count == runs else {
        throw BenchError.guestFailed("\(task.word): \(own.count) and \(peer.count) results")
      }
      let isStream = task.size > 4096
      let amount = isStream ? Double(task.size * task.count) / 1_048_576 : Double(task.count)
      figures += [
        Figure(
          name: "disk: \(task.name)", value: own.map { amount / $0 }.median,
          unit: isStream ? "MiB/s" : "/s", runs: runs),
        Figure(
          name: "  ratio to Linux", value: zip(own, peer).map { $1 / $0 }.median, unit: "",
          goal: .atLeast(1), runs: runs),
      ]
    }
    let (own, peer) = (ours["first", default: []], linux["first", default: []])
    return figures + [
      Figure(
        name: "disk: unpaused → first block read", value: own.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "  ratio to Linux", value: zip(own, peer).map { $0 / $1 }.median, unit: "",
        goal: .atMost(0.05), runs: runs),
    ]
  }

  /// Boots a guest with the disk, and notes the seconds that each task took.
  private static func run(
    _ host: ProgramHost, _ settings: String, kernel: String, _ words: String = "",
    into times: inout [String: [Double]]
  ) throws {
    let folder = ProgramHost.folder
    let output = try host.run(
      """
      cd \(folder)
      cat >bench.cfg <<'END'
      type = "pvh"
      name = "bench"
      kernel = "\(folder)/\(kernel)"
      vcpus = 1
      on_poweroff = "preserve"
      tsc_mode = "native"
      disk = [ "format=raw,vdev=xvda,target=\(folder)/disk.img" ]
      cmdline = "\(words) \(tasks.map(\.word).joined(separator: " "))"
      \(settings)
      END
      xl create -p bench.cfg >/dev/null
      xl vcpu-pin bench all 0
      rm -f first
      (xl console bench </dev/null | while read -r line; do
        case $line in first*) cut -d' ' -f1 /proc/uptime >first ;; esac
        echo "$line"
      done >console.txt 2>&1 &)
      usleep 500000
      start=$(cut -d' ' -f1 /proc/uptime)
      xl unpause bench
      looks=0
      while ! grep -q '^end' console.txt && [ $looks -lt 300 ]; do looks=$((looks + 1)); usleep 200000; done
      echo "started $start $(cat first)"
      cat console.txt
      xl destroy bench
      """)
    for line in output.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.count == 3, words[0] == "started", let start = Double(words[1]),
        let end = Double(words[2])
      {
        times["first", default: []].append(end - start)
      } else if words.count == 4, words[2] == "errors", words[3] == "0",
        let nanoseconds = Double(words[1])
      {
        times[String(words[0]), default: []].append(nanoseconds / 1e9)
      }
    }
  }
}
