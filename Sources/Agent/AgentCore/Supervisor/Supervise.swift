// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc
import Supervision
import XenToolstack

/// Looks after the detached domains of this control domain, unless another process does; returns the
/// exit status of the process when nothing is left to look after.
func supervise() -> Int32 {
  let folder = SupervisionFolder.standard
  // What somebody left open for the agent that started this is not ours to hold.
  _ = pvh_close_from(UInt32(STDERR_FILENO + 1))
  do {
    try folder.prepare()
    guard try SupervisorLock.take(at: folder.lock) else { return 0 }
    settleDown(folder)
    let supervisor = try Supervisor(folder: folder, signals: try SignalQueue())
    supervisor.run()
    return 0
  } catch {
    complain("no supervisor: \(error)")
    return 70
  }
}

/// A process that may live for long: in nobody's folder, with a short log, and with room for the
/// descriptors of many domains.
private func settleDown(_ folder: SupervisionFolder) {
  chdir("/")
  var status = stat()
  if fstat(STDERR_FILENO, &status) == 0, status.st_size > 64 << 10 { ftruncate(STDERR_FILENO, 0) }
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
