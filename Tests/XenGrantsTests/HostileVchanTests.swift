// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenRings

/// The other end of a vchan is unlucky or wicked: every call ends, nothing traps, and what is gone stays gone.
@Suite struct HostileVchan {
  @Test(arguments: VchanStage.Setting.all, HostileCase.ofVchans)
  func everyCallEndsAndTheOwnerSeesTheState(
    setting: VchanStage.Setting, hostile: HostileCase<VchanStage>
  ) throws {
    let stage = try VchanStage(setting)
    workOut(stage, rounds: 3)
    #expect(stage.isOpen)
    hostile.script(stage)
    workOut(stage, rounds: 100)
    #expect(stage.tellCount <= stage.stepCount, "a notification for each step at most")
    let wasOpen = stage.isOpen
    stage.behave()
    switch hostile.end {
    case .recovers:
      #expect(wasOpen && stage.end.failure == nil)
      for round in 0..<50 {
        let piece = (0..<round * 7 % 900 + 1).map { UInt8(truncatingIfNeeded: round &* 3 &+ $0) }
        #expect(stage.write(piece) == piece.count)
        stage.give(stage.take())
        #expect(stage.read(4096) == piece)
      }
    case .fails, .timesOut:
      #expect(!wasOpen && !stage.isOpen)
      while let bytes = stage.read(4096) { try #require(!bytes.isEmpty) }
      stage.give([1, 2, 3])
      #expect(stage.read(10) == nil && stage.write([1]) == nil, "it stays so")
    case .ends: break
    }
  }

  /// Uses all that there is.
  private func workOut(_ stage: VchanStage, rounds: Int) {
    for round in 0..<rounds {
      _ = stage.write([UInt8](repeating: 9, count: round * 37 % 300 + 1))
      _ = stage.read(round * 53 % 400 + 1)
      _ = stage.unread()
      _ = stage.isOpen
      _ = stage.read(4096)
    }
  }
}

extension HostileCase<VchanStage> {
  /// What the other end of a vchan can do.
  static var ofVchans: [Self] { impossible + moves + lives + wishes + paces + deaths }

  /// Indices that cannot be, and ours overwritten.
  private static var impossible: [Self] {
    [1, 8193, 0x7fff_ffff, 0x8000_0000, UInt32.max].map { value in
      Self("it has read \(value) bytes too many", value == .max ? .ends : .fails) { stage in
        stage.step = { $0[index: $0.peerConsumed] = $0[index: $0.ourProduced] &+ value }
      }
    }
      + [8193, 0x7fff_ffff, 0x8000_0000, 0xffff_0000].map { (value: UInt32) in
        Self("it has written \(value) bytes at once", .fails) { stage in
          stage.step = { $0[index: $0.peerProduced] = $0[index: $0.ourConsumed] &+ value }
        }
      }
      + [0, 1, 0x8000_0000, UInt32.max].map { value in
        Self("it overwrites our indices by \(value)", .recovers) { stage in
          stage.step = {
            $0.takeAndGive()
            $0[index: $0.ourProduced] = value
            $0[index: $0.ourConsumed] = value
          }
        }
      }
  }

  /// Indices that move while they are being looked at.
  private static var moves: [Self] {
    [
      Self("what it has written goes back", .fails) { stage in
        stage.step = { $0[index: $0.peerProduced] = $0[index: $0.ourConsumed] &- 1 }
      },
      Self("what it has read goes back to the beginning", .fails) { stage in
        stage.step = { $0[index: $0.peerConsumed] = $0[index: $0.ourProduced] &- 0x1_0000 }
      },
      Self("its indices jump to and fro at every look", .ends) { stage in
        stage.step = {
          $0[index: $0.peerConsumed] ^= 1023
          $0[index: $0.peerProduced] ^= 1023
        }
      },
      Self("its indices are impossible every other time", .fails) { stage in
        stage.step = {
          $0[index: $0.peerConsumed] ^= 0x8000_0000
          $0[index: $0.peerProduced] ^= 0x8000_0000
        }
      },
      Self("all indices wrap in every step", .fails) { stage in
        stage.step = {
          for offset in stride(from: 0, to: 16, by: 4) { $0[index: offset] &+= 1 << 30 }
        }
      },
      Self("it changes the sizes of the rings", .recovers) { stage in
        stage.step = {
          $0.takeAndGive()
          $0[index: 16] = $0[index: 16] == 0xffff_ffff ? 0x0014_0014 : 0xffff_ffff
        }
      },
    ]
  }

