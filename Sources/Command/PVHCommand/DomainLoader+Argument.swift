// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol
public import ArgumentParser
import DomainModel

extension DomainLoader: ExpressibleByArgument {}

extension TimestampCounter: ExpressibleByArgument {}
