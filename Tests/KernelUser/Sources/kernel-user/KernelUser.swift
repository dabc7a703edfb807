// SPDX-License-Identifier: Apache-2.0

import CKernelUser
import GuestRuntime

@main
struct KernelUser: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) { use_kernel() }
}
