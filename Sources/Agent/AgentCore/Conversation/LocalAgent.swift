// SPDX-License-Identifier: Apache-2.0

package import AgentProtocol
import Glibc
package import HostSystem
package import SystemPackage
import XenToolstack

/// An agent in the process of its client. It works while the client sends or waits.
///
/// It cannot load libxenlight where the program is linked without a dynamic linker.
package final class LocalAgent: AgentTransport, AgentListener {
  private let agent: Agent
  /// Events that the client has not taken yet.
  private var events: [Event] = []
  private var turns = WaitingTurns()

  /// `program` is pvh-agent, which cleans up if this process is killed, and becomes the supervisor.
  package init(program: FilePath) {
    agent = Agent(program: program)
    agent.listener = self
  }

  /// Does what is asked, or begins to. A signal that would end the process waits until then, as it does for
  /// an agent in a process of its own.
  package func send(_ request: Request) {
    var (signals, before) = (sigset_t(), sigset_t())
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    agent.handle(request)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  package func next(
    watching others: [FileDescriptor], until deadline: MonotonicTime?
  ) -> AgentClient.Activity {
    var ready = turns.readyOthers(among: others)
    while true {
      if turns.areOthersNext, let other = turns.choose(ready, among: others) {
        return .readable(other)
      }
      if events.isEmpty { agent.advance() }
      if !events.isEmpty {
        turns.areOthersNext = true
        return .event(events.removeFirst())
      }
      if let other = turns.choose(ready, among: others) { return .readable(other) }
      if let deadline, .now >= deadline { return .timedOut }
      var waiting = PollSet()
      for other in others { waiting.add(other) }
      agent.add(to: &waiting)
      waiting.wake(at: deadline)
      ready = waiting.wait()
    }
  }

  /// Ends everything that this conversation began; what was to outlive it goes on.
  package func end() {
    bestEffort { () throws(ToolstackError) in try agent.abandon() }
  }

  func take(_ event: Event) { events.append(event) }

  func flush() {}

  var outputRoom: Int { 256 << 10 }
}
