// SPDX-License-Identifier: Apache-2.0

import GuestMachine
public import GuestRuntime

/// Where lines go.
public enum LineOutput {
  /// The domain's console.
  case console(GuestConsole)
  /// The first serial port, or the debug port 0xE9 where there is none: for machines without Xen.
  case serial

  /// Writes bytes as they are.
  func write(_ bytes: [UInt8]) {
    switch self {
    case .console(let console): console.write(bytes)
    case .serial:
      // A port that is there keeps what is written to its scratch register.
      CPU.write(UInt8(0x5a), toPort: 0x3ff)
      let hasPort = CPU.read(fromPort: 0x3ff) == 0x5a
      for byte in bytes {
        guard hasPort else {
          CPU.write(byte, toPort: 0xe9)
          continue
        }
        // Until the port's buffer is empty, or as long as a slow line would take for it.
        var looks = 0
        while CPU.read(fromPort: 0x3fd) & 0x20 == 0, looks < 100_000 { looks += 1 }
        CPU.write(byte, toPort: 0x3f8)
      }
    }
  }
}
