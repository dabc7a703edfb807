// SPDX-License-Identifier: Apache-2.0

public import DomainModel

extension DomainConfiguration {
  /// What a file of xl describes, whose `kernel` and `ramdisk` are for the caller to read.
  ///
  /// `name` and `memoryKiB` stand for what the file leaves out.
  public init(_ file: XLConfiguration, name: String, memoryKiB: Int = 16 << 10) {
    self.init(
      name: file.name ?? name, commandLine: file.commandLine ?? "",
      memoryKiB: file.memoryKiB ?? memoryKiB, vcpuCount: file.vcpuCount ?? 1,
      nativeTimestampCounter: file.nativeTimestampCounter ?? false)
  }
}
