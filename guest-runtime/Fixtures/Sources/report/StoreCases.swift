// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// The cases for what a toolstack leaves in xenstore. Source: `docs/misc/xenstore-paths.pandoc`.
struct StoreCases {
  private let store: GuestXenstore

  static var ids: [StaticString] { ["TS-38", "TS-39", "TS-40", "TS-41", "TS-42", "TS-43"] }

  init(_ store: GuestXenstore) { self.store = store }

  func judge(_ add: (StaticString, CaseLog.Result) -> Void) {
    add("TS-38", readOnly(["name", "domid", "vm"]))
    add("TS-39", readOnly(["memory/static-max", "memory/target"]))
    add("TS-40", console())
    add("TS-41", writable())
    add("TS-42", features())
    add("TS-43", walk())
  }

  /// Nodes that a guest reads and cannot write.
  private func readOnly(_ paths: [GuestText]) -> CaseLog.Result {
    for path in paths {
      do throws(GuestError) {
        guard let value = try store.value(of: path) else { return .fail("\(path) is missing") }
        guard !value.isEmpty else { return .fail("\(path) is empty") }
        // The same value: a toolstack that lets it pass loses nothing.
        if canWrite(path, value) { return .fail("a guest may write \(path)") }
      } catch {
        return .fail(error.message)
      }
    }
    return .pass
  }

  private func console() -> CaseLog.Result {
    let wanted: [(GuestText, HVMParameter)] = [
      ("console/ring-ref", .consoleFrame), ("console/port", .consolePort),
    ]
    for (path, parameter) in wanted {
      guard let value = try? store.value(of: path) else { return .fail("\(path) is missing") }
      let number = GuestText("\(Xen.parameter(parameter) ?? 0)").bytes
      guard value == number else { return .fail("\(path) is \(value), the parameter \(number)") }
    }
    for path: GuestText in ["console/limit", "console/type"] {
      guard (try? store.value(of: path)) ?? nil != nil else { return .fail("\(path) is missing") }
    }
    return .pass
  }

  /// Nodes that are the guest's to write.
  private func writable() -> CaseLog.Result {
    let paths: [GuestText] = [
      "control/shutdown", "control/feature-poweroff", "control/feature-reboot",
      "control/feature-suspend", "control/sysrq", "data", "drivers", "attr", "error",
      "device/suspend/event-channel",
    ]
    var closed: GuestText = ""
    for path in paths {
      let value = (try? store.value(of: path)) ?? nil
      if !canWrite(path, value ?? []) { closed = "\(closed) \(path)" }
      if value == nil { try? store.remove(path) }
    }
    return closed.bytes.isEmpty ? .pass : .fail("not the guest's to write:\(closed)")
  }

  private func features() -> CaseLog.Result {
    let paths: [GuestText] = [
      "control/platform-feature-xs_reset_watches",
      "control/platform-feature-multiprocessor-suspend",
    ]
    for path in paths {
      let value = (try? store.value(of: path)) ?? nil
      guard value == [UInt8(ascii: "1")] else { return .fail("\(path) is not 1") }
    }
    return .pass
  }

  /// Looks at all of the home for nodes that are the guest's to write and that the toolstack or a daemon
  /// believes. What else is open is said.
  private func walk() -> CaseLog.Result {
    let own: [GuestText] = [
      "data", "drivers", "attr", "error", "control", "device", "feature", "messages", "suspend",
      "hvmloader", "rrd",
    ]
    let believed: [GuestText] = [
      "name", "domid", "vm", "memory", "cpu", "console/ring-ref", "console/port",
      "console/limit", "console/type", "console/tty", "console/output", "store",
    ]
    var open: GuestText = ""
    var isBad = false
    var seen = 0
    var left: [GuestText] = children(of: "/local/domain/\(domain)").map { "\($0)" }
    left.removeAll { path in own.contains { $0.bytes == path.bytes } }
    while let path = left.popLast(), seen < 200 {
      seen += 1
      if let value = (try? store.value(of: path)) ?? nil, canWrite(path, value) {
        open = "\(open) \(path)"
        isBad = isBad || believed.contains { path.bytes.starts(with: $0.bytes) }
      }
      left += children(of: path).map { "\(path)/\($0)" }
    }
    if isBad { return .fail("a guest may write\(open)") }
    return open.bytes.isEmpty ? .pass : .measured("a guest may write\(open)")
  }

  private func children(of path: GuestText) -> [[UInt8]] {
    (try? store.children(of: path)) ?? []
  }

  private var domain: GuestText {
    "\((try? store.value(of: "domid")) ?? GuestText("0").bytes)"
  }

  private func canWrite(_ path: GuestText, _ value: [UInt8]) -> Bool {
    do throws(GuestError) {
      try store.set(path, to: value)
      return true
    } catch {
      return false
    }
  }
}
