// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

extension CreatedDomain {
  /// Prints the number of a domain that stays; where that cannot be printed, the error tells of it.
  func announce() throws(Problem) {
    do throws(Problem) {
      try Terminal.write("\(domainID)")
    } catch {
      throw Problem("domain \(domainID), \"\(name)\", was made and stays; but \(error.message)")
    }
  }
}