  /// What it says of itself, and of us.
  private static var lives: [Self] {
    [0, 2, 3, 77, 255].map { (value: UInt8) in
      Self("it says \(value) of itself", .fails) { $0[byte: $0.peerLive] = value }
    }
      + [
        Self("it is gone and back in turns", .fails) { stage in
          stage.step = { $0[byte: $0.peerLive] ^= 1 }
        },
        Self("it says that we are gone", .recovers) { stage in
          stage.step = {
            $0.takeAndGive()
            $0[byte: $0.ourLive] = 0
          }
        },
        Self("it clears all of the page", .fails) { stage in
          stage.step = { for offset in 0..<1024 { $0[index: offset * 4] = 0 } }
        },
        Self("it sets all of the page", .fails) { stage in
          stage.step = { for offset in 0..<1024 { $0[index: offset * 4] = .max } }
        },
      ]
  }

  /// The bytes in which each asks to be told.
  private static var wishes: [Self] {
    [0, 1, 2, 3, 0xfc, 0xff].map { (value: UInt8) in
      Self("its wishes are always \(value)", .recovers) { stage in
        stage.step = {
          $0.takeAndGive()
          $0[byte: $0.peerWishes] = value
        }
      }
    }
      + [0, 0xff].map { (value: UInt8) in
        Self("our wishes are always \(value)", .recovers) { stage in
          stage.step = {
            $0.takeAndGive()
            $0[byte: $0.ourWishes] = value
          }
        }
      }
  }

  /// Peers that are slow, absent, or write nonsense.
  private static var paces: [Self] {
    [1, 63, 1023].map { pace in
      Self("it takes and gives \(pace) bytes at a time", .recovers) { stage in
        stage.step = { $0.takeAndGive(limit: pace) }
      }
    }
      + [
        Self("it does nothing", .recovers) { $0.step = { _ in } },
        Self("it never takes", .recovers) { stage in
          stage.step = { stage in
            stage.give([UInt8](repeating: 1, count: stage.isEmpty ? 50 : 0))
          }
        },
        Self("it never gives", .recovers) { $0.step = { $0.take() } },
        Self("it scribbles over both rings", .recovers) { stage in
          stage.step = { stage in
            stage.takeAndGive()
            for ring in [stage.incoming, stage.outgoing] {
              for offset in ring.indices { ring[offset] = 0xee }
            }
          }
        },
      ]
  }

  /// Peers that end, in the middle of anything.
  private static var deaths: [Self] {
    [
      Self("it dies in the middle of a write", .fails) { stage in
        stage[index: stage.peerProduced] &+= 7
        stage[byte: stage.peerLive] = 0
      },
      Self("it dies when our ring is full", .fails) { stage in
        stage.step = { _ in }
        while let count = stage.write([UInt8](repeating: 1, count: 700)), count > 0 {}
        stage[byte: stage.peerLive] = 0
      },
      Self("it dies, and goes on writing", .fails) { stage in
        stage[byte: stage.peerLive] = 0
        stage.step = { $0.give([1, 2, 3]) }
      },
      Self("it dies with impossible indices", .fails) { stage in
        stage[index: stage.peerProduced] &+= 0x4000_0000
        stage[byte: stage.peerLive] = 0
      },
      Self("it closes and comes back with a new page", .fails) { stage in
        stage[byte: stage.peerLive] = 0
        _ = stage.isOpen
        for offset in stride(from: 0, to: 16, by: 4) { stage[index: offset] = 0 }
        stage[byte: stage.peerLive] = 1
      },
      Self("it dies after the hundredth step", .fails) { stage in
        stage.step = {
          $0.takeAndGive()
          if $0.stepCount > 100 { $0[byte: $0.peerLive] = 0 }
        }
      },
    ]
  }
}

extension VchanStage {
  /// Whether all that was given has been read.
  fileprivate var isEmpty: Bool { self[index: peerProduced] == setting.base &+ received }
}
