// SPDX-License-Identifier: Apache-2.0

import Testing
import XenToolstack

@Suite struct XLConfigurations {
  @Test func readsWhatADomainIsToBe() throws {
    let configuration = try read(
      """
      # The web server.
      name = "web"
      type = 'pvh'; kernel = "web.pvh"
      ramdisk = "site.tar"
      memory = 16
      maxmem = 0x10
      vcpus = "2"
      maxvcpus = 2
      tsc_mode = "native"
      cmdline = "port=80 \\"quoted\\"" # disk = ["x"]
      on_poweroff = "destroy"
      on_reboot = "preserve"
      on_crash = "preserve"
      disk = []
      vif = [ ]
      """)
    #expect(configuration.name == "web")
    #expect(configuration.kernel == "web.pvh")
    #expect(configuration.ramdisk == "site.tar")
    #expect(configuration.memoryKiB == 16384)
    #expect(configuration.vcpuCount == 2)
    #expect(configuration.nativeTimestampCounter == true)
    #expect(configuration.commandLine == #"port=80 "quoted""#)
    #expect(configuration.onPowerOff == .destroy)
    #expect(configuration.onReboot == .preserve)
    #expect(configuration.onCrash == .preserve)
    #expect(configuration.remarks.isEmpty)
  }

  @Test func whatIsNotSaidIsNil() throws {
    let configuration = try read(Self.least)
    #expect(configuration.kernel == "k")
    #expect(configuration.name == nil)
    #expect(configuration.ramdisk == nil)
    #expect(configuration.memoryKiB == nil)
    #expect(configuration.vcpuCount == nil)
    #expect(configuration.commandLine == nil)
    #expect(configuration.nativeTimestampCounter == nil)
    #expect(configuration.onPowerOff == nil)
  }

  @Test(arguments: [
    ("root = \"/dev/x\"", "root=/dev/x"), ("extra = \"a\"", "a"),
    ("root = \"x\"\nextra = \"a\"\nextra += \" b\"", "root=x a b"), ("cmdline = \"\"", ""),
  ])
  func aCommandLineHasItsParts(text: String, line: String) throws {
    #expect(try read(Self.least + text).commandLine == line)
  }

  @Test func cmdlineComesBeforeItsParts() throws {
    let configuration = try read(Self.least + "extra = \"a\"\ncmdline = \"b\"\n")
    #expect(configuration.commandLine == "b")
    #expect(configuration.remarks == ["x.cfg:3: extra has no effect, as cmdline is given"])
  }

  @Test(arguments: [
    ("format=raw, vdev=xvda, access=rw, target=/a,b.img", "/a,b.img", "xvda", false),
    ("/a.img,raw,xvdb,ro", "/a.img", "xvdb", true),
    ("/dev/vg/a,,xvdc,r", "/dev/vg/a", "xvdc", true),
    ("phy:/dev/a,xvdd,w", "/dev/a", "xvdd", false), ("file:/a.img,xvde,w", "/a.img", "xvde", false),
    ("/a.img,raw,51952", "/a.img", "xvdp", false),
  ])
  func readsADisk(text: String, path: String, name: String, isReadOnly: Bool) throws {
    let disk = DomainDisk(
      path: path, name: try #require(DiskName(name)), isReadOnly: isReadOnly)
    #expect(try read(Self.least + "disk = [ '\(text)' ]\n").disks == [disk])
  }

  @Test func readsInterfaces() throws {
    let vif = "vif = [ '', ' mac=00:16:3e:00:00:07 , bridge = lan, ip=10.0.0.2/24,type=vif' ]\n"
    #expect(
      try read(Self.least + vif).interfaces == [
        InterfaceSpec(),
        InterfaceSpec(
          bridge: "lan", mac: MACAddress("00:16:3e:00:00:07"),
          address: InterfaceAddress("10.0.0.2/24")),
      ])
  }

  @Test func ofTwoSettingsTheLastCounts() throws {
    #expect(try read(Self.least + "memory = 1\nmemory = 2\n").memoryKiB == 2048)
  }

  @Test(arguments: [
    ("type = \"hvm\"\nkernel = \"k\"", "x.cfg:1: type is \"hvm\""),
    ("type = [ \"pvh\" ]\nkernel = \"k\"", "x.cfg:1: type is a list"),
    ("kernel = \"k\"", "x.cfg does not say of which type"),
    ("kernel = \"k\"\nbuilder = \"hvm\"", "x.cfg:2: builder is what xl had before type"),
    ("kernel = \"k\"\npvh = 1", "x.cfg:2: pvh is what xl had before type"),
    ("type = \"pvh\"", "x.cfg names no image: add kernel ="),
  ])
  func refusesOtherDomains(text: String, words: String) {
    expectRefusal(text, words)
  }

