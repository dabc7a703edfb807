// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// PM: nodes of the control domain, which the second party makes.
extension Case {
  static var foreignPermissions: [Case] {
    [
      Case("PM-13", .mandatory, .text, "READ of another's private node gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "secret", "n0")
        try bench.read(path).refused("EACCES")
        return .pass
      },
      Case(
        "PM-14", .declared, .daemons,
        "what READ of a missing node below an unreadable one gets: EACCES tells nothing of others' nodes"
      ) { (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "secret", "n0")
        return .measured(try bench.read("\(path)/missing").refused())
      },
      Case("PM-15", .mandatory, .text, "wN lets the guest write, and not read") {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "theirs", "n0 w\(bench.domain)")
        try bench.write(path, "ours").ok()
        try bench.read(path).refused("EACCES")
        return .pass
      },
      Case("PM-16", .mandatory, .text, "rN lets the guest read, and not write") {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "theirs", "n0 r\(bench.domain)")
        try bench.read(path).equals("theirs")
        try bench.write(path, "ours").refused("EACCES")
        try bench.read(path).equals("theirs")
        return .pass
      },
      Case("PM-17", .mandatory, .text, "bN lets the guest read and write") {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "theirs", "n0 b\(bench.domain)")
        try bench.write(path, "ours").ok()
        try bench.read(path).equals("ours")
        return .pass
      },
      Case("PM-18", .mandatory, .text, "nN keeps the guest out of a node that all others may read")
      {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "theirs", "r0 n\(bench.domain)")
        try bench.read(path).refused("EACCES")
        return .pass
      },
      Case("PM-24", .shared, .daemons, "GET_PERMS of an unreadable node gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "secret", "n0")
        try bench.permissions(path).refused("EACCES")
        return .pass
      },
      Case(
        "PM-26", .declared, .daemons,
        "who owns a node that the guest makes in a directory of the control domain"
      ) { (bench: Bench) throws(CaseEnd) in
        let path = try bench.secondParty().node("x", "", "n0 b\(bench.domain)")
        try bench.write("\(path)/child", "1").ok()
        let entries = try bench.permissions("\(path)/child").value().strings()
        return .measured(named(entries, bench))
      },
    ]
  }
}
