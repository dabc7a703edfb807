// SPDX-License-Identifier: Apache-2.0

import CGuestEntry
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// The cases for toolstacks that a guest can judge.
///
/// Sources: `arch-x86/hvm/start_info.h` and `hvm/params.h` of Xen's public headers,
/// `docs/misc/pvh.pandoc`, `docs/misc/xenstore-paths.pandoc`.
struct Judgement {
  private let launch: Launch
  private let given: GivenParameters
  private let store: GuestXenstore?
  private var log: CaseLog

  init(
    _ launch: Launch, _ given: GivenParameters, _ output: LineOutput, store: GuestXenstore?
  ) {
    self.launch = launch
    self.given = given
    self.store = store
    log = CaseLog("report", cases: 25, output)
  }

  /// Judges all of them.
  mutating func run() -> Verdict {
    judgeRegisters()
    judgeMemory()
    judgeWishes()
    judgeParameters()
    judgeStore()
    return log.finish()
  }

  private mutating func check(_ id: StaticString, _ holds: Bool, _ otherwise: GuestText) {
    log.add(id, holds ? .pass : .fail(otherwise))
  }

  private mutating func judgeRegisters() {
    let entry = entry_record_get()
    let isThere = launch.header?.magic == StartInfo.expectedMagic
    check(
      "TS-01", isThere && isRAM(launch.address, 56),
      "EBX is 0x\(hex: launch.address): no start info in memory of type 1")
    var reserved = UInt32(0)
    _ = Launch.load(launch.address + 52, into: &reserved)
    let version = launch.header?.version ?? 0
    check(
      "TS-02", version >= 1 && reserved == 0,
      "version \(version), reserved word \(reserved)")
    // ET is always set.
    check("TS-03", entry.cr0 & ~0x10 == 1, "CR0 is 0x\(hex: entry.cr0)")
    check("TS-04", entry.cr4 == 0, "CR4 is 0x\(hex: entry.cr4)")
    // VM, IF, TF.
    check("TS-08", entry.eflags & 0x2_0300 == 0, "EFLAGS is 0x\(hex: entry.eflags)")
    // LME, LMA.
    check("TS-09", entry.efer & 0x500 == 0, "EFER is 0x\(hex: entry.efer)")
  }

  private mutating func judgeMemory() {
    let map = launch.memoryMap
    guard !map.isEmpty else {
      for id: StaticString in ["TS-15", "TS-16", "TS-17", "TS-19", "TS-20", "TS-21", "TS-22"] {
        log.add(id, .skip("start info has no memory map"))
      }
      return
    }
    let overlap = map.enumerated().contains { position, entry in
      map[..<position].contains {
        entry.address < $0.address &+ $0.size && $0.address < entry.address &+ entry.size
      }
    }
    let isSorted = zip(map, map.dropFirst()).allSatisfy { $0.address < $1.address }
    // Nothing says that they are sorted, and libxenlight's are not.
    log.add(
      "TS-15",
      overlap ? .fail("two entries overlap") : .measured(isSorted ? "sorted" : "not sorted"))
    check("TS-16", map.allSatisfy { (1...7).contains($0.kind) }, "a type is not within 1 to 7")
    let bytes = map.filter { $0.kind == 1 }.reduce(UInt64(0)) { $0 &+ $1.size }
    let wanted = given.number("want-memory") << 20
    log.add(
      "TS-17",
      wanted == 0
        ? .measured("\(bytes) bytes of RAM")
        : bytes <= wanted && wanted - bytes <= 2 << 20
          ? .pass : .fail("\(bytes) bytes of RAM, \(wanted) wanted"))
    judgePlaces()
    guard Xen.isThere else {
      for id: StaticString in ["TS-20", "TS-21"] { log.add(id, .skip("there is no Xen")) }
      return
    }
    let special = [HVMParameter.storeFrame, .consoleFrame].compactMap(Xen.parameter)
    check(
      "TS-20", !special.contains { isRAM($0 << 12, 4096) }, "the page of a daemon is in RAM")
    let own = XenMemoryMapReader.entries
    let isSame =
      own.count == map.count
      && zip(own, map).allSatisfy {
        $0.address == $1.address && $0.size == $1.size && $0.kind == $1.kind
      }
    check("TS-21", isSame, "XENMEM_memory_map has \(own.count) entries, or other ones")
  }

