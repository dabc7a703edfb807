// SPDX-License-Identifier: Apache-2.0

import CGuestSupport

/// What CPUID says about the hypervisor.
///
/// Source: `xen/include/public/arch-x86/cpuid.h`.
enum Hypervisor {
  /// Whether Xen is there.
  static var isXen: Bool { base != nil }

  /// The number of this domain; `DOMID_SELF` where Xen does not say.
  static var domainID: UInt16 {
    guard let base else { return 0x7ff0 }
    let answer = guest_cpuid(base + 4, 0)
    let isValid = answer.eax & (1 << 4) != 0
    return isValid ? UInt16(truncatingIfNeeded: answer.ecx) : 0x7ff0
  }

  /// The first of Xen's leaves. They are higher up when Xen shows Viridian leaves as well.
  private static var base: UInt32? {
    for leaf in stride(from: UInt32(0x4000_0000), to: 0x4001_0000, by: 0x100) {
      let answer = guest_cpuid(leaf, 0)
      // "XenVMMXenVMM"
      if answer.ebx == 0x566e_6558, answer.ecx == 0x6558_4d4d, answer.edx == 0x4d4d_566e {
        return leaf
      }
    }
    return nil
  }
}
