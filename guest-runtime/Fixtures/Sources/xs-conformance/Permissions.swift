// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// PM: who may do what, as one guest sees it.
extension Case {
  static var permissions: [Case] {
    [
      Case(
        "PM-01", .mandatory, .text,
        "permissions are a letter of n, r, w, b and a number, a NUL after each"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let entries = try bench.permissions(bench.at("x")).value().strings()
        try require(!entries.isEmpty, "there is no entry")
        for entry in entries {
          let letter = entry.first ?? 0
          try require(
            bytes("nrwb").contains(letter) && Array(entry.dropFirst()).decimal != nil,
            "an entry is \"\(entry)\"")
        }
        return .pass
      },
      Case(
        "PM-02", .declared, .daemons, "what permissions a new node gets below a node of the guest's"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let entries = try bench.permissions(bench.at("x")).value().strings()
        return .measured(named(entries, bench))
      },
      Case("PM-03", .mandatory, .text, "GET_PERMS gives the list of SET_PERMS, in its order") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let list: GuestText = "n\(bench.domain)\0r0\0"
        try bench.setPermissions(bench.at("x"), list).ok()
        try bench.permissions(bench.at("x")).equals(list)
        return .pass
      },
      Case(
        "PM-04", .mandatory, .text,
        "a guest that gives its node away gets an error, and stays the owner"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let before = try bench.permissions(bench.at("x")).value()
        let word = try bench.setPermissions(bench.at("x"), "b0\0b\(bench.domain)\0").refused()
        try bench.permissions(bench.at("x")).equals(before)
        return .measured(word)
      },
      Case("PM-05", .mandatory, .text, "SET_PERMS of another's node gets an error") {
        (bench: Bench) throws(CaseEnd) in
        let before = try bench.permissions("name").value()
        let word = try bench.setPermissions("name", "b\(bench.domain)\0").refused()
        try bench.permissions("name").equals(before)
        return .measured(word)
      },
      Case("PM-06", .shared, .daemons, "SET_PERMS of entries that are none gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        for list: GuestText in ["x3\0", "r\0", "\0"] {
          let reply = try bench.setPermissions(bench.at("x"), list)
          try require(reply.isError("EINVAL"), "the entry \"\(list)\" gets \(reply.word)")
        }
        return .pass
      },
      Case("PM-07", .mandatory, .text, "SET_PERMS without entries gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.setPermissions(bench.at("x"), "").refused("EINVAL")
        return .pass
      },
      Case("PM-08", .declared, .daemons, "how many entries a node can have, up to 32") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        var list: GuestText = "n\(bench.domain)\0"
        for count in 2...32 {
          list = "\(list)r0\0"
          let reply = try bench.setPermissions(bench.at("x"), list)
          if reply.error != nil { return .measured("\(count - 1), then \(reply.word)") }
        }
        return .measured("32 and more")
      },
      Case(
        "PM-09", .mandatory, .paths, "WRITE of the nodes that the guest may only read gets EACCES"
      ) {
        (bench: Bench) throws(CaseEnd) in
        for path: GuestText in ["name", "domid"] {
          let before = try bench.read(path).value()
          try bench.write(path, "mine").refused("EACCES")
          try bench.read(path).equals(before)
        }
        return .pass
      },
      Case("PM-10", .mandatory, .paths, "RM of a node that the guest may only read gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        try bench.remove("name").refused("EACCES")
        _ = try bench.read("name").value()
        return .pass
      },
      Case(
        "PM-11", .mandatory, .paths, "WRITE below a node that the guest may only read gets EACCES"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write("cts-below-home", "1").refused("EACCES")
        try bench.write("name/below", "1").refused("EACCES")
        try bench.make("cts-below-home").refused("EACCES")
        return .pass
      },
      Case("PM-12", .mandatory, .paths, "what libxl keeps for itself cannot be read") {
        (bench: Bench) throws(CaseEnd) in
        try bench.read("/libxl/\(bench.domain)/type").refused("EACCES", or: "ENOENT")
        return .pass
      },
      Case("PM-19", .mandatory, .text, "an owner with the letter n has full access") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0").ok()
        try bench.write(bench.at("x"), "2").ok()
        try bench.read(bench.at("x")).equals("2")
        try bench.write(bench.at("x/y"), "3").ok()
        return .pass
      },
      Case("PM-20", .shared, .daemons, "a new child gets the entries of its parent") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0r0\0").ok()
        try bench.write(bench.at("x/child"), "1").ok()
        try bench.permissions(bench.at("x/child")).equals("n\(bench.domain)\0r0\0")
        return .pass
      },
      Case(
        "PM-21", .mandatory, .text, "SET_PERMS in a transaction that is given up changes nothing"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let before = try bench.permissions(bench.at("x")).value()
        let id = try bench.begin()
        try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0r0\0", in: id).ok()
        try bench.end(id, commit: false).ok()
        try bench.permissions(bench.at("x")).equals(before)
        return .pass
      },
      Case("PM-22", .declared, .daemons, "what becomes of an entry for a domain that there is not")
      {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        let reply = try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0r31999\0")
        if reply.error != nil { return .measured(reply.word) }
        let entries = try bench.permissions(bench.at("x")).value().strings()
        return .measured(entries.count == 2 ? "kept" : "dropped")
      },
      Case(
        "PM-25", .declared, .daemons, "what MKDIR says of a node that exists and may only be read"
      ) {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.make("name").word)
      },
    ]
  }

  /// Permissions with N for this domain's number.
  static func named(_ entries: [[UInt8]], _ bench: Bench) -> GuestText {
    var text: GuestText = ""
    for entry in entries {
      let domain = Array(entry.dropFirst())
      text =
        "\(text)\(Array(entry.prefix(1)))\(domain == bench.domain.bytes ? bytes("N") : domain) "
    }
    return "\(text.bytes.dropLast().map { $0 })"
  }
}
