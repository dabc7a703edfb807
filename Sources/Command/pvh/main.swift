// SPDX-License-Identifier: Apache-2.0

import PVHCommand

PVH.main()
