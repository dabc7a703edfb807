// SPDX-License-Identifier: Apache-2.0

import CGuestEntry
import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// What there is, a line each.
struct Facts {
  private let launch: Launch
  private let output: LineOutput
  private let hasSums: Bool

  init(_ launch: Launch, output: LineOutput, hashes: Bool) {
    self.launch = launch
    self.output = output
    hasSums = hashes
  }

  func print() {
    printEntry()
    printStartInfo()
    printCPU()
    if Xen.isThere { printXen() }
  }

  private func line(_ kind: StaticString, _ fill: (inout JSONLine) -> Void) {
    var line = JSONLine(kind)
    fill(&line)
    line.print(output)
  }

  private func printEntry() {
    let entry = entry_record_get()
    line("entry") {
      $0.add("eax", hex: UInt64(entry.eax))
      $0.add("ebx", hex: UInt64(entry.ebx))
      $0.add("ecx", hex: UInt64(entry.ecx))
      $0.add("edx", hex: UInt64(entry.edx))
      $0.add("esp", hex: UInt64(entry.esp))
      $0.add("ebp", hex: UInt64(entry.ebp))
      $0.add("esi", hex: UInt64(entry.esi))
      $0.add("edi", hex: UInt64(entry.edi))
      $0.add("eflags", hex: UInt64(entry.eflags))
      $0.add("cr0", hex: UInt64(entry.cr0))
      $0.add("cr4", hex: UInt64(entry.cr4))
      $0.add("efer", hex: UInt64(entry.efer))
      $0.add("cs", hex: UInt64(entry.cs))
      $0.add("ds", hex: UInt64(entry.ds))
      $0.add("es", hex: UInt64(entry.es))
      $0.add("ss", hex: UInt64(entry.ss))
      $0.add("tr", hex: UInt64(entry.tr))
    }
  }

  private func printStartInfo() {
    guard let header = launch.header else { return }
    line("start-info") {
      $0.add("address", hex: launch.address)
      $0.add("magic", hex: UInt64(header.magic))
      $0.add("version", header.version)
      $0.add("flags", header.flags)
      $0.add("modules", header.moduleCount)
      $0.add("modlist", hex: header.moduleListAddress)
      $0.add("cmdline", hex: header.commandLineAddress)
      $0.add("rsdp", hex: header.rsdpAddress)
      $0.add("memmap", hex: header.memoryMapAddress)
      $0.add("entries", header.memoryMapCount)
    }
    let text = Launch.string(header.commandLineAddress)
    line("cmdline") {
      $0.add("bytes", text.count)
      $0.add("sha256", Facts.sum(text))
      $0.add("text", Array(text.prefix(400)))
    }
    for (position, module) in launch.modules.enumerated() {
      line("module") {
        $0.add("n", position)
        $0.add("address", hex: module.address)
        $0.add("bytes", module.size)
        $0.add("cmdline", Array(Launch.string(module.commandLineAddress).prefix(200)))
        if hasSums, let bytes = Launch.bytes(module.address, module.size) {
          $0.add("sha256", Facts.sum(bytes))
        }
      }
    }
    for (position, entry) in launch.memoryMap.enumerated() {
      line("memmap") {
        $0.add("n", position)
        $0.add("address", hex: entry.address)
        $0.add("bytes", hex: entry.size)
        $0.add("type", entry.kind)
      }
    }
  }

  private func printCPU() {
    for base in [UInt32(0), 0x8000_0000, Xen.firstLeaf ?? 0x4000_0000] {
      let highest = min(CPU.identify(base).eax, base + 0x40)
      guard highest >= base else { continue }
      for leaf in base...highest {
        let answer = CPU.identify(leaf)
        line("cpuid") {
          $0.add("leaf", hex: UInt64(leaf))
          $0.add("eax", hex: UInt64(answer.eax))
          $0.add("ebx", hex: UInt64(answer.ebx))
          $0.add("ecx", hex: UInt64(answer.ecx))
          $0.add("edx", hex: UInt64(answer.edx))
        }
      }
    }
    line("tsc") { $0.add("value", hex: CPU.timestamp) }
  }

  private func printXen() {
    line("xen") {
      $0.add("major", Xen.version.major)
      $0.add("minor", Xen.version.minor)
      $0.add("extra", Xen.extraVersion)
      $0.add("features-0", hex: UInt64(Xen.features(0) ?? 0))
      $0.add("features-1", hex: UInt64(Xen.features(1) ?? 0))
    }
    for index in UInt32(0)..<40 {
      guard let value = Xen.parameter(HVMParameter(rawValue: index)) else { continue }
      line("parameter") {
        $0.add("index", index)
        $0.add("value", hex: value)
      }
    }
    if let page = SharedPage.xenstore {
      line("xenstore-page") {
        for (name, offset) in Facts.xenstoreWords { $0.add(name, page[word: offset]) }
      }
    }
    if let page = SharedPage.console {
      line("console-page") {
        $0.add("in_cons", page[word: ConsolePageLayout.inputConsumed])
        $0.add("in_prod", page[word: ConsolePageLayout.inputProduced])
        $0.add("out_cons", page[word: ConsolePageLayout.outputConsumed])
        $0.add("out_prod", page[word: ConsolePageLayout.outputProduced])
        $0.add("connection", page[byte: 3088])
      }
    }
    for (position, entry) in XenMemoryMapReader.entries.enumerated() {
      line("e820") {
        $0.add("n", position)
        $0.add("address", hex: entry.address)
        $0.add("bytes", hex: entry.size)
        $0.add("type", entry.kind)
      }
    }
  }

  private static var xenstoreWords: [(StaticString, Int)] {
    [
      ("req_cons", XenstorePageLayout.requestsConsumed),
      ("req_prod", XenstorePageLayout.requestsProduced),
      ("rsp_cons", XenstorePageLayout.responsesConsumed),
      ("rsp_prod", XenstorePageLayout.responsesProduced),
      ("features", XenstorePageLayout.serverFeatures),
      ("connection", XenstorePageLayout.connection), ("error", XenstorePageLayout.error),
      // C name: `evtchn_port`, from Xen 4.21 on.
      ("port", 2076),
    ]
  }

  /// The SHA-256 of bytes, as text.
  static func sum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var sum = SHA256()
    for byte in bytes { sum.add(byte) }
    return sum.digits()
  }
}

extension Launch {
  /// The entries of the module list that lie in memory, 128 at most.
  var modules: [ModuleListEntry] {
    list(header?.moduleListAddress ?? 0, Int(header?.moduleCount ?? 0), ModuleListEntry())
  }

  /// The entries of the memory map that lie in memory, 128 at most.
  var memoryMap: [MemoryMapEntry] {
    guard let header, header.version >= 1 else { return [] }
    return list(header.memoryMapAddress, Int(header.memoryMapCount), MemoryMapEntry())
  }

  private func list<Entry: BitwiseCopyable>(
    _ address: UInt64, _ count: Int, _ blank: Entry
  ) -> [Entry] {
    var entries: [Entry] = []
    for position in 0..<min(count, 128) {
      var entry = blank
      let size = UInt64(MemoryLayout<Entry>.size)
      guard Launch.load(address &+ UInt64(position) * size, into: &entry) else { break }
      entries.append(entry)
    }
    return entries
  }
}
