// SPDX-License-Identifier: Apache-2.0

import CXenLight
import XenDomainModel

/// An image as libxenguest understands it, loaded into memory of this process.
final class LoadedImage {
  /// C name: `xc_dom_image`.
  private let image: UnsafeMutablePointer<xc_dom_image>
  /// Frames of the domain that it occupies.
  let frames: Range<Int>
  /// Where its first vCPU starts.
  let entry: UInt32
  /// Whether it may be an operating system, which looks for ACPI tables and for its vCPUs' arrangement.
  ///
  /// Guests of this project's runtime use neither, and say in a note (C name:
  /// `XEN_ELFNOTE_GUEST_OS`) that they are such.
  let expectsPlatform: Bool
  private let start: UnsafeMutableRawPointer

  /// Reads an image for a domain.
  ///
  /// - Throws: what libxenguest does not like; nothing of Xen is touched.
  init(_ bytes: UnsafeRawBufferPointer, for configuration: DomainConfiguration, host: ControlDomain)
    throws(ToolstackError)
  {
    guard let image = xc_dom_allocate(host.control, nil, nil) else {
      throw ToolstackError(.other, "no memory for libxenguest", log: host.log.text)
    }
    do throws(ToolstackError) {
      guard pvh_image_parse(image, bytes.baseAddress, bytes.count) == 0 else {
        throw host.diagnosis(of: configuration, "libxenguest cannot read the image")
      }
      guard !pvh_image_is_firmware(image) else {
        throw ToolstackError(
          .imageRejected,
          "the image has no PVH entry note, which says where a domain starts: add one with "
            + "'pvh note add'", log: host.log.text)
      }
      guard let start = pvh_image_load(image, UInt64(configuration.memoryKiB / 4)) else {
        throw host.diagnosis(of: configuration, "libxenguest cannot load the image")
      }
      self.start = start
    } catch {
      xc_dom_release(image)
      throw error
    }
    self.image = image
    let first = Int(image.pointee.kernel_seg.vstart) / DomainLayout.pageSize
    let end = DomainLayout.pages(Int(image.pointee.kernel_seg.vend))
    frames = first..<end
    expectsPlatform = xc_dom_guest_os(image).map { String(cString: $0) } != "PVHKit"
    entry = UInt32(truncatingIfNeeded: xc_dom_virt_entry(image))
  }

  deinit {
    xc_dom_release(image)
  }

  /// The loaded bytes, whole pages.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: frames.count * DomainLayout.pageSize)
  }
}
