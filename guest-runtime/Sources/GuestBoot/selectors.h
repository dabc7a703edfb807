/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets into the global descriptor table (exceptions.S).
 */
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TASK_SELECTOR 0x18
