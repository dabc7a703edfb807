// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Whether this machine controls a Xen.
enum ControlDomain {
  /// Linux says so where xenfs is mounted. Source: Linux, `drivers/xen/xenfs/super.c`.
  static var isHere: Bool {
    let file: FilePath = "/proc/xen/capabilities"
    guard File.exists(file), let content = try? File.read(file, limit: 4096) else { return false }
    return String(decoding: content, as: UTF8.self).contains("control_d")
  }
}
