// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// The archive for people without this repository: built twice the same, used in dom0 with xl and plain sh.
@Suite(.lab) struct FixtureKitTests {
  @Test func isUsedInDom0() throws {
    let folder = try ScratchFolder()
    var archives: [Data] = []
    for name in ["one", "two"] {
      let out = folder.url.appending(path: name)
      let made = try PVHCommand(
        [Checkout.root.appending(path: "tools/release").path, "--no-build", out.path],
        program: URL(filePath: "/usr/bin/env")
      ).finish()
      try #require(made.status == 0, "\(made.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
      #expect(files.count == 2 && files.contains { $0.hasSuffix("_all.deb") }, "\(files)")
      let archive = try #require(files.first { $0.hasSuffix(".tar.gz") })
      archives.append(try Data(contentsOf: out.appending(path: archive)))
      for file in files where file.hasSuffix(".deb") {
        let list = try PVHCommand(
          ["dpkg-deb", "--contents", out.appending(path: file).path],
          program: URL(filePath: "/usr/bin/env")
        ).finish().text
        #expect(list.contains("/usr/share/pvhkit/fixtures/elf/idle.elf"))
        #expect(list.contains("/usr/share/pkgconfig/pvhkit-fixtures.pc"))
      }
    }
    #expect(archives[0] == archives[1])

    let labs = try StandingLabs()
    try labs.start("kit")
    let file = try folder.file("kit.tar.gz", archives[0])
    try labs.copy(file, to: "/root/kit.tar.gz", in: "kit")
    let result = try labs.pvh(
      "lab", "exec", "kit", "--", "sh", "-c",
      """
      cd /root; tar xzf kit.tar.gz; cd pvhkit-*; kit=$PWD
      sh install /opt/kit; cd /
      for test in "hello-exit code=0" "hello-exit code=1" "hello-exit code=77" \\
        "report want-memory=16" "hello-exit cod=1" "no-console"; do
        set -- $test; name=$1; shift
        /opt/kit/bin/test-pvh-$name "$@" >/tmp/out 2>/dev/null; echo "$name $* $?"
      done
      grep -c '"r":"pass"' /tmp/out
      PVH_TIMEOUT=2 /opt/kit/bin/test-pvh-hello-exit after=60000 >/dev/null 2>&1; echo "slow $?"
      xl=$(command -v xl); mv $xl /xl; /opt/kit/bin/test-pvh-report 2>/dev/null; echo "no xl $?"; mv /xl $xl
      xl create -q /opt/kit/xl/shutdown-ack.cfg && xl shutdown -w shutdown-ack >/dev/null 2>&1
      echo "template $?"; xl list | wc -l
      echo damage >>$kit/elf/idle.elf; sh $kit/install /opt/other 2>/dev/null
      echo "damaged $?"; ls /opt
      """)
    #expect(
      result.text == """
        installed in /opt/kit
        hello-exit code=0 0
        hello-exit code=1 1
        hello-exit code=77 77
        report want-memory=16 0
        hello-exit cod=1 99
        no-console  0
        0
        slow 99
        no xl 77
        template 0
        2
        damaged 1
        kit

        """, "\(result.errors)")
  }
}
