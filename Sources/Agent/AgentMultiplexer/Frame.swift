// SPDX-License-Identifier: Apache-2.0

public import HostSystem

/// One piece of what travels between a multiplexer and its users: many programs on one byte stream.
///
/// On the wire: the number of the channel and the count of the payload's bytes (four bytes each,
/// lowest first), one byte for the kind, then the payload.
public struct Frame: Equatable, Sendable {
  /// What a frame says.
  public enum Content: Equatable, Sendable {
    /// Start a program on this channel.
    case open(ProgramRequest)
    /// The program's terminal has another size.
    case resize(TerminalSize)
    /// The user of the channel does not want the program any more.
    case close
    /// Bytes of a stream.
    case data(Stream, [UInt8])
    /// Nothing more will come on a stream.
    case end(Stream)
    /// The receiver of a stream takes so many more bytes.
    case room(Stream, Int)
    /// The program is over, and all that it wrote has been sent: the channel is free.
    case ended(ProgramEnding)
    /// The program could not be started, for this reason: the channel is free.
    case refused(String)
  }

  public enum Stream: UInt8, Equatable, Sendable, CaseIterable {
    case input
    case output
    case errors
  }

  /// The number of the channel, chosen by who opens it.
  public var channel: UInt32
  public var content: Content

  public init(_ channel: UInt32, _ content: Content) {
    self.channel = channel
    self.content = content
  }

  /// Bytes before the payload.
  static let headSize = 9
  /// Bytes that a payload may have.
  public static let payloadLimit = 256 << 10
  /// Bytes of data that one frame carries at most, so that channels take turns.
  public static let pieceLimit = 16 << 10
}
