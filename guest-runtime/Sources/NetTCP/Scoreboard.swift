// SPDX-License-Identifier: Apache-2.0

/// What a peer says it has beyond its acknowledgment. Source: RFC 6675.
struct Scoreboard {
  /// Ranges, in order, none touching another.
  private(set) var ranges: [SequenceRange] = []

  /// More ranges are not kept: what is forgotten is sent again in vain, at worst.
  private static var limit: Int { 64 }
  /// How many duplicates show a loss. Name of the RFC: `DupThresh`.
  static var duplicates: Int { 3 }

  var isEmpty: Bool { ranges.isEmpty }
  var highest: SequenceNumber? { ranges.last?.end }

  mutating func clear() { if !ranges.isEmpty { ranges = [] } }

  /// Forgets what is acknowledged.
  mutating func advance(to acknowledged: SequenceNumber) {
    while let first = ranges.first, first.start <= acknowledged {
      if first.end > acknowledged {
        ranges[0].start = acknowledged
        // The rest stays known as arrived.
        return
      }
      ranges.removeFirst()
    }
  }

  /// Adds the blocks of an acknowledgment.
  ///
  /// - Parameters:
  ///   - options: with the blocks.
  ///   - sent: what was sent and is not acknowledged; blocks beyond it are lies.
  /// - Returns: how many bytes were news.
  mutating func add(_ options: TCPOptions, sent: SequenceRange) -> Int {
    var news = 0
    for place in 0..<options.blockCount {
      let block = options.blocks[place]
      guard block.count > 0, block.start > sent.start, block.end <= sent.end else { continue }
      news += insert(block)
    }
    return news
  }

  private mutating func insert(_ block: SequenceRange) -> Int {
    var joined = block
    var known = 0
    var place = 0
    while place < ranges.count, ranges[place].end < joined.start { place += 1 }
    let first = place
    while place < ranges.count, ranges[place].start <= joined.end {
      known += ranges[place].overlap(block)
      joined.start = .earlier(joined.start, ranges[place].start)
      joined.end = .later(joined.end, ranges[place].end)
      place += 1
    }
    if first == place {
      guard ranges.count < Self.limit else { return 0 }
      ranges.insert(joined, at: first)
    } else {
      ranges[first] = joined
      if place > first + 1 { ranges.removeSubrange((first + 1)..<place) }
    }
    return block.count - known
  }

  /// How many bytes of a part the peer is not known to have.
  func missing(_ part: SequenceRange) -> Int {
    var missing = max(0, part.count)
    for range in ranges { missing -= range.overlap(part) }
    return missing
  }

  /// Before which number everything that is missing counts as lost: three ranges, or more than two segments, arrived
  /// behind it. Name of the RFC: `IsLost`.
  func lost(_ maximumSegment: Int) -> SequenceNumber? {
    var count = 0
    var bytes = 0
    for range in ranges.reversed() {
      count += 1
      bytes += range.count
      if count >= Self.duplicates || bytes > (Self.duplicates - 1) * maximumSegment {
        return range.start
      }
    }
    return nil
  }

  /// The first part from a number on that is missing, with something behind it that is not.
  func hole(from start: SequenceNumber) -> SequenceRange? {
    var start = start
    for range in ranges {
      if range.end <= start { continue }
      if range.start > start { return SequenceRange(start, range.start) }
      start = range.end
    }
    return nil
  }
}
