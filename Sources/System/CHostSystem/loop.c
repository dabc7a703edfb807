// SPDX-License-Identifier: Apache-2.0

#include "CHostSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int pvh_attach_loop(int file, _Bool read_only, const char *name, unsigned *number) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return -1;
  struct loop_config config;
  memset(&config, 0, sizeof config);
  config.fd = (unsigned)file;
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
  strncpy((char *)config.info.lo_file_name, name, LO_NAME_SIZE - 1);
  int device = -1;
  // The device that is free now may be another's before it is ours.
  for (int attempt = 0; attempt < 64; attempt++) {
    int free = ioctl(control, LOOP_CTL_GET_FREE);
    if (free < 0) break;
    char path[32];
    snprintf(path, sizeof path, "/dev/loop%d", free);
    device = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (device < 0) {
      // udev may still be about to make the node, or another process removes the device.
      if (errno != ENOENT && errno != ENXIO) break;
      usleep(20000);
      continue;
    }
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) {
      *number = (unsigned)free;
      break;
    }
    int error = errno;
    close(device);
    device = -1;
    errno = error;
    if (error != EBUSY) break;
  }
  int error = errno;
  close(control);
  errno = error;
  return device;
}