  @Test(arguments: [
    ("acpi = 1", "x.cfg:3: acpi is not a setting"),
    ("memory=1; acpi=1", "x.cfg:3: acpi is not a setting"),
    ("\n\t acpi\t +=\"1\"", "x.cfg:4: acpi is not a setting"),
    ("memory.max = 1", "x.cfg:3: memory.max is not a setting"),
    ("b = [\n 'c=1',\n]\na = 1", "x.cfg:3: b is not a setting"),
    ("b = []\na = 1", "(and so with a on line 4)"),
    ("uuid = \"x\"", "x.cfg:3: uuid cannot be chosen: pvh gives each domain a new identity"),
    ("bootloader = \"pygrub\"", "name the image, kernel = \"FILE\""),
    ("pci = [ '01:00.0' ]", "x.cfg:3: pci gives the domain devices: such domains have disks"),
    ("vif = 'bridge=xenbr0'", "x.cfg:3: vif is no list"),
    ("vif = [ 'bridge' ]", "x.cfg:3: vif has \"bridge\": \"bridge\" has no value"),
    ("vif = [ 'mac=1' ]", "six bytes in hexadecimal"),
    ("vif = [ 'ip=10.0.0.2' ]", "such as 10.0.0.2/24"),
    ("vif = [ 'type=ioemu' ]", "is for guests with emulated devices"),
    ("vif = [ 'script=vif-nat' ]", "pvh understands mac, bridge, ip and type, not script"),
    (
      "vif = [ 'mac=00:16:3e:00:00:01', 'mac=00:16:3e:00:00:01' ]",
      "two interfaces are both to have the hardware address"
    ),
    ("disk = \"a\"", "x.cfg:3: disk is no list"),
    ("disk = [ 'format=raw,vdev=hda,target=/a' ]", "the disk's name \"hda\" is not usable"),
    ("disk = [ 'format=qcow2,vdev=xvda,target=/a' ]", "is no raw file or block device"),
    ("disk = [ '/a,raw,xvda,rw', '/b,raw,xvda,rw' ]", "/a and /b are both to be xvda"),
    ("disk = [ 'format=raw,vdev=xvda,devtype=cdrom,target=/a' ]", "is a CD-ROM"),
    ("disk = [ 'format=raw,vdev=xvda,backendtype=qdisk,target=/a' ]", "wants another backend"),
    ("disk = [ 'format=raw,vdev=xvda,script=block-x,target=/a' ]", "wants another backend"),
    ("disk = [ 'format=raw,vdev=xvda,backend=driver,target=/a' ]", "wants another backend"),
    ("disk = [ '/a,raw,xvda,rw,never=1' ]", "which xl does not take"),
    ("disk = [ [ '/a' ] ]", "has an element 1 that is no string"),
    ("memory = \"lots\"", "x.cfg:3: memory is \"lots\": give it a number from 1 to"),
    ("memory = 0", "x.cfg:3: memory is \"0\""),
    ("memory = 99999999999999999999", "x.cfg:3: memory is \"9999"),
    ("memory = 1\nmaxmem = 2", "x.cfg:4: maxmem is 2 and memory 1"),
    ("vcpus = 129", "x.cfg:3: vcpus is \"129\": give it a number from 1 to 128"),
    ("maxvcpus = 2", "x.cfg:3: maxvcpus is 2 and vcpus 1"),
    ("tsc_mode = \"always_emulate\"", "x.cfg:3: tsc_mode is \"always_emulate\""),
    ("on_crash = \"coredump-restart\"", "x.cfg:3: on_crash is \"coredump-restart\": pvh can do"),
    ("on_poweroff = \"restart\"\non_crash = \"destroy\"", "x.cfg:3: on_poweroff is \"restart\""),
    ("on_crash = \"explode\"", "xl knows destroy, preserve, restart"),
    ("name = [ \"a\" ]", "x.cfg:3: name is a list"),
  ])
  func refusesTheSetting(text: String, words: String) {
    expectRefusal(Self.least + text, words)
  }

  /// What was read can be changed, and what comes of that is judged like a file.
  @Test func interfacesThatCannotBeMakeNoDomain() throws {
    var file = try read(Self.least + "vif = [ 'mac=00:16:3e:00:00:01', 'bridge=lan' ]")
    #expect(try DomainConfiguration(file, name: "a").interfaces.map(\.bridge) == ["xenbr0", "lan"])
    file.interfaces[1].mac = file.interfaces[0].mac
    let error = #expect(throws: ToolstackError.self) { try DomainConfiguration(file, name: "a") }
    #expect(error?.kind == .badConfiguration)
    #expect(error?.message.contains("the hardware address 00:16:3e:00:00:01") == true)
  }

  static let least = "type = \"pvh\"\nkernel = \"k\"\n"

  private func read(_ text: String) throws -> XLConfiguration {
    try XLConfiguration(parsing: Array(text.utf8), file: "x.cfg")
  }

  private func expectRefusal(_ text: String, _ words: String) {
    let error = #expect(throws: ToolstackError.self) { try read(text) }
    #expect(error?.kind == .badConfiguration)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "no error")")
  }
}
