// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// A guest in the hands of gdb: packets go in, packets come out, and the guest runs and stops in between.
///
/// Driven by its owner's poll(2) loop, which calls ``look()`` until ``isWaiting`` is false: a guest that has
/// run into a trap tells nobody. It begins with a guest that is stopped.
public struct GDBSession<Machine: DebuggedMachine> {
  /// What the guest is doing.
  enum Mode {
    case stopped
    case running(StopTraps)
    /// The debugger has left, and the guest goes on without it.
    case released
    /// There is no guest any more.
    case over
  }

  let machine: Machine
  var mode = Mode.stopped
  var breakpoints: Set<UInt64> = []
  /// The exception that the guest was stopped at, which it is to handle itself when it goes on.
  var pendingException: Int?
  /// The signal, in gdb's numbers, with which the guest stopped last.
  var signal = 5
  private var reader = PacketReader()
  private var output: [UInt8] = []
  private var acknowledges = true
  /// Whether the debugger asked for the end of the guest.
  public internal(set) var wantsEnd = false

  public init(_ machine: Machine) { self.machine = machine }

  /// Whether the guest runs, and may come to a stop without a word.
  public var isWaiting: Bool { if case .running = mode { true } else { false } }

  /// Takes what is to be sent to the debugger.
  public mutating func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Takes bytes from the debugger; none mean that it is gone.
  public mutating func take(_ bytes: [UInt8]) throws(Machine.Failure) {
    guard !bytes.isEmpty else { return try leave() }
    for item in reader.take(bytes) {
      switch item {
      case .damaged: if acknowledges { output.append(UInt8(ascii: "-")) }
      case .interrupt:
        guard case .running = mode else { continue }
        try machine.pause()
        try settle(unlessTrapped: 2)
      case .packet(let content):
        if acknowledges { output.append(UInt8(ascii: "+")) }
        let command = String(decoding: content, as: UTF8.self)
        if command == "QStartNoAckMode" { acknowledges = false }
        if let answer = try answer(command) { say(answer) }
      }
    }
  }

  /// Looks whether the guest has run into a trap.
  public mutating func look() throws(Machine.Failure) {
    guard case .running(let traps) = mode else { return }
    guard traps.place(of: try machine.registers().instruction) != nil else { return }
    try machine.pause()
    try settle(unlessTrapped: 5)
  }

  /// Tells the debugger that the guest has ended; nil means by a crash.
  public mutating func end(status: Int?) {
    guard case .running = mode else { return mode = .over }
    mode = .over
    say(status.map { "W\(hex([UInt8(truncatingIfNeeded: $0)]))" } ?? "X06")
  }

  /// Puts back what was taken as output.
  mutating func give(_ bytes: [UInt8]) { output += bytes }

  mutating func say(_ content: String) { output += PacketReader.packet(content) }

  /// The guest is paused: takes the traps away, and says where it stopped.
  private mutating func settle(unlessTrapped other: Int) throws(Machine.Failure) {
    guard case .running(var traps) = mode else { return }
    mode = .stopped
    let tables = try machine.tables()
    var registers = try machine.registers()
    let place = traps.place(of: registers.instruction)
    traps.remove(from: machine)
    signal = other
    if case .handler(let vector) = place,
      let frame = ExceptionFrame(vector: vector, registers, machine, tables)
    {
      frame.restore(&registers)
      signal = Self.signal(for: vector)
      if vector == StopTraps.breakpointVector, breakpoints.contains(registers.instruction &- 1) {
        registers.instruction &-= 1
      } else if vector != StopTraps.debugVector, vector != StopTraps.breakpointVector {
        pendingException = vector
      }
    }
    registers.flags &= ~MachineRegisters.trapFlag
    try machine.set(registers)
    say(stopReport)
  }

  var stopReport: String { "T\(hex([UInt8(signal)]))thread:1;" }

  /// Lets the guest go on, for one instruction or until it stops; false if it cannot be stopped behind one.
  mutating func resume(forOne: Bool) throws(Machine.Failure) -> Bool {
    let tables = try machine.tables()
    var traps = StopTraps(
      in: machine, tables, breakpoints: breakpoints.sorted(), exempt: pendingException)
    guard !forOne || traps.seesExceptions else {
      traps.remove(from: machine)
      return false
    }
    if forOne {
      var registers = try machine.registers()
      registers.flags |= MachineRegisters.trapFlag
      try machine.set(registers)
    }
    pendingException = nil
    mode = .running(traps)
    try machine.resume()
    return true
  }

  /// Lets the guest go on as if there had never been a debugger; another one may come.
  mutating func leave() throws(Machine.Failure) {
    guard !wantsEnd else { return }
    switch mode {
    case .running(var traps):
      try machine.pause()
      var registers = try machine.registers()
      let tables = try machine.tables()
      if case .handler(let vector) = traps.place(of: registers.instruction),
        let frame = ExceptionFrame(vector: vector, registers, machine, tables)
      {
        frame.restore(&registers)
        if vector == StopTraps.breakpointVector { registers.instruction &-= 1 }
        try machine.set(registers)
      }
      traps.remove(from: machine)
    case .stopped: break
    case .released, .over: return
    }
    breakpoints = []
    (reader, output, acknowledges) = (PacketReader(), [], true)
    mode = .released
    try machine.resume()
  }

  /// Takes hold of a guest that an earlier debugger has let go.
  mutating func seize() throws(Machine.Failure) {
    guard case .released = mode else { return }
    try machine.pause()
    mode = .stopped
    signal = 5
  }

  /// gdb's numbers for signals: those of Unix.
  private static func signal(for vector: Int) -> Int {
    switch vector {
    case 0, 4, 16, 19: 8
    case 1, 3: 5
    case 6: 4
    case 17: 7
    default: 11
    }
  }
}
