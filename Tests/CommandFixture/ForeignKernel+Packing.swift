// SPDX-License-Identifier: Apache-2.0

import Foundation

extension ForeignKernel {
  /// Packs the kernel with gzip, and puts the result into a Linux boot image if wanted.
  ///
  /// - Returns: The path of the packed file.
  public func packed(inBootImage: Bool) throws -> String {
    let gzip = try PVHCommand(
      ["gzip", "-c", path], program: URL(filePath: "/usr/bin/env")
    ).finish()
    guard gzip.status == 0 else { throw CocoaError(.executableLoad) }
    let file = URL(filePath: path + (inBootImage ? ".bzImage" : ".gz"))
    try (inBootImage ? Self.bootImage(gzip.output) : gzip.output).write(to: file)
    return file.path
  }

  /// Linux's boot sector and setup header, of which only what leads to the packed kernel is filled in.
  ///
  /// Source: Linux, `Documentation/arch/x86/boot.rst`, version 2.15 of the protocol.
  private static func bootImage(_ payload: Data) -> Data {
    var start = Data(count: 5 * 512)
    start[0x1f1] = 4
    start.replaceSubrange(0x202..<0x208, with: Array("HdrS".utf8) + [0x0f, 0x02])
    let size = UInt32(payload.count).littleEndian
    withUnsafeBytes(of: size) { start.replaceSubrange(0x24c..<0x250, with: $0) }
    return start + payload
  }
}

extension ForeignKernel {
  /// Links a kernel at 1 MiB with a segment that has memory only and no flags, as Solo5's script does.
  public static let memoryWithoutFlags = """
    PHDRS {
      note PT_NOTE FLAGS(4);
      text PT_LOAD FLAGS(5);
      data PT_LOAD FLAGS(6);
      unused PT_LOAD FLAGS(0);
    }
    SECTIONS {
      . = 0x100000;
      .note.Xen : { *(.note.Xen) } :text :note
      .text : { *(.text*) } :text
      . = ALIGN(4096);
      .data : { *(.data*) } :data
      .bss : { *(.bss*) } :data
      . = ALIGN(4096);
      .unused (NOLOAD) : { . += 4096; } :unused
    }

    """
}
