// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The descriptors that every program expects to have.
enum StandardStreams {
  /// Occupies those that whoever started us has closed, with what can be neither read nor written:
  /// what we open would get their numbers, and our output go into it.
  static func fillGaps() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is the one that is missing.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
