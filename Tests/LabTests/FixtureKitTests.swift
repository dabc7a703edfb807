// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What people without this repository get: made twice the same, used in dom0 with xl and plain sh, and
/// by pytest.
@Suite(.lab) struct FixtureKitTests {
  @Test func isUsedWithoutThisRepository() throws {
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
      #expect(files.count == 3 && files.contains { $0.hasSuffix("_all.deb") }, "\(files)")
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
    try tryPlugin(folder.url.appending(path: "one"), in: folder)

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
      /opt/kit/bin/test-xs-conformance only=RW-01,PM-15 >/tmp/out 2>/dev/null
      echo "suite $? $(grep -c '"t":"case".*"r":"pass"' /tmp/out)"
      for suite in "toolstack only=TS-01" "console only=CO-01"; do
        set -- $suite; /opt/kit/bin/test-$1 $2 >/tmp/out 2>/dev/null; echo "$1 $?"
      done
      xl=$(command -v xl); mv $xl /xl; /opt/kit/bin/test-toolstack 2>/dev/null; echo "no xl $?"
      /opt/kit/bin/test-pvh-report 2>/dev/null; echo "no xl $?"; mv /xl $xl
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
        suite 0 2
        toolstack 0
        console 0
        no xl 77
        no xl 77
        template 0
        2
        damaged 1
        kit

        """, "\(result.errors)")
  }

  /// Tests of somebody else, in Python, that pass, fail and are skipped.
  private func tryPlugin(_ release: URL, in folder: borrowing ScratchFolder) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: release.path)
    let wheel = release.appending(path: try #require(files.first { $0.hasSuffix(".whl") })).path
    let site = folder.url.appending(path: "site").path
    let env = URL(filePath: "/usr/bin/env")
    let unpacked = try PVHCommand(["python3", "-m", "zipfile", "-e", wheel, site], program: env)
    #expect(unpacked.finish().status == 0)
    let tests = try folder.file(
      "test_others.py",
      Data(
        """
        def test_good(pvh_guest):
            run = pvh_guest("report", want_memory=16)
            assert "TS-17" not in [case["id"] for case in run.report.failed]

        def test_bad(pvh_guest):
            assert pvh_guest("fault", kind="de").status == 0

        def test_running(pvh_guest):
            with pvh_guest.start("console-echo") as guest:
                guest.send(b"abc\\n\\x04")
                run = guest.finish()
            assert run.status == 0 and b"abc" in run.console

        def test_misspelt(pvh_guest):
            pvh_guest.start("end", hwo="reboot")

        """.utf8))
    let path = Checkout.pvh.deletingLastPathComponent().path + ":/usr/bin:/bin"
    let python = try PVHCommand(["sh", "-c", "command -v python3"], program: env).finish().text
    func pytest(_ search: String) throws -> PVHCommand.Result {
      try PVHCommand(
        ["-m", "pytest", "-rfs", "-p", "no:cacheprovider", tests],
        environment: ["PYTHONPATH": site, "PATH": search, "PYTHONDONTWRITEBYTECODE": "1"],
        folder: folder.url,
        program: URL(filePath: python.trimmingCharacters(in: .newlines))
      ).finish()
    }
    let result = try pytest(path)
    #expect(result.status == 1, "\(result.text) \(result.errors)")
    #expect(result.text.contains("2 failed, 2 passed"), "\(result.text)")
    #expect(result.text.contains("FAILED") && result.text.contains("is it how?"), "\(result.text)")
    let alone = try pytest("/usr/bin:/bin")
    #expect(alone.status == 0, "\(alone.text)")
    #expect(alone.text.contains("4 skipped"), "\(alone.text)")
    #expect(alone.text.contains("there is no Xen here"), "\(alone.text)")
  }
}
