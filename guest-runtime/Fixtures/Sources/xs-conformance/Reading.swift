// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// RW: values, and nodes that come and go.
extension Case {
  static var reading: [Case] {
    [
      Case("RW-01", .mandatory, .text, "READ gives the bytes of WRITE, and no NUL after them") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "value").ok()
        try bench.read(bench.at("x")).equals("value")
        return .pass
      },
      Case("RW-02", .mandatory, .text, "a value may have all 256 byte values") {
        (bench: Bench) throws(CaseEnd) in
        let value = (0..<256).map { UInt8($0) }
        try bench.ask(.write, bench.at("x\0").bytes + value).ok()
        try bench.read(bench.at("x")).equals(value)
        return .pass
      },
      Case("RW-03", .mandatory, .text, "an empty value is read with length 0") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "").ok()
        try bench.read(bench.at("x")).equals("")
        return .pass
      },
      Case("RW-04", .mandatory, .text, "a short value after a long one is read with its own length")
      {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.write, bench.at("x\0").bytes + [UInt8]("long ", count: 500)).ok()
        try bench.write(bench.at("x"), "s").ok()
        try bench.read(bench.at("x")).equals("s")
        return .pass
      },
      Case("RW-05", .mandatory, .text, "WRITE makes the missing parents, with empty values") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a/b/c"), "1").ok()
        try bench.read(bench.at("a")).equals("")
        try bench.read(bench.at("a/b")).equals("")
        return .pass
      },
      Case("RW-06", .shared, .daemons, "READ of a missing node gets ENOENT") {
        (bench: Bench) throws(CaseEnd) in
        try bench.read(bench.at("missing")).refused("ENOENT")
        return .pass
      },
      Case("RW-07", .shared, .daemons, "a value of 1900 bytes fits") {
        (bench: Bench) throws(CaseEnd) in
        let value = [UInt8]("v", count: 1900)
        try bench.ask(.write, bench.at("x\0").bytes + value).ok()
        try bench.read(bench.at("x")).equals(value)
        return .pass
      },
      Case("RW-08", .declared, .daemons, "the longest value of a node, and the error beyond it") {
        (bench: Bench) throws(CaseEnd) in
        let path = bench.at("x\0").bytes
        var (fits, fails) = (0, 4096 - path.count + 1)
        var error: GuestText = "payload limit"
        while fails - fits > 1 {
          let length = (fits + fails) / 2
          let reply = try bench.ask(.write, path + [UInt8]("v", count: length))
          if reply.error == nil {
            fits = length
          } else {
            (fails, error) = (length, reply.word)
          }
        }
        return .measured("\(fits) bytes, then \(error)")
      },
      Case("RW-09", .mandatory, .daemons, "a WRITE that is refused leaves the old value") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "old").ok()
        let path = bench.at("x\0").bytes
        let reply = try bench.ask(.write, path + [UInt8]("v", count: 4096 - path.count))
        guard reply.error != nil else { return .skip("a value that fills its message is taken") }
        try bench.read(bench.at("x")).equals("old")
        return .pass
      },
      Case("RW-10", .mandatory, .text, "MKDIR makes a node with an empty value") {
        (bench: Bench) throws(CaseEnd) in
        try bench.make(bench.at("x")).ok()
        try bench.read(bench.at("x")).equals("")
        return .pass
      },
      Case("RW-11", .mandatory, .text, "MKDIR of a node that exists leaves its value") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "kept").ok()
        try bench.make(bench.at("x")).ok()
        try bench.read(bench.at("x")).equals("kept")
        return .pass
      },
      Case("RW-12", .mandatory, .text, "MKDIR makes the missing parents") {
        (bench: Bench) throws(CaseEnd) in
        try bench.make(bench.at("a/b/c")).ok()
        try bench.read(bench.at("a/b")).equals("")
        return .pass
      },
      Case("RW-13", .mandatory, .text, "RM takes a node and all below it, and nothing else") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("sibling"), "1").ok()
        for number in 0..<20 { try bench.write(bench.at("top/\(number % 4)/\(number)"), "1").ok() }
        try bench.remove(bench.at("top")).ok()
        for number in 0..<20 {
          try bench.read(bench.at("top/\(number % 4)/\(number)")).refused("ENOENT")
        }
        try bench.read(bench.at("top")).refused("ENOENT")
        try bench.read(bench.at("sibling")).equals("1")
        return .pass
      },
      Case("RW-14", .mandatory, .text, "RM of a missing node is no error if its parent exists") {
        (bench: Bench) throws(CaseEnd) in
        try bench.remove(bench.at("missing")).ok()
        return .pass
      },
      Case(
        "RW-15", .mandatory, .text, "RM of a missing node is an error if its parent is missing, too"
      ) {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.remove(bench.at("missing/too")).refused())
      },
      Case("RW-16", .shared, .daemons, "RM of the root gets an error") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.remove("/").refused())
      },
      Case("RW-17", .mandatory, .paths, "RM of the guest's own home gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.remove("/local/domain/\(bench.domain)")
        try reply.refused("EACCES")
        _ = try bench.read("name").value()
        return .pass
      },
      Case(
        "RW-26", .mandatory, .text, "GET_DOMAIN_PATH of the own number is /local/domain/N and a NUL"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.domainPath, "\(bench.domain)\0").equals("/local/domain/\(bench.domain)\0")
        return .pass
      },
      Case("RW-27", .declared, .text, "what GET_DOMAIN_PATH says of a domain that there is not") {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.ask(.domainPath, "32000\0")
        return .measured(reply.error == nil ? "a path" : reply.word)
      },
      Case("RW-28", .shared, .daemons, "GET_DOMAIN_PATH without a number gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.domainPath, "").refused("EINVAL")
        return .pass
      },
      Case("RW-29", .shared, .daemons, "WRITE without a NUL after the path gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.write, bench.at("x")).refused("EINVAL")
        return .pass
      },
    ]
  }
}