  private mutating func judgePlaces() {
    guard let header = launch.header else { return }
    var places: [(UInt64, UInt64)] = [
      (launch.address, 56),
      (Launch.image.lowerBound, UInt64(Launch.image.count)),
      (header.memoryMapAddress, UInt64(header.memoryMapCount) * 24),
    ]
    if header.moduleCount > 0 {
      places.append((header.moduleListAddress, UInt64(header.moduleCount) * 32))
    }
    if header.commandLineAddress != 0 {
      let count = Launch.string(header.commandLineAddress).count
      places.append((header.commandLineAddress, UInt64(count) + 1))
    }
    check("TS-19", places.allSatisfy { isRAM($0.0, $0.1) }, "a part is not in RAM")
    check("TS-22", places.allSatisfy { $0.0 + $0.1 <= 1 << 32 }, "a part is above 4 GiB")
  }

  private mutating func judgeWishes() {
    let line = Array(Launch.string(launch.header?.commandLineAddress ?? 0))
    let mark = GuestText(" want-cmdline=").bytes
    if given.text("want-cmdline").isEmpty {
      log.add("TS-24", .skip("no want-cmdline"))
    } else if let start = line.indices.first(where: { line[$0...].starts(with: mark) }) {
      let sum = Facts.sum(line[..<start])
      check("TS-24", sum == given.text("want-cmdline"), "the sum is \(sum)")
    } else {
      log.add("TS-24", .fail("want-cmdline is the first word"))
    }
    let modules = launch.modules
    let wanted = given.number("want-modules")
    if wanted == 999 {
      log.add("TS-28", .skip("no want-modules"))
    } else {
      check("TS-28", UInt64(modules.count) == wanted, "\(modules.count) modules")
    }
    guard !modules.isEmpty else { return log.add("TS-29", .skip("there is no module")) }
    let image = Launch.image
    let areSound = modules.allSatisfy {
      isRAM($0.address, $0.size)
        && ($0.address >= image.upperBound || $0.address &+ $0.size <= image.lowerBound)
    }
    check("TS-29", areSound, "a module is outside of RAM, or in the image")
  }

  private mutating func judgeParameters() {
    guard Xen.isThere else {
      for id: StaticString in ["TS-34", "TS-36", "TS-37"] {
        log.add(id, .skip("there is no Xen"))
      }
      return
    }
    let numbers: [HVMParameter] = [.storeFrame, .storePort, .consoleFrame, .consolePort]
    let values = numbers.compactMap(Xen.parameter)
    check(
      "TS-34", values.count == 4 && values[0] != values[2] && values[1] != values[3],
      "\(values.count) of 4 parameters are set, or two are the same")
    if let page = SharedPage.xenstore {
      let state = page[word: XenstorePageLayout.connection]
      check("TS-36", state == 0, "connection is \(state)")
    } else {
      log.add("TS-36", .skip("there is no xenstore page"))
    }
    if let page = SharedPage.console {
      log.add("TS-37", .measured("connection is \(page[byte: 3088])"))
    } else {
      log.add("TS-37", .skip("there is no console page"))
    }
  }

  private mutating func judgeStore() {
    guard let store else {
      for id in StoreCases.ids { log.add(id, .skip("there is no xenstore")) }
      return
    }
    StoreCases(store).judge { log.add($0, $1) }
  }

  /// Whether all of `count` bytes lie in one entry of RAM.
  private func isRAM(_ address: UInt64, _ count: UInt64) -> Bool {
    launch.memoryMap.contains {
      $0.kind == 1 && address >= $0.address && address &+ count <= $0.address &+ $0.size
    }
  }
}
