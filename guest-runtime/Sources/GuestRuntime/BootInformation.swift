// SPDX-License-Identifier: Apache-2.0

import Boot
import XenABI

/// Start info, checked, before any heap exists.
///
/// The header is copied. The command line, the modules and their list stay where the domain builder
/// put them, behind the image: the heap begins after the last of them.
struct BootInformation: Sendable {
  let header: StartInfo
  let commandLine: BootBytes
  let modules: BootModules

  /// Reads what the boot code found in EBX; a guest that cannot, ends as crashed.
  static func read() -> BootInformation {
    let address = UInt64(boot_start_info)
    guard let fixed = BootBytes(address: address, count: UInt64(StartInfo.version0Size)) else {
      Lifecycle.crash("start info is not in mapped memory: EBX was wrong at the entry point")
    }
    var header = StartInfo()
    unsafe withUnsafeMutableBytes(of: &header) { unsafe fixed.copy(to: $0) }
    guard header.magic == StartInfo.expectedMagic else {
      Lifecycle.crash("start info has no magic: this guest was not started through its PVH entry")
    }
    if header.version >= 1, let whole = BootBytes(address: address, count: 56) {
      unsafe withUnsafeMutableBytes(of: &header) { unsafe whole.copy(to: $0) }
    }
    return BootInformation(
      header: header,
      commandLine: BootBytes(stringAt: header.commandLineAddress),
      modules: BootModules(
        listAddress: header.moduleListAddress, count: Int(header.moduleCount)))
  }
}
