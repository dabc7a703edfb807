// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc

exit(runAgent(Array(CommandLine.arguments.dropFirst())))
