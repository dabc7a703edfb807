// SPDX-License-Identifier: Apache-2.0

// Who uses this library gets the values that it takes and gives.
@_exported public import XenDomainModel
