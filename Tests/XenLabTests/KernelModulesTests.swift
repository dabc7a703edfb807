// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct KernelModulesTests {
  private static func modules(_ dependencies: [String: [String]]) -> KernelModules {
    var result = KernelModules()
    result.modules = dependencies.mapValues { .init(content: [], dependencies: $0) }
    return result
  }

  @Test func loadsDependenciesFirstAndOnce() {
    let modules = Self.modules([
      "pci": ["ring", "modern"], "modern": ["ring"], "ring": ["virtio"], "virtio": [],
      "blk": ["ring", "virtio"], "other": [],
    ])
    #expect(
      modules.loadOrder(for: ["pci", "blk"]) == ["virtio", "ring", "modern", "pci", "blk"])
  }

  @Test func namesWhatIsMissing() {
    let modules = Self.modules(["a": ["b"], "b": ["c"]])
    #expect(modules.missing(for: ["a"]) == ["c"])
    #expect(modules.missing(for: ["d"]) == ["d"])
    #expect(modules.missing(for: []) == [])
  }

  @Test func leavesOutWhatIsPartOfTheKernel() {
    var modules = Self.modules(["a": ["virtio_ring"]])
    modules.addBuiltIn(list: Array("kernel/drivers/virtio/virtio-ring.ko\nkernel/b.ko\n".utf8))
    #expect(modules.missing(for: ["a", "b", "c"]) == ["c"])
    #expect(modules.loadOrder(for: ["b", "a"]) == ["a"])
  }

  @Test func tellsModprobeWhatComesBefore() {
    let modules = Self.modules([
      "pci": ["ring", "modern"], "modern": ["ring"], "ring": ["virtio"], "virtio": [],
      "loop": [], "other": [],
    ])
    #expect(
      modules.dependencyFile(for: ["loop", "pci"])
        == """
        loop.ko:
        virtio.ko:
        ring.ko: virtio.ko
        modern.ko: ring.ko virtio.ko
        pci.ko: modern.ko ring.ko virtio.ko

        """)
  }

  @Test func endsOnACycle() {
    let modules = Self.modules(["a": ["b"], "b": ["a"]])
    #expect(modules.loadOrder(for: ["a"]) == ["b", "a"])
    #expect(modules.missing(for: ["a"]) == [])
  }

  @Test func readsModinfo() {
    let section = Array("license=GPL\0depends=virtio-ring,virtio\0name=x\0".utf8)
    #expect(KernelModules.dependencies(modinfo: section[...]) == ["virtio_ring", "virtio"])
    #expect(KernelModules.dependencies(modinfo: Array("depends=\0".utf8)[...]) == [])
    #expect(KernelModules.dependencies(modinfo: []) == [])
  }

  @Test(arguments: [
    ("lib/modules/6.1/kernel/drivers/xen/xen-evtchn.ko", "xen_evtchn"), ("a/b.ko.xz", "b"),
    ("b.ko.zst", "b"), ("modules.dep", nil), ("x.ko.txt", nil), ("", nil),
  ])
  func namesModules(path: String, name: String?) {
    #expect(KernelModules.name(ofPath: path) == name)
  }
}
