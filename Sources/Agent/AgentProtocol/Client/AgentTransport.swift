// SPDX-License-Identifier: Apache-2.0

public import HostSystem
public import SystemPackage

/// The way to an agent: over a stream to another process, or to an agent in this one.
public protocol AgentTransport: AnyObject {
  /// Hands one request over, or fails, with `.ended` when the agent is gone.
  func send(_ request: Request) throws(AgentError)

  /// Waits for the agent, and for descriptors of the caller. Events come first; a descriptor is reported
  /// again until the caller has read it. Without a deadline it waits without end.
  func next(
    watching others: [FileDescriptor], until deadline: MonotonicTime?
  ) throws(AgentError) -> AgentClient.Activity
}

/// An agent behind a byte stream.
final class StreamTransport: AgentTransport {
  private let incoming: FileDescriptor
  private let outgoing: FileDescriptor
  private var reader: MessageReader
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init(incoming: FileDescriptor, outgoing: FileDescriptor, bodyLimit: Int) {
    self.incoming = incoming
    self.outgoing = outgoing
    reader = MessageReader(bodyLimit: bodyLimit)
    SignalAction.ignoreBrokenPipes()
  }

  deinit {
    scratch.deallocate()
  }

  func send(_ request: Request) throws(AgentError) {
    do throws(Errno) {
      try outgoing.writeEverything(request.message.encoded())
    } catch .brokenPipe, .connectionReset {
      throw .ended(unfinishedByteCount: 0)
    } catch {
      throw .system(call: "write", code: error.rawValue)
    }
  }

  func next(
    watching others: [FileDescriptor], until deadline: MonotonicTime?
  ) throws(AgentError) -> AgentClient.Activity {
    while true {
      if let event = try takeEvent() { return .event(event) }
      var waiting = PollSet()
      for descriptor in [incoming] + others { waiting.add(descriptor) }
      waiting.wake(at: deadline)
      let ready = waiting.wait().first
      if ready == incoming {
        guard let count = incoming.readAvailable(into: scratch) else {
          throw .ended(unfinishedByteCount: reader.unfinishedCount)
        }
        reader.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
      } else if let ready {
        return .readable(ready)
      } else if let deadline, .now >= deadline {
        return .timedOut
      }
    }
  }

  private func takeEvent() throws(AgentError) -> Event? {
    do {
      guard let message = try reader.next() else { return nil }
      return try Event(message)
    } catch {
      throw .protocolError(error)
    }
  }
}
