// SPDX-License-Identifier: Apache-2.0

/// A version of Xen as Debian packages it.
public struct XenRelease: Hashable, Sendable {
  /// Major and minor number, for example `4.17`.
  public let version: String

  /// Names a version, for example `4.17`; the machine's APT sources must offer it.
  public init(version: String) { self.version = version }

  /// The Xen that the `pvh` of this build is linked against (Debian 12).
  public static var debian12: XenRelease { XenRelease(version: "4.17") }

  /// Package with the hypervisor itself.
  var hypervisorPackage: String { "xen-hypervisor-\(version)-amd64" }

  /// Packages whose files, or whose dependencies' files, dom0 is made of.
  var rootPackages: [String] {
    [
      hypervisorPackage, "xen-utils-\(version)", "xenstore-utils", "linux-image-amd64",
      "busybox-static", "libelf1", "libstdc++6",
    ] + Dom0SecureShell.packages
  }

  /// Folder of Xen's own programs inside the packages and inside dom0.
  var programFolder: String { "usr/lib/xen-\(version)/bin" }
}
