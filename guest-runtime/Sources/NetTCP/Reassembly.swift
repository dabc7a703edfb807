// SPDX-License-Identifier: Apache-2.0

/// What a receiver has beyond a gap: pieces of the sequence space, in order, none touching another. The bytes
/// themselves lie in the receive buffer, where they belong.
struct Reassembly {
  private struct Piece {
    var range: SequenceRange
    /// When something was last added to it; more is later.
    var stamp: UInt32
  }

  private var pieces: [Piece] = []
  private var stamp: UInt32 = 0

  var isEmpty: Bool { pieces.isEmpty }
  var count: Int { pieces.count }

  /// Bytes of all pieces.
  var total: Int {
    var total = 0
    for piece in pieces { total += piece.range.count }
    return total
  }

  /// Whether a piece may be added without there being too many.
  func hasRoom(for range: SequenceRange, limit: Int) -> Bool {
    if pieces.count < limit { return true }
    for piece in pieces where piece.range.start <= range.end && range.start <= piece.range.end {
      return true
    }
    return false
  }

  /// Adds a piece, which joins those it touches.
  mutating func insert(_ range: SequenceRange) {
    var joined = range
    var place = 0
    while place < pieces.count, pieces[place].range.end < joined.start { place += 1 }
    while place < pieces.count, pieces[place].range.start <= joined.end {
      joined.start = .earlier(joined.start, pieces[place].range.start)
      joined.end = .later(joined.end, pieces[place].range.end)
      pieces.remove(at: place)
    }
    stamp &+= 1
    pieces.insert(Piece(range: joined, stamp: stamp), at: place)
  }

  /// Takes out the pieces that are in order now.
  ///
  /// - Returns: up to where all has arrived.
  mutating func advance(to next: SequenceNumber) -> SequenceNumber {
    var next = next
    while let first = pieces.first, first.range.start <= next {
      next = .later(next, first.range.end)
      pieces.removeFirst()
    }
    return next
  }

  /// Says what there is, the piece that was last added to first. Source: RFC 2018, section 4.
  func describe(in options: inout TCPOptions, atMost limit: Int) {
    var last = UInt32.max
    for _ in 0..<min(limit, pieces.count) {
      var newest: Piece?
      for piece in pieces where piece.stamp < last && piece.stamp >= newest?.stamp ?? 0 {
        newest = piece
      }
      guard let newest else { return }
      options.append(newest.range)
      last = newest.stamp
    }
  }

  mutating func clear() { pieces = [] }
}
