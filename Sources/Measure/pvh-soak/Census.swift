// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

/// Everything of a Xen host that could be lost piece by piece.
struct Census: Equatable {
  /// Memory in KiB that Xen has free or scrubs.
  var freeMemoryKiB: Int
  /// Domains in `xl list`.
  var domains: Int
  /// Lines of `xenstore-ls -f`.
  var nodes: Set<Substring>
  /// Ports that Xen's debug key `e` lists, of all domains.
  var ports: Int
  /// Active grants that Xen's debug key `g` lists, of all domains.
  var grants: Int
  /// Loop devices that have a file.
  var loops: Int
  /// Open files of xenstored.
  var storeFiles: Int
  /// Open files of xenconsoled.
  var consoleFiles: Int
  /// Processes in dom0.
  var processes: Int

  /// Memory in KiB that Xen may keep for its next domain: it frees the last pages of a domain later.
  static let toleranceKiB = 64

  /// Counts, when all that has been given up is free.
  init(_ lab: SoakLab) throws {
    let text = try lab.observer.run(
      """
      sleep 1
      echo domains $(xl list | tail -n +2 | wc -l)
      xl dmesg -c >/dev/null; xl debug-keys e; echo ports $(xl dmesg | grep -c ' \\[[01]/[01]/')
      xl dmesg -c >/dev/null; xl debug-keys g; echo grants $(xl dmesg | grep -c '^(XEN) *\\[.*\\] ')
      echo loops $(losetup -a | wc -l)
      echo store $(ls /proc/$(cat /run/xenstored.pid)/fd | wc -l)
      echo console $(ls /proc/$(pidof xenconsoled)/fd | wc -l)
      ps >/tmp/processes; echo processes $(grep -vc '\\]$' /tmp/processes)
      """)
    var numbers: [Substring: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { numbers[words[0]] = Int(words[1]) }
    }
    domains = numbers["domains"] ?? -1
    ports = numbers["ports"] ?? -1
    grants = numbers["grants"] ?? -1
    loops = numbers["loops"] ?? -1
    storeFiles = numbers["store"] ?? -1
    consoleFiles = numbers["console"] ?? -1
    processes = numbers["processes"] ?? -1
    nodes = try Self.nodes(lab)
    let fresh = try lab.agent()
    freeMemoryKiB = fresh.freeMemoryKiB
    fresh.close()
  }

  /// All nodes, with their values.
  static func nodes(_ lab: SoakLab) throws -> Set<Substring> {
    Set(try lab.observer.run("xenstore-ls -f").split(separator: "\n"))
  }

  /// The report: this count, and a later one.
  func lines(until after: Census) -> [SoakLine] {
    func line(_ name: String, _ count: KeyPath<Census, Int>) -> SoakLine {
      let (first, last) = (self[keyPath: count], after[keyPath: count])
      return SoakLine("  \(name)", "\(first) → \(last)", isGood: first == last && first >= 0)
    }
    let lost = freeMemoryKiB - after.freeMemoryKiB
    let changed = nodes.symmetricDifference(after.nodes)
    var lines = [
      SoakLine(
        "  free memory, KiB", "\(freeMemoryKiB) → \(after.freeMemoryKiB)",
        isGood: lost <= Self.toleranceKiB),
      line("domains", \.domains),
      SoakLine(
        "  xenstore nodes", "\(nodes.count) → \(after.nodes.count)", isGood: changed.isEmpty),
      line("event channel ports", \.ports), line("grants", \.grants),
      line("loop devices", \.loops),
      line("files of xenstored", \.storeFiles), line("files of xenconsoled", \.consoleFiles),
      line("processes", \.processes),
    ]
    lines += changed.sorted().prefix(5).map { SoakLine("    changed:", String($0)) }
    return lines
  }
}
