// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol
public import ArgumentParser

extension DomainSummary.State: ExpressibleByArgument {}
