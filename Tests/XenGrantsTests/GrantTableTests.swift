// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XenABI

@testable import XenGrants

/// The table, with a stand-in for Xen that looks at entries as Xen does.
@Suite struct GrantTableTests {
  private let xen = FakeGrants(frameLimit: 2)
  private let dom0 = DomainID(rawValue: 0)

  private func frame(_ number: UInt64) -> GuestFrameNumber { GuestFrameNumber(rawValue: number) }

  @Test func entriesAreWhatXenReads() throws {
    var table = GrantTable(machine: xen)
    let one = try table.grant(frame(0x1234), to: dom0)
    let two = try table.grant(frame(0xfffff), to: DomainID(rawValue: 7), isReadOnly: true)
    // The toolstack's eight come first.
    #expect([one.rawValue, two.rawValue] == [8, 9])
    #expect(xen.entry(8) == .init(flags: 1, domain: 0, frame: 0x1234))
    #expect(xen.entry(9) == .init(flags: 5, domain: 7, frame: 0xfffff))
    #expect(table.activeCount == 2)
    #expect(table.end(one) == true)
    #expect(xen.entry(8).flags == 0)
    #expect(try table.grant(frame(1), to: dom0) == one, "a number that is free is used again")
  }

  @Test func theReservedOnesAreNeverTouched() throws {
    var table = GrantTable(machine: xen)
    let first = try table.grant(frame(1), to: dom0)
    for number in 0..<8 { xen.write(.init(flags: 0x19, domain: 0, frame: 99), to: number) }
    var references = [first]
    for number in 2..<600 { references.append(try table.grant(frame(UInt64(number)), to: dom0)) }
    for reference in references { #expect(table.end(reference) == true) }
    for number in 0..<8 { #expect(xen.entry(number) == .init(flags: 0x19, domain: 0, frame: 99)) }
    #expect(Set(references).count == 599)
  }

  @Test func whatIsInUseStaysGiven() throws {
    var table = GrantTable(machine: xen)
    let reference = try table.grant(frame(5), to: dom0)
    xen.setFlags(8, 0x19)
    #expect(table.end(reference) == false)
    #expect(xen.entry(8) == .init(flags: 0x19, domain: 0, frame: 5))
    xen.setFlags(8, 0x01)
    #expect(table.end(reference) == true)
    let other = try table.grant(frame(6), to: dom0)
    xen.setFlags(8, 0x09)
    #expect(table.end(other) == false)
    table.quarantine(other)
    #expect(table.quarantinedCount == 1 && table.activeCount == 0)
    for _ in 0..<600 { #expect(try table.grant(frame(7), to: dom0) != other) }
    #expect(xen.entry(8).frame == 6, "a page that was lost stays as it is")
  }

  @Test func aFullTableIsAnError() throws {
    var table = GrantTable(machine: xen)
    var last = GrantReference(rawValue: 0)
    for number in 8..<1024 { last = try table.grant(frame(UInt64(number)), to: dom0) }
    #expect(last.rawValue == 1023 && xen.mapped == 2)
    #expect(throws: GrantError.exhausted(.invalidArgument)) {
      try table.grant(frame(1), to: dom0)
    }
    #expect(table.activeCount == 1016)
    #expect(table.end(last) == true)
    #expect(try table.grant(frame(2), to: dom0) == last)
    #expect(throws: GrantError.notAFrame(frame(1 << 32))) {
      try table.grant(frame(1 << 32), to: dom0)
    }
  }

  /// Xen's marks come and go while a grant is ended: what came first decides, and never both.
  @Test func endingIsOneExchange() throws {
    var table = GrantTable(machine: xen)
    _ = try table.grant(frame(1), to: dom0)
    let stop = Atomic(false)
    let mapped = Atomic(0)
    let word = xen.flagsWord(8)
    let xenThread = Thread { [word] in
      while !stop.load(ordering: .relaxed) {
        // Xen maps only what is permitted: an exchange on its side, too.
        let (isDone, _) = word.value.pointee.compareExchange(
          expected: 1, desired: 0x19, ordering: .sequentiallyConsistent)
        guard isDone else { continue }
        mapped.add(1, ordering: .relaxed)
        // As long as it is mapped, nobody takes it away.
        for _ in 0..<20 {
          precondition(word.value.pointee.load(ordering: .sequentiallyConsistent) == 0x19)
        }
        word.value.pointee.store(1, ordering: .sequentiallyConsistent)
        sched_yield()
      }
    }
    xenThread.start()
    var reference = GrantReference(rawValue: 8)
    var ended = 0
    let end = ContinuousClock.now + .seconds(60)
    while ended < 500, ContinuousClock.now < end {
      guard table.end(reference) else { continue }
      ended += 1
      reference = try table.grant(frame(1), to: dom0)
      #expect(reference.rawValue == 8)
    }
    stop.store(true, ordering: .relaxed)
    while xenThread.isExecuting { usleep(1000) }
    #expect(ended == 500)
  }
}

/// A grant table as Xen has it: zeroed frames, a limited number of them.
private final class FakeGrants: GrantHypercalls {
  struct Entry: Equatable {
    var flags: UInt16
    var domain: UInt16
    var frame: UInt32
  }

  /// For a thread that plays Xen.
  struct FlagsWord: @unchecked Sendable { let value: UnsafeMutablePointer<Atomic<UInt16>> }

  private let memory: UnsafeMutableRawPointer
  private let frameLimit: Int
  private(set) var mapped = 0

  init(frameLimit: Int) {
    self.frameLimit = frameLimit
    memory = .allocate(byteCount: frameLimit * 4096, alignment: 4096)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: frameLimit * 4096)
  }

  deinit { memory.deallocate() }

  func mapGrantFrame(_ index: Int) throws(HypercallError) -> UnsafeMutableRawPointer {
    #expect(index == mapped, "frames are mapped one after the other, each once")
    guard index < frameLimit else { throw .invalidArgument }
    mapped += 1
    return memory + index * 4096
  }

  func entry(_ number: Int) -> Entry {
    let place = memory + number * 8
    return Entry(
      flags: place.load(as: UInt16.self), domain: place.load(fromByteOffset: 2, as: UInt16.self),
      frame: place.load(fromByteOffset: 4, as: UInt32.self))
  }

  func write(_ entry: Entry, to number: Int) {
    let place = memory + number * 8
    place.storeBytes(of: entry.flags, as: UInt16.self)
    place.storeBytes(of: entry.domain, toByteOffset: 2, as: UInt16.self)
    place.storeBytes(of: entry.frame, toByteOffset: 4, as: UInt32.self)
  }

  func setFlags(_ number: Int, _ flags: UInt16) {
    (memory + number * 8).storeBytes(of: flags, as: UInt16.self)
  }

  func flagsWord(_ number: Int) -> FlagsWord {
    FlagsWord(value: (memory + number * 8).assumingMemoryBound(to: Atomic<UInt16>.self))
  }
}
