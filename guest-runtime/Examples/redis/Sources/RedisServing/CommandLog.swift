// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Commands as they are written down, in pieces of some length: no piece has a part of a command.
struct CommandLog {
  private(set) var pieces: [[UInt8]] = []
  private(set) var byteCount = 0

  /// A piece is longer only by its last command.
  static let pieceSize = 32_768

  mutating func add(_ arguments: [[UInt8]]) {
    let hasRoom = pieces.last.map { $0.count < Self.pieceSize } ?? false
    var piece = hasRoom ? pieces.removeLast() : []
    byteCount -= piece.count
    Self.append(arguments, to: &piece)
    byteCount += piece.count
    pieces.append(piece)
  }

  static func append(_ arguments: [[UInt8]], to piece: inout [UInt8]) {
    piece.reserveCapacity(arguments.reduce(piece.count + 24) { $0 + $1.count + 24 })
    var reply = Reply(bytes: piece)
    piece = []
    reply.array(arguments.count)
    for argument in arguments { reply.bulk(argument) }
    piece = reply.bytes
  }
}

/// Commands that make all that there was at a moment, made piece by piece: what changes later is not in them.
struct Snapshot {
  private let entries: [ByteTable.Entry]
  private var place = 0
  /// How much of the entry's list, hash or set is done.
  private var element = 0

  init(of table: ByteTable) {
    var entries = table.entries
    for (place, entry) in entries.enumerated() {
      switch entry.item {
      case .list(let list): entries[place].item = .list(list.copy())
      case .hash(let hash): entries[place].item = .hash(hash.copy())
      case .set(let set): entries[place].item = .set(set.copy())
      case .nothing, .member, .string: break
      }
    }
    self.entries = entries
  }

  /// The next piece; nil if there are no more.
  mutating func next() -> [UInt8]? {
    var piece: [UInt8] = []
    while place < entries.count, piece.count < CommandLog.pieceSize {
      let entry = entries[place]
      switch entry.item {
      case .nothing, .member: break
      case .string(let value):
        CommandLog.append([[UInt8](text: "SET"), entry.key, value], to: &piece)
      case .list(let list):
        add("RPUSH", entry, list.count, to: &piece) { [list[$0]] }
      case .hash(let hash):
        add("HSET", entry, hash.entries.count, to: &piece) {
          hash.entries[$0].isThere ? [hash.entries[$0].key, hash.entries[$0].text] : []
        }
      case .set(let set):
        add("SADD", entry, set.entries.count, to: &piece) {
          set.entries[$0].isThere ? [set.entries[$0].key] : []
        }
      }
      // The entry has more.
      if element > 0 { continue }
      place += 1
      if entry.isThere, entry.expiry > 0 {
        let expiry = Integer.text(Int64(clamping: entry.expiry))
        CommandLog.append([[UInt8](text: "PEXPIREAT"), entry.key, expiry], to: &piece)
      }
    }
    return piece.isEmpty ? nil : piece
  }

  /// Adds one command for elements up to the end, or as many as a piece has.
  private mutating func add(
    _ name: StaticString, _ entry: ByteTable.Entry, _ count: Int, to piece: inout [UInt8],
    _ parts: (Int) -> [[UInt8]]
  ) {
    var arguments = [[UInt8](text: name), entry.key]
    var size = 0
    while element < count, size < CommandLog.pieceSize {
      for part in parts(element) {
        arguments.append(part)
        size += part.count + 16
      }
      element += 1
    }
    if arguments.count > 2 { CommandLog.append(arguments, to: &piece) }
    if element == count { element = 0 }
  }
}
