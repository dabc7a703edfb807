// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime

/// FR: requests and answers as messages.
extension Case {
  static var framing: [Case] {
    [
      Case(
        "FR-01", .mandatory, .text,
        "an answer has the request's type, req_id and tx_id"
      ) { (bench: Bench) throws(CaseEnd) in
        try bench.connection.send(Kind.read.rawValue, bytes("name\0"), 0x1234_5678)
        let reply = try bench.connection.answer(to: 0x1234_5678, .read)
        _ = try reply.value()
        try require(
          reply.frame.transaction == 0, "tx_id is \(reply.frame.transaction) without a transaction")
        return .pass
      },
      Case(
        "FR-02", .mandatory, .text,
        "an error has type 16, the request's req_id, and a name with a NUL"
      ) { (bench: Bench) throws(CaseEnd) in
        let reply = try bench.read(bench.at("missing"))
        try reply.refused()
        try require(
          reply.frame.payload == bytes("ENOENT\0"),
          "the payload is \(reply.frame.payload.count) bytes \"\(reply.frame.payload)\"")
        return .pass
      },
      Case(
        "FR-03", .mandatory, .text,
        "WRITE, MKDIR, SET_PERMS, RM, WATCH, UNWATCH and TRANSACTION_END answer OK and a NUL"
      ) { (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.make(bench.at("y")).ok()
        try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0").ok()
        try bench.watch(bench.at("x"), "t").ok()
        try bench.unwatch(bench.at("x"), "t").ok()
        try bench.remove(bench.at("x")).ok()
        try bench.end(try bench.begin()).ok()
        try bench.end(try bench.begin(), commit: false).ok()
        return .pass
      },
      Case(
        "FR-04", .mandatory, .text,
        "15 requests at once are all answered; the order is measured"
      ) { (bench: Bench) throws(CaseEnd) in
        let numbers = (0..<15).map { (_: Int) -> UInt32 in bench.connection.number() }
        for number in numbers {
          try bench.connection.send(Kind.read.rawValue, bytes("name\0"), number)
        }
        var seen: [UInt32] = []
        while seen.count < numbers.count {
          guard let frame = try bench.connection.receive(within: Connection.patience) else {
            throw .silent("\(seen.count) of 15 requests were answered")
          }
          try require(
            numbers.contains(frame.request) && !seen.contains(frame.request),
            "an answer has the req_id \(frame.request)")
          seen.append(frame.request)
        }
        return .measured(seen == numbers ? "in order" : "in another order")
      },
      Case(
        "FR-10", .mandatory, .text,
        "a payload of 4096 bytes gets an answer, and the connection lives"
      ) { (bench: Bench) throws(CaseEnd) in
        let path = bench.at("x\0").bytes
        let reply = try bench.ask(.write, path + [UInt8]("v", count: 4096 - path.count))
        _ = try bench.read("name").value()
        return .measured(reply.word)
      },
      Case(
        "FR-15", .mandatory, .text,
        "types that do not exist (100, 1000, 65535) get ENOSYS, and the connection lives"
      ) { (bench: Bench) throws(CaseEnd) in
        for type in [UInt32(100), 1000, 65535] { try unknown(type, bench) }
        return .pass
      },
      Case("FR-16", .mandatory, .text, "type 20, once RESTRICT, gets ENOSYS") {
        (bench: Bench) throws(CaseEnd) in
        try unknown(20, bench)
        return .pass
      },
      Case(
        "FR-17", .mandatory, .text,
        "WATCH_EVENT and ERROR are not valid as requests, and get ENOSYS"
      ) { (bench: Bench) throws(CaseEnd) in
        for type in [Kind.event.rawValue, Kind.error.rawValue] { try unknown(type, bench) }
        return .pass
      },
      Case("FR-18", .shared, .daemons, "READ without a NUL gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.read, "name").refused("EINVAL")
        return .pass
      },
      Case("FR-19", .shared, .daemons, "READ of two strings gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.read, "name\0name\0").refused("EINVAL")
        return .pass
      },
      Case("FR-20", .shared, .daemons, "READ with an empty payload gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.read, "").refused("EINVAL")
        return .pass
      },
      Case("FR-22", .shared, .text, "two requests with one req_id get two answers") {
        (bench: Bench) throws(CaseEnd) in
        let number = bench.connection.number()
        try bench.connection.send(Kind.read.rawValue, bytes("name\0"), number)
        try bench.connection.send(Kind.read.rawValue, bench.at("missing\0").bytes, number)
        let replies = [
          try bench.connection.answer(to: number, .read),
          try bench.connection.answer(to: number, .read),
        ]
        let errors = replies.filter { $0.error != nil }
        try require(errors.count == 1, "\(errors.count) of the two are errors, not 1")
        return .pass
      },
    ]
  }

  /// Sends a request of a type that there is not.
  private static func unknown(_ type: UInt32, _ bench: Bench) throws(CaseEnd) {
    let number = bench.connection.number()
    try bench.connection.send(type, bytes("name\0"), number)
    let reply = try bench.connection.answer(to: number, .error)
    try require(reply.isError("ENOSYS"), "type \(type) gets \(reply.word), not ENOSYS")
    _ = try bench.read("name").value()
  }
}
