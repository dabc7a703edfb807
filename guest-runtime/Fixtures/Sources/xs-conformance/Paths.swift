// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// PA: names of nodes.
extension Case {
  static var paths: [Case] {
    [
      Case("PA-01", .mandatory, .text, "a relative path lies below /local/domain/N") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "seen").ok()
        try bench.read(bench.absolute(bench.at("x"))).equals("seen")
        return .pass
      },
      Case(
        "PA-02", .mandatory, .text, "names are of letters, digits, hyphen, underscore and @"
      ) { (bench: Bench) throws(CaseEnd) in
        let name: GuestText = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_a@b"
        try bench.write(bench.at(name), "1").ok()
        try bench.list(bench.folder).equals("\(name)\0")
        return .pass
      },
      Case("PA-03", .mandatory, .text, "a name with any other byte gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        for byte in [UInt8](1...127) + [0x80, 0xc3, 0xff] where !isLegal(byte) {
          let reply = try bench.ask(.write, bench.at("a").bytes + [byte] + bytes("b\0value"))
          try require(reply.isError("EINVAL"), "a name with the byte \(byte) gets \(reply.word)")
        }
        return .pass
      },
      Case("PA-04", .mandatory, .text, "a path that ends with a slash gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x/"), "1").refused("EINVAL")
        try bench.read("\(bench.folder)/").refused("EINVAL")
        return .pass
      },
      Case("PA-05", .mandatory, .text, "a path with a double slash gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a//b"), "1").refused("EINVAL")
        return .pass
      },
      Case("PA-06", .shared, .text, "the empty path gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.read("").refused("EINVAL")
        try bench.write("", "1").refused("EINVAL")
        return .pass
      },
      Case("PA-07", .mandatory, .text, "there is no . and no .. in paths: EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.read(bench.at(".")).refused("EINVAL")
        try bench.read(bench.at("../x")).refused("EINVAL")
        return .pass
      },
      Case("PA-08", .declared, .daemons, "with which error READ of @releaseDomain is refused") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.read("@releaseDomain").refused())
      },
      Case(
        "PA-09", .declared, .daemons, "what GET_PERMS says of @releaseDomain"
      ) { (bench: Bench) throws(CaseEnd) in
        .measured(try bench.permissions("@releaseDomain").word)
      },
      Case("PA-10", .mandatory, .wire, "a relative path of 2047 bytes can be written") {
        (bench: Bench) throws(CaseEnd) in
        let path = longPath(bench, 2047)
        try bench.write(path, "far").ok()
        try bench.read(path).equals("far")
        return .pass
      },
      Case("PA-11", .declared, .wire, "what becomes of a relative path of 2048 bytes") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.write(longPath(bench, 2048), "far").word)
      },
      Case("PA-12", .mandatory, .wire, "a relative path of 2049 bytes gets an error") {
        (bench: Bench) throws(CaseEnd) in
        let word = try bench.write(longPath(bench, 2049), "far").refused()
        _ = try bench.read("name").value()
        return .measured(word)
      },
      Case(
        "PA-18", .declared, .wire, "the longest relative path that can be written, up to 2049 bytes"
      ) {
        (bench: Bench) throws(CaseEnd) in
        var (fits, fails) = (100, 2050)
        var error: GuestText = "no error"
        while fails - fits > 1 {
          let length = (fits + fails) / 2
          let reply = try bench.write(longPath(bench, length), "far")
          if reply.error == nil { fits = length } else { (fails, error) = (length, reply.word) }
        }
        return .measured("\(fits) bytes, then \(error)")
      },
      Case("PA-13", .declared, .wire, "what becomes of READ of an absolute path of 3072 bytes") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.read(foreignPath(3072)).word)
      },
      Case("PA-14", .mandatory, .wire, "an absolute path of 3073 bytes gets an error") {
        (bench: Bench) throws(CaseEnd) in
        let word = try bench.read(foreignPath(3073)).refused()
        _ = try bench.read("name").value()
        return .measured(word)
      },
      Case("PA-15", .declared, .daemons, "whether a guest may list the root") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.list("/").word)
      },
      Case(
        "PA-16", .shared, .daemons, "a path of 100 levels can be made, and RM of its top takes all"
      ) {
        (bench: Bench) throws(CaseEnd) in
        var path = bench.at("top")
        for _ in 0..<99 { path = "\(path)/d" }
        try bench.write(path, "deep").ok()
        try bench.read(path).equals("deep")
        try bench.remove(bench.at("top")).ok()
        try bench.read(path).refused("ENOENT")
        try bench.list(bench.folder).equals("")
        return .pass
      },
      Case("PA-17", .shared, .daemons, "/local/domain/0N is not the home of domain N") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "mine").ok()
        try bench.read("/local/domain/0\(bench.domain)/\(bench.at("x"))").refused()
        return .pass
      },
    ]
  }

  private static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "@"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// A path in the case's directory that has exactly so many bytes, its names 100 at most.
  private static func longPath(_ bench: Bench, _ length: Int) -> GuestText {
    "\(fill(bench.folder.bytes, length))"
  }

  /// An absolute path outside of the guest's home that has exactly so many bytes.
  private static func foreignPath(_ length: Int) -> GuestText {
    "\(fill(bytes("/cts-nobody"), length))"
  }

  private static func fill(_ start: [UInt8], _ length: Int) -> [UInt8] {
    var path = start
    var inName = 100
    while path.count < length {
      // A slash is never the last byte.
      if inName == 100, path.count + 1 < length {
        path.append(UInt8(ascii: "/"))
        inName = 0
      } else {
        path.append(UInt8(ascii: "p"))
        inName += 1
      }
    }
    return path
  }
}
