// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// libxenguest's work on one new domain: its memory, the image in it, start info, the first vCPU.
///
/// C name: `xc_dom_image`.
final class ImageLoad {
  private let image: UnsafeMutablePointer<xc_dom_image>
  private let map: UnsafeMutableBufferPointer<e820entry>
  private let host: ControlDomain
  private let configuration: DomainConfiguration

  init(
    _ files: DomainImage, _ configuration: DomainConfiguration, plan: MemoryPlan,
    host: ControlDomain
  ) throws(ToolstackError) {
    guard let image = xc_dom_allocate(host.control, configuration.commandLine, nil) else {
      throw ToolstackError(.other, "no memory to load an image with", log: host.log.text)
    }
    self.image = image
    self.host = host
    self.configuration = configuration
    map = .allocate(capacity: plan.map.count)
    _ = map.initialize(from: plan.map)
    pvh_image_is_hvm(image)
    image.pointee.device_model = false
    image.pointee.max_vcpus = UInt32(configuration.vcpuCount)
    image.pointee.target_pages = UInt(plan.pageCount)
    image.pointee.mmio_start = MemoryPlan.holeStart
    image.pointee.mmio_size = 1 << 32 - MemoryPlan.holeStart
    image.pointee.lowmem_end = plan.lowEnd
    image.pointee.highmem_end = plan.highEnd
    image.pointee.e820 = map.baseAddress
    image.pointee.e820_entries = UInt32(map.count)
    try step(xc_dom_kernel_file(image, files.kernel.path), "reading the image")
    if let module = files.module {
      try step(xc_dom_module_file(image, module.path, nil), "reading the module")
    }
  }

  deinit {
    xc_dom_release(image)
    map.deallocate()
  }

  /// Fills the domain; its first vCPU then stands at the image's entry.
  func fill(_ empty: EmptyDomain, plan: MemoryPlan) throws(ToolstackError) {
    let id = empty.domain.id.rawValue
    image.pointee.console_evtchn = empty.consolePort
    image.pointee.xenstore_evtchn = empty.storePort
    image.pointee.console_domid = 0
    image.pointee.xenstore_domid = 0
    try step(xc_dom_boot_xen_init(image, host.control, id), "preparing to load")
    try step(xc_dom_parse_image(image), "reading the image's headers")
    // xc_dom_mem_init would do both, and for whole MiB only.
    try step(xc_dom_set_arch_hooks(image), "choosing the way of a PVH guest")
    image.pointee.total_pages = UInt(plan.pageCount)
    try step(xc_dom_boot_mem_init(image), "giving the domain its memory")
    try step(
      xc_domain_set_memory_map(host.control, id, map.baseAddress, UInt32(map.count)),
      "telling Xen the memory map")
    try step(xc_dom_build_image(image), "loading the image")
    try step(xc_dom_boot_image(image), "preparing the first vCPU")
    try step(xc_dom_gnttab_init(image), "granting the console and xenstore pages")
  }

  /// The guest's page for xenstore, a frame number.
  var storeFrame: UInt { image.pointee.xenstore_pfn }
  /// The guest's page for its console, a frame number.
  var consoleFrame: UInt { image.pointee.console_pfn }

  private func step(_ status: Int32, _ what: String) throws(ToolstackError) {
    guard status != 0 else { return }
    throw host.diagnosis(of: configuration, "libxenguest failed at \(what)")
  }
}
