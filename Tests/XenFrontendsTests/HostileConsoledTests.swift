// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenABI
import XenFrontends

/// A xenconsoled that is unlucky or wicked: every call ends, nothing traps, the frontend says so.
@Suite struct HostileConsoled {
  @Test(arguments: HostileCase.ofConsoled)
  func everyCallEndsAndTheApplicationSeesTheState(hostile: HostileCase<FakeXen>) {
    let xen = FakeXen()
    var console = xen.makeConsole()
    let begin = xen.now().rawValue
    hostile.script(xen)
    let printed = workOut(&console)
    let seconds = (xen.now().rawValue - begin) / 1_000_000_000
    #expect(seconds <= 120, "the waits of so many calls are bounded")
    #expect(xen.sleeps < 100_000)
    #expect(console.droppedBytes <= printed)

    // Now the daemon behaves.
    (xen.peer, xen.meddle) = ({ !$0.output().isEmpty }, { _ in })
    xen.refusesNotifications = false
    repair(xen)
    switch hostile.end {
    case .recovers:
      #expect(console.failure == nil)
      console.drain()
      _ = xen.output()
      console.print("fine\n")
      console.drain()
      #expect(console.failure == nil)
    case .fails, .timesOut:
      let (failure, dropped) = (console.failure, console.droppedBytes)
      #expect(failure != nil)
      console.print("lost")
      #expect(console.droppedBytes == dropped + 4)
      #expect(console.takeInput(atMost: 10).isEmpty)
      #expect(console.failure == failure)
    case .ends: break
    }
  }

  /// Uses all that a console has; returns how many bytes were printed.
  private func workOut(_ console: inout ConsoleFrontend<FakeXen>) -> UInt64 {
    console.print("hello\n")
    _ = console.takeInput(atMost: 7)
    console.print(String(repeating: "x", count: 5000))
    console.isAttended = true
    for _ in 0..<10 {
      console.print("line\n")
      console.attend()
    }
    _ = console.readByte(milliseconds: 100)
    var lines = LineAssembler()
    for _ in 0..<10 {
      lines.append(console.read(atMost: 1024, milliseconds: 100))
      while lines.takeLine() != nil {}
    }
    console.addsCarriageReturns = true
    console.print("one\ntwo\n")
    console.drain()
    return 6 + 5000 + 50 + 10
  }

  /// The daemon makes the most of the indices: it has read and written nothing more.
  private func repair(_ xen: FakeXen) {
    xen[index: ConsolePageLayout.outputConsumed] = xen[index: ConsolePageLayout.outputProduced]
    xen[index: ConsolePageLayout.inputProduced] = xen[index: ConsolePageLayout.inputConsumed]
  }
}

private typealias Layout = ConsolePageLayout

extension HostileCase<FakeXen> {
  /// What a console daemon can do.
  static var ofConsoled: [Self] { indices + moves + paces + typed + noise }

  /// Indices that cannot be, and ours overwritten.
  private static var indices: [Self] {
    let impossible = [1, 5000, 0x7fff_ffff, 0x8000_0000, 0xffff_f000, UInt32.max - 2048]
    return impossible.map { value in
      Self("it has read \(value) bytes too many", .fails) {
        $0[index: Layout.outputConsumed] &+= value
      }
    }
      + [1025, 2048, 0x7fff_ffff, 0x8000_0000, .max].map { value in
        Self("it has written \(value) bytes at once", .fails) {
          $0[index: Layout.inputProduced] &+= value
        }
      }
      + [1, 2048, 0x8000_0000, .max].map { value in
        Self("it overwrites our output index by \(value)", .recovers) {
          $0[index: Layout.outputProduced] = value
        }
      }
      + [1, 1024, 0x8000_0000, .max].map { value in
        Self("it overwrites our input index by \(value)", .recovers) {
          $0[index: Layout.inputConsumed] = value
        }
      }
  }

  /// Indices that move while they are being looked at.
  private static var moves: [Self] {
    [
      Self("its index goes back after each step", .ends) { xen in
        xen.peer = { xen in
          xen[index: Layout.outputConsumed] &-= 1
          return true
        }
      },
      Self("its index runs past ours", .fails) { xen in
        xen.peer = { xen in
          xen[index: Layout.outputConsumed] &+= 700
          return true
        }
      },
      Self("its index jumps to and fro at every look", .ends) { xen in
        xen.meddle = { $0[index: Layout.outputConsumed] ^= 2047 }
      },
      Self("its index is impossible every other time", .fails) { xen in
        xen.meddle = { $0[index: Layout.outputConsumed] ^= 0x8000_0000 }
      },
      Self("its input index goes back", .fails) { xen in
        xen.type([1, 2, 3, 4, 5, 6, 7])
        xen.meddle = {
          if $0[index: Layout.inputConsumed] > 3 { $0[index: Layout.inputProduced] = 3 }
        }
      },
      Self("our indices are overwritten at every look", .ends) { xen in
        xen.meddle = { xen in
          xen[index: Layout.outputProduced] = 0xdead_beef
          xen[index: Layout.inputConsumed] = 0xdead_beef
        }
      },
      Self("all indices wrap in every step", .ends) { xen in
        xen.meddle = { xen in
          xen[index: Layout.outputConsumed] &+= 0x4000_0000
          xen[index: Layout.inputProduced] &+= 0x4000_0000
        }
      },
    ]
  }

  /// Daemons that are slow, absent, or noisy.
  private static var paces: [Self] {
    [1, 2, 63, 1024, 2047].map { pace in
      Self("it reads \(pace) bytes at a time, and says so", .recovers) { xen in
        xen.peer = { !$0.output(limit: pace).isEmpty }
      }
    }
      + [1, 63, 2047].map { pace in
        Self("it reads \(pace) bytes at a time, and never says so", .recovers) { xen in
          xen.peer = { xen in
            _ = xen.output(limit: pace)
            return false
          }
        }
      }
      + [
        Self("nobody is there", .recovers) { _ in },
        Self("nobody is there, and the page says so", .recovers) { xen in
          xen.page.storeBytes(of: 1, toByteOffset: 3088, as: UInt8.self)
        },
        Self("it notifies without end and does nothing", .recovers) { xen in
          xen.peer = { _ in true }
        },
        Self("Xen refuses to notify it", .recovers) { $0.refusesNotifications = true },
        Self("it scribbles over the output", .recovers) { xen in
          xen.meddle = { xen in
            for offset in Layout.output {
              xen.page.storeBytes(of: 0xff, toByteOffset: offset, as: UInt8.self)
            }
          }
        },
      ]
  }

  /// What may be typed.
  private static var typed: [Self] {
    [0, 10, 13, 27, 127, 255].map { byte in
      Self("byte \(byte) is typed without end", .recovers) { xen in
        xen.peer = { xen in
          let used = xen[index: Layout.inputProduced] &- xen[index: Layout.inputConsumed]
          xen.type([UInt8](repeating: UInt8(byte), count: 1024 - Int(used)))
          return true
        }
      }
    }
  }

  /// Anything in any index at any time.
  private static var noise: [Self] {
    (1...16).map { seed in
      Self("noise of seed \(seed)", .ends) { xen in
        var noise = Noise(seed: seed)
        let words = [
          Layout.inputConsumed, Layout.inputProduced, Layout.outputConsumed, Layout.outputProduced,
        ]
        let mask: UInt32 = seed.isMultiple(of: 2) ? .max : 1023
        xen.meddle = { xen in
          xen[index: words[Int(noise.next() & 3)]] &+= noise.next() & mask
        }
        xen.peer = { _ in noise.next() & 1 == 0 }
      }
    }
  }
}
